//! Parcels to calls of the Send API.

use domain::Media;
use domain::http::{HttpRequest, Method};
use domain::split::Unit;
use domain::turn::Button;
use serde_json::{Value, json};

use super::{BASE, TEXT_UTF16_MAX, TOKEN};
use crate::credentials::Credentials;
use crate::markup::{Marked, within};
use crate::media::NoMedia;
use crate::meta::in_window;
use crate::sending::{AtWork, Call, Fate, Parcel, Repeat, Sent, label};

/// "Quick replies": at most 13 of them; a title of at most 20 characters, a longer one is cut.
const BUTTONS_MAX: usize = 13;
const TITLE_CHARS_MAX: usize = 20;

/// There is no key to repeat a call by. The parcel's, as `metadata`, comes back with the echo of the message.
pub(super) fn message(parcel: &Parcel<'_>, credentials: &Credentials) -> Result<Call, Sent> {
    in_window(parcel)?;
    let text = parcel.texts.first().map(String::as_str).unwrap_or_default();
    let shown = within(Marked::of(text).plain(), text, TEXT_UTF16_MAX, Unit::Utf16);
    let mut message = json!({ "text": shown, "metadata": parcel.key });
    if let (false, Some(fields)) = (parcel.buttons.is_empty(), message.as_object_mut()) {
        let replies = parcel.buttons.iter().take(BUTTONS_MAX).map(quick_reply);
        fields.insert("quick_replies".to_owned(), replies.collect());
    }
    let body = json!({
        "recipient": { "id": parcel.to.chat },
        "messaging_type": "RESPONSE",
        "message": message,
    });
    let request = call(&body, credentials).ok_or(Sent::Refused(Fate::Unauthorized))?;
    Ok(Call { request, repeat: Repeat::Never })
}

fn quick_reply(button: &Button) -> Value {
    json!({ "content_type": "text", "title": label(button, TITLE_CHARS_MAX), "payload": button.says })
}

/// Everything up to now is marked as seen once; typing is shown again and again.
pub(super) fn signs(at_work: &AtWork<'_>, credentials: &Credentials) -> Vec<HttpRequest> {
    let seen = at_work.is_first.then_some("mark_seen");
    let act = |action| {
        call(&json!({ "recipient": { "id": at_work.to.chat }, "sender_action": action }), credentials)
    };
    seen.into_iter().chain(["typing_on"]).filter_map(act).collect()
}

/// The URL is signed and needs no token. It comes from outside: only where Meta keeps files is anything fetched.
pub(super) fn file(
    media: &Media,
    bytes_max: usize,
    credentials: &Credentials,
) -> Result<HttpRequest, NoMedia> {
    if !credentials.may_call(&media.handle, &[BASE], &[".fbcdn.net", ".fbsbx.com"]) {
        return Err(NoMedia::Refused);
    }
    let request = credentials.plain(Method::Get, media.handle.clone(), None);
    Ok(HttpRequest { body_bytes_max: bytes_max, ..request })
}

/// `me` is the page whose token it is (Send API reference).
fn call(body: &Value, credentials: &Credentials) -> Option<HttpRequest> {
    let url = format!("{}/me/messages", credentials.base(BASE));
    Some(credentials.json(Method::Post, url, Some(credentials.one(TOKEN)?), body))
}

#[cfg(test)]
mod tests {
    use domain::{Address, Channel, Handles, MediaKind, Millis};

    use super::*;

    fn credentials() -> Credentials {
        let read = |name: &str| if name.ends_with("_BASE") { vec![] } else { vec!["token".to_owned()] };
        Credentials::read(|_| true, read, 1_000)
    }

    fn to() -> Address {
        Address { channel: Channel::of("messenger"), chat: "765".to_owned(), thread: None }
    }

    fn rendered(waited_ms: i64) -> Result<Value, Sent> {
        let parcel = Parcel {
            to: &to(),
            texts: &["**Which** [page](https://a.example)?".to_owned()],
            buttons: &[Button { label: "The blue one of the two".to_owned(), says: "/blue".to_owned() }],
            handles: &Handles::default(),
            is_first: true,
            heard_at: Millis(0),
            now: Millis(waited_ms),
            key: "key",
        };
        let call = message(&parcel, &credentials())?;
        assert_eq!(call.request.url, "https://graph.facebook.com/v26.0/me/messages");
        assert_eq!(call.repeat, Repeat::Never);
        Ok(serde_json::from_slice(&call.request.body).unwrap())
    }

    #[test]
    fn a_text_is_plain_and_has_quick_replies_for_a_day() {
        let message = json!({
            "text": "Which page (https://a.example)?",
            "metadata": "key",
            "quick_replies": [{ "content_type": "text", "title": "The blue one of the", "payload": "/blue" }],
        });
        assert_eq!(rendered(0).unwrap()["message"], message);
        assert_eq!(rendered(86_400_000), Err(Sent::Refused(Fate::WindowClosed)));
    }

    #[test]
    fn a_message_is_seen_once() {
        let actions = |is_first: bool| {
            let calls = signs(&AtWork { to: &to(), handles: &Handles::default(), is_first }, &credentials());
            calls
                .iter()
                .map(|call| serde_json::from_slice::<Value>(&call.body).unwrap()["sender_action"].clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(actions(true), ["mark_seen", "typing_on"]);
        assert_eq!(actions(false), ["typing_on"]);
    }

    #[test]
    fn a_file_is_fetched_without_a_token_and_only_from_meta() {
        let fetched = |url: &str| {
            let handle = url.to_owned();
            let media = Media {
                kind: MediaKind::Audio,
                handle,
                mime: None,
                size: None,
                duration_ms: None,
                name: None,
            };
            file(&media, 9, &credentials()).map(|request| (request.headers, request.body_bytes_max))
        };
        assert_eq!(fetched("https://cdn.fbsbx.com/v/a.mp4?oe=1"), Ok((Vec::new(), 9)));
        assert_eq!(fetched("https://scontent.xx.fbcdn.net/v/1.jpg"), Ok((Vec::new(), 9)));
        assert_eq!(fetched("http://169.254.169.254/latest/meta-data"), Err(NoMedia::Refused));
    }
}
