//! Fetching what a user attached: in time, up to a size, and only if it is what it was said to be.

use channels::{Fetched, NoMedia, encoder};
use domain::http::HttpError;
use domain::{Channel, Media, MediaKind};

use crate::Delivery;

/// Calls for one attachment: to ask where it lies, to wait until it is ready, to fetch it.
const STEPS_MAX: usize = 16;

/// What a user attached.
#[derive(Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its MIME type, found in its first bytes.
    pub mime: &'static str,
    /// A file name that fits the type.
    pub name: String,
    /// The whole of it.
    pub bytes: Vec<u8>,
}

impl Delivery<'_> {
    /// Fetches an attachment of so many bytes at most.
    ///
    /// # Errors
    /// `NotNow`: retry. Anything else will stay so: give up.
    pub async fn fetch(
        &self,
        channel: Channel,
        media: &Media,
        bytes_max: usize,
    ) -> Result<Attachment, NoMedia> {
        if media.size.is_some_and(|size| usize::try_from(size).is_ok_and(|size| size > bytes_max)) {
            return Err(NoMedia::TooLarge);
        }
        // One byte more than is kept tells that there is more.
        let read_max = bytes_max.saturating_add(1);
        let encoder = encoder(channel).ok_or(NoMedia::Refused)?;
        let mut call = encoder.fetch(media, read_max, self.credentials)?;
        for step in 0..STEPS_MAX {
            call.timeout_ms = self.limits.media_timeout_ms;
            let answer = match self.http.send(call).await {
                Ok(answer) => answer,
                Err(HttpError::NotSent(_) | HttpError::NoAnswer(_)) => return Err(NoMedia::NotNow),
            };
            match encoder.fetched(media, read_max, step, &answer, self.credentials)? {
                Fetched::Whole if answer.body.len() > bytes_max => return Err(NoMedia::TooLarge),
                Fetched::Whole => return recognised(media.kind, answer.body),
                Fetched::Next(next, wait_ms) => {
                    self.world.sleep(wait_ms).await;
                    call = next;
                }
            }
        }
        Err(NoMedia::NotNow)
    }
}

/// What the first bytes say it is: the name and type that came along are the sender's word.
fn recognised(kind: MediaKind, bytes: Vec<u8>) -> Result<Attachment, NoMedia> {
    let found = infer::get(&bytes).ok_or(NoMedia::OtherType)?;
    // LINE's, Messenger's and Slack's voice notes are AAC in an MP4 box, which looks like a film.
    let (mime, extension) = match (kind, found.mime_type()) {
        (MediaKind::Audio, "video/mp4" | "audio/m4a" | "audio/x-m4a") => ("audio/mp4", "m4a"),
        // Telegram's and WhatsApp's are Opus in an Ogg stream, which is what providers call it.
        (MediaKind::Audio, "audio/opus" | "audio/ogg") => ("audio/ogg", "ogg"),
        (_, mime) => (mime, found.extension()),
    };
    let fits = match kind {
        MediaKind::Audio => mime.starts_with("audio/"),
        MediaKind::Image => mime.starts_with("image/"),
        MediaKind::File => true,
    };
    let name = format!("{}.{extension}", kind.name());
    if fits { Ok(Attachment { mime, name, bytes }) } else { Err(NoMedia::OtherType) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_say_what_it_is() {
        let ogg = b"OggS\0\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x13OpusHead".to_vec();
        let m4a = b"\0\0\0\x20ftypM4A \0\0\0\0M4A mp42isom\0\0\0\0".to_vec();
        let film = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom".to_vec();
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
        let page = b"<!DOCTYPE html><html>please sign in</html>".to_vec();
        let mime = |kind, bytes: &Vec<u8>| recognised(kind, bytes.clone()).map(|found| found.mime);
        assert_eq!(mime(MediaKind::Audio, &ogg), Ok("audio/ogg"));
        assert_eq!(mime(MediaKind::Audio, &m4a), Ok("audio/mp4"));
        assert_eq!(mime(MediaKind::Audio, &film), Ok("audio/mp4"));
        assert_eq!(mime(MediaKind::Image, &png), Ok("image/png"));
        for wrong in [&page, &ogg, &film, &Vec::new()] {
            assert_eq!(mime(MediaKind::Image, wrong), Err(NoMedia::OtherType));
        }
        assert_eq!(mime(MediaKind::Audio, &page), Err(NoMedia::OtherType));
    }
}
