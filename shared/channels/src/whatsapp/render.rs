//! Parcels to calls of the Cloud API.

use std::collections::BTreeSet;

use domain::Media;
use domain::http::{HttpRequest, Method};
use domain::split::Unit;
use domain::turn::Button;
use serde_json::{Value, json};

use super::{BASE, NUMBER, TEXT_UTF16_MAX, TOKEN};
use crate::credentials::Credentials;
use crate::markup::{Marked, Style, within};
use crate::media::NoMedia;
use crate::meta::in_window;
use crate::sending::{AtWork, Call, Fate, Parcel, Repeat, Sent, label};

/// "Interactive reply buttons": at most 3 of different titles, of 20 characters each, under a body of at most 1024.
const BUTTONS_MAX: usize = 3;
const TITLE_CHARS_MAX: usize = 20;
const BODY_UTF16_MAX: usize = 1_024;

/// "Interactive list": at most 10 rows, titles of 24 characters, descriptions of 72, under a body of at most 4096.
const ROWS_MAX: usize = 10;
const ROW_CHARS_MAX: usize = 24;
const DESCRIPTION_CHARS_MAX: usize = 72;

/// What opens a list: it has to be something, and no language is known here.
const OPEN_LIST: &str = "☰";

/// There is no key to repeat a call by. The parcel's comes back with its receipts.
pub(super) fn message(parcel: &Parcel<'_>, credentials: &Credentials) -> Result<Call, Sent> {
    in_window(parcel)?;
    let text = marked(parcel.texts.first().map(String::as_str).unwrap_or_default());
    let (recipient_type, to) = recipient(&parcel.to.chat);
    let (kind, content) = match interactive(&text, parcel.buttons) {
        Some(interactive) if recipient_type == "individual" => ("interactive", interactive),
        _ => ("text", json!({ "body": text })),
    };
    let body = json!({
        "messaging_product": "whatsapp",
        "recipient_type": recipient_type,
        to: parcel.to.chat,
        "type": kind,
        kind: content,
        "biz_opaque_callback_data": parcel.key,
    });
    let request = call(&body, credentials).ok_or(Sent::Refused(Fate::Unauthorized))?;
    Ok(Call { request, repeat: Repeat::Never })
}

/// A business-scoped id is a country's two letters, a dot and more; a number has digits only; what is left are groups,
/// which take no buttons ("Groups API": text, media, templates).
fn recipient(chat: &str) -> (&'static str, &'static str) {
    let is_scoped = matches!(chat.as_bytes(), [b'A'..=b'Z', b'A'..=b'Z', b'.', ..]);
    if is_scoped {
        ("individual", "recipient")
    } else if chat.bytes().all(|byte| byte.is_ascii_digit()) {
        ("individual", "to")
    } else {
        ("group", "to")
    }
}

/// WhatsApp Help Center, "How to format your messages". There is no way to escape a mark.
fn marked(text: &str) -> String {
    let marked = Marked::of(text);
    let around = |mark: &str| (mark.to_owned(), mark.to_owned());
    let mark = |style: &Style| match style {
        Style::Bold => around("*"),
        Style::Italic => around("_"),
        Style::Strike => around("~"),
        Style::Code | Style::Block(_) => around("```"),
        Style::Quote => ("> ".to_owned(), String::new()),
        Style::Link(url) if !marked.text.contains(url.as_str()) => (String::new(), format!(" ({url})")),
        Style::Link(_) => around(""),
    };
    within(marked.written(mark, |_| None), text, TEXT_UTF16_MAX, Unit::Utf16)
}

/// Buttons where they fit, or else a list.
fn interactive(text: &str, buttons: &[Button]) -> Option<Value> {
    let titles: BTreeSet<_> = buttons.iter().map(|button| label(button, TITLE_CHARS_MAX)).collect();
    let are_distinct = titles.len() == buttons.len() && buttons.len() <= BUTTONS_MAX;
    let (kind, action) = match buttons {
        [] => return None,
        _ if are_distinct && Unit::Utf16.length(text) <= BODY_UTF16_MAX => {
            ("button", json!({ "buttons": buttons.iter().map(reply).collect::<Vec<_>>() }))
        }
        _ => {
            let rows: Vec<_> = buttons.iter().take(ROWS_MAX).map(row).collect();
            ("list", json!({ "button": OPEN_LIST, "sections": [{ "rows": rows }] }))
        }
    };
    Some(json!({ "type": kind, "body": { "text": text }, "action": action }))
}

fn reply(button: &Button) -> Value {
    json!({ "type": "reply", "reply": { "id": button.says, "title": label(button, TITLE_CHARS_MAX) } })
}

/// A label that is too long for a title stands below it as a whole.
fn row(button: &Button) -> Value {
    let title = label(button, ROW_CHARS_MAX);
    if title == button.label {
        return json!({ "id": button.says, "title": title });
    }
    json!({ "id": button.says, "title": title, "description": label(button, DESCRIPTION_CHARS_MAX) })
}

/// One call marks the message as read and shows that somebody types.
pub(super) fn signs(at_work: &AtWork<'_>, credentials: &Credentials) -> Vec<HttpRequest> {
    let read = |id: &String| {
        let body = json!({
            "messaging_product": "whatsapp",
            "status": "read",
            "message_id": id,
            "typing_indicator": { "type": "text" },
        });
        call(&body, credentials)
    };
    at_work.handles.seen.as_ref().and_then(read).into_iter().collect()
}

/// Its answer tells where the file lies.
pub(super) fn file(media: &Media, credentials: &Credentials) -> Result<HttpRequest, NoMedia> {
    let is_id = !media.handle.is_empty() && media.handle.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let token = credentials.one(TOKEN).filter(|_| is_id).ok_or(NoMedia::Refused)?;
    let url = format!("{}/{}", credentials.base(BASE), media.handle);
    Ok(credentials.plain(Method::Get, url, Some(token)))
}

fn call(body: &Value, credentials: &Credentials) -> Option<HttpRequest> {
    let url = format!("{}/{}/messages", credentials.base(BASE), credentials.one(NUMBER)?);
    Some(credentials.json(Method::Post, url, Some(credentials.one(TOKEN)?), body))
}

#[cfg(test)]
mod tests {
    use domain::{Address, Channel, Handles, Millis};

    use super::*;

    fn credentials() -> Credentials {
        let read = |name: &str| match name {
            NUMBER => vec!["106".to_owned()],
            _ if name.ends_with("_BASE") => Vec::new(),
            _ => vec!["token".to_owned()],
        };
        Credentials::read(|_| true, read, 1_000)
    }

    fn rendered(chat: &str, text: &str, labels: &[&str], waited_ms: i64) -> Result<Value, Sent> {
        let says = |label: &&str| Button { label: (*label).to_owned(), says: format!("/{label}") };
        let to = Address { channel: Channel::of("whatsapp"), chat: chat.to_owned(), thread: None };
        let parcel = Parcel {
            to: &to,
            texts: &[text.to_owned()],
            buttons: &labels.iter().map(says).collect::<Vec<_>>(),
            handles: &Handles::default(),
            is_first: true,
            heard_at: Millis(0),
            now: Millis(waited_ms),
            key: "key",
        };
        let call = message(&parcel, &credentials())?;
        assert_eq!(call.request.url, "https://graph.facebook.com/v26.0/106/messages");
        Ok(serde_json::from_slice(&call.request.body).unwrap())
    }

    #[test]
    fn users_and_groups_are_addressed_each_in_their_way() {
        for (chat, kind, field) in [
            ("FI.1349", "individual", "recipient"),
            ("358401", "individual", "to"),
            ("Y2FwaV9n", "group", "to"),
        ] {
            let body = rendered(chat, "**b** _i_ ~~s~~ `c` [x](https://y.example)", &[], 0).unwrap();
            assert_eq!((&body["recipient_type"], &body[field]), (&json!(kind), &json!(chat)));
            assert_eq!(body["text"]["body"], "*b* _i_ ~s~ ```c``` x (https://y.example)");
            assert_eq!(body["biz_opaque_callback_data"], "key");
        }
    }

    #[test]
    fn after_a_day_of_silence_nothing_is_sent() {
        assert!(rendered("FI.1", "a", &[], 86_399_999).is_ok());
        assert_eq!(rendered("FI.1", "a", &[], 86_400_000), Err(Sent::Refused(Fate::WindowClosed)));
    }

    #[test]
    fn buttons_become_a_list_where_they_do_not_fit() {
        let interactive =
            |text: &str, labels: &[&str]| rendered("FI.1", text, labels, 0).unwrap()["interactive"].clone();
        let few = interactive("a", &["Yes", "No"]);
        assert_eq!(few["action"]["buttons"][1]["reply"], json!({ "id": "/No", "title": "No" }));
        let twins = ["An appointment on Monday", "An appointment on Friday"];
        for list in [
            interactive(&"a".repeat(1_025), &["Yes"]),
            interactive("a", &["1", "2", "3", "4"]),
            interactive("a", &twins),
        ] {
            assert_eq!(list["type"], "list");
        }
        let long = interactive("a", &["1", "2", "3", "An appointment on Wednesday"]);
        let row = json!({ "id": "/An appointment on Wednesday", "title": "An appointment on",
            "description": "An appointment on Wednesday" });
        assert_eq!(long["action"]["sections"][0]["rows"][3], row);
        let group = rendered("Y2FwaV9n", "a", &["Yes"], 0).unwrap();
        assert_eq!((&group["type"], &group["interactive"]), (&json!("text"), &Value::Null));
    }
}
