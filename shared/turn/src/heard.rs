//! What a user attached, as words and pictures for the model.

use std::pin::pin;

use channels::NoMedia;
use delivery::Attachment;
use domain::{Channel, Media, MediaKind, Message, MessageKey};
use futures_util::future::{Either, select};
use models::{Metered, ModelError, Picture, Sound};

use crate::asking::NoReply;
use crate::chain::Chain;
use crate::paying::heard_at_most;
use crate::traces::Showed;
use crate::{Turn, Worker};

/// The messages of a turn, ready for the model.
#[derive(Default)]
pub(crate) struct Heard {
    /// What was said, each with the message it was said in.
    pub lines: Vec<(MessageKey, String)>,
    /// What was shown along with them.
    pub pictures: Vec<Picture>,
    /// What was spoken, word for word, and could not be told before the answer.
    pub transcripts: Vec<String>,
    /// What hearing it cost: tokens read and written.
    pub tokens: (u64, u64),
    /// How much more may be fetched.
    bytes_left: usize,
}

/// Whether anything of a message can be read: words, a voice, a picture.
pub(crate) fn is_readable(message: &Message) -> bool {
    let can_be_heard = |media: &Media| matches!(media.kind, MediaKind::Audio | MediaKind::Image);
    !message.text.trim().is_empty() || message.media.iter().any(can_be_heard)
}

impl Worker<'_> {
    /// Fetches and transcribes what is attached to these messages.
    ///
    /// # Errors
    /// As a model's: what cannot be fetched or heard now is this turn's failure.
    pub(crate) async fn hear(
        &self,
        turn: &Turn<'_>,
        messages: &[&Message],
        chain: &Chain,
    ) -> Result<Heard, NoReply> {
        let bytes_max = usize::try_from(self.bot.limits.media_bytes_max).unwrap_or(usize::MAX);
        let mut heard = Heard { bytes_left: bytes_max, ..Heard::default() };
        for message in messages {
            if !message.text.trim().is_empty() {
                heard.lines.push((message.key.clone(), message.text.clone()));
            }
            let before = heard.transcripts.len();
            for media in &message.media {
                self.take_in(turn, message, media, chain, &mut heard).await?;
            }
            let spoken = heard.transcripts.split_off(before);
            if !spoken.is_empty() && !self.tell_what_was_heard(turn, message, &spoken.join("\n")).await {
                heard.transcripts.extend(spoken);
            }
        }
        Ok(heard)
    }

    /// Reading changes nothing: what fails now is tried once more.
    async fn fetch(&self, channel: Channel, media: &Media, bytes_max: usize) -> Result<Attachment, NoMedia> {
        match self.delivery.fetch(channel, media, bytes_max).await {
            Err(NoMedia::NotNow) => {
                self.world.sleep(self.bot.limits.model_backoff_ms).await;
                self.delivery.fetch(channel, media, bytes_max).await
            }
            fetched => fetched,
        }
    }

    async fn take_in(
        &self,
        turn: &Turn<'_>,
        message: &Message,
        media: &Media,
        chain: &Chain,
        heard: &mut Heard,
    ) -> Result<(), NoReply> {
        if media.kind == MediaKind::File {
            return Ok(());
        }
        let attached = match self.fetch(message.address.channel, media, heard.bytes_left).await {
            Ok(attached) => attached,
            Err(NoMedia::NotNow) => return Err(ModelError::NoAnswer(NoMedia::NotNow.to_string()).into()),
            Err(why) => {
                let (request_id, kind) = (turn.request_id(), media.kind.name());
                tracing::warn!(request_id, kind, %why, "an attachment is left out");
                return Ok(());
            }
        };
        heard.bytes_left -= attached.bytes.len();
        if media.kind == MediaKind::Image {
            heard.pictures.push(Picture { mime: attached.mime, bytes: attached.bytes.into() });
            return Ok(());
        }
        let sound = Sound { mime: attached.mime, name: attached.name, bytes: attached.bytes.into() };
        let Metered { result: said, tokens: (read, written), .. } =
            self.transcribe(turn, &sound, chain).await?;
        heard.tokens = (heard.tokens.0 + read, heard.tokens.1 + written);
        if !said.trim().is_empty() {
            heard.lines.push((message.key.clone(), said.trim().to_owned()));
            heard.transcripts.push(said.trim().to_owned());
        }
        Ok(())
    }

    /// What is spoken, written down within its own time.
    async fn transcribe(
        &self,
        turn: &Turn<'_>,
        sound: &Sound,
        chain: &Chain,
    ) -> Result<Metered<String>, NoReply> {
        let time_ms = self.bot.limits.transcribe_timeout_ms;
        let (link, until) = (chain.hearing(), self.world.now() + time_ms);
        let asked = self.through(turn, link, until, || link.model.transcribe(sound.clone()));
        let paid = self.paid(turn, heard_at_most(sound), asked, |said| said.tokens);
        match select(pin!(paid), self.world.sleep(time_ms)).await {
            Either::Left((said, _)) => said,
            Either::Right(_) => {
                turn.traces.showed(Showed::Failure(None));
                Err(NoReply::TookTooLong)
            }
        }
    }
}
