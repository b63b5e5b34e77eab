//! Parcels to calls of the Bot API.

use domain::http::{HttpRequest, Method};
use domain::split::Unit;
use domain::{Handles, Media};
use serde_json::{Value, json};

use super::{BASE, SECRET, TEXT_UTF16_MAX, TOKEN};
use crate::credentials::Credentials;
use crate::markup::{Marked, Style};
use crate::media::NoMedia;
use crate::registry::{MissingVariable, Registration};
use crate::sending::{AtWork, Call, Fate, Parcel, Repeat, Sent};

/// `sendMessage` with `entities` in the place of a parse mode: what is bold is told by offsets, so no character of a
/// model's text can fail to parse. The Bot API knows no key to repeat a call by.
pub(super) fn message(parcel: &Parcel<'_>, credentials: &Credentials) -> Result<Call, Sent> {
    let marked = marked(parcel.texts.first().map(String::as_str).unwrap_or_default());
    let mut body = json!({ "chat_id": parcel.to.chat, "text": marked.text, "entities": entities(&marked) });
    if let Some(fields) = body.as_object_mut() {
        if let Some(thread) = parcel.to.thread.as_ref() {
            fields.insert("message_thread_id".to_owned(), thread.parse::<i64>().unwrap_or_default().into());
        }
        if !parcel.buttons.is_empty() {
            let rows = parcel.buttons.iter();
            let rows: Vec<_> =
                rows.map(|button| json!([{ "text": button.label, "callback_data": button.says }])).collect();
            fields.insert("reply_markup".to_owned(), json!({ "inline_keyboard": rows }));
        }
    }
    let request = call("sendMessage", &body, credentials).ok_or(Sent::Refused(Fate::Unauthorized))?;
    Ok(Call { request, repeat: Repeat::Never })
}

/// The loading sign of a button stops when it is answered; typing is shown for some seconds.
pub(super) fn signs(at_work: &AtWork<'_>, credentials: &Credentials) -> Vec<HttpRequest> {
    let answered = at_work.is_first.then(|| dismissal(at_work.handles, credentials)).flatten();
    let mut action = json!({ "chat_id": at_work.to.chat, "action": "typing" });
    if let (Some(thread), Some(fields)) = (at_work.to.thread.as_ref(), action.as_object_mut()) {
        fields.insert("message_thread_id".to_owned(), thread.parse::<i64>().unwrap_or_default().into());
    }
    answered.into_iter().chain(call("sendChatAction", &action, credentials)).collect()
}

/// The loading sign of a button stops. Answered twice, it is refused, which does no harm.
pub(super) fn dismissal(handles: &Handles, credentials: &Credentials) -> Option<HttpRequest> {
    let pressed = handles.seen.as_ref()?;
    call("answerCallbackQuery", &json!({ "callback_query_id": pressed }), credentials)
}

/// `setWebhook`, with the kinds of updates that are read here.
pub(super) fn registration(
    url: &str,
    credentials: &Credentials,
) -> Result<Vec<Registration>, MissingVariable> {
    let body = json!({
        "url": url,
        "secret_token": credentials.needed(SECRET)?,
        "allowed_updates": ["message", "edited_message", "callback_query", "my_chat_member"],
    });
    let request = call("setWebhook", &body, credentials).ok_or(MissingVariable(TOKEN))?;
    Ok(vec![Registration { does: "updates go there", request }])
}

/// `getFile`; its answer tells where the file lies.
pub(super) fn file(media: &Media, credentials: &Credentials) -> Result<HttpRequest, NoMedia> {
    call("getFile", &json!({ "file_id": media.handle }), credentials).ok_or(NoMedia::Refused)
}

fn call(method: &str, body: &Value, credentials: &Credentials) -> Option<HttpRequest> {
    let url = format!("{}/bot{}/{method}", credentials.base(BASE), credentials.one(TOKEN)?);
    Some(credentials.json(Method::Post, url, None, body))
}

/// As it was written, if what stands between its blocks makes it too long.
fn marked(written: &str) -> Marked {
    let marked = Marked::of(written);
    let fits = Unit::Utf16.length(&marked.text) <= TEXT_UTF16_MAX;
    if fits { marked } else { Marked { text: written.to_owned(), styles: Vec::new() } }
}

/// <https://core.telegram.org/bots/api#messageentity>: offsets and lengths in UTF-16 code units.
fn entities(marked: &Marked) -> Vec<Value> {
    let units = |text: Option<&str>| text.unwrap_or_default().encode_utf16().count();
    let entity = |(range, style): &(std::ops::Range<usize>, Style)| {
        let mut entity = json!({
            "type": match style {
                Style::Bold => "bold",
                Style::Italic => "italic",
                Style::Strike => "strikethrough",
                Style::Code => "code",
                Style::Block(_) => "pre",
                Style::Quote => "blockquote",
                Style::Link(_) => "text_link",
            },
            "offset": units(marked.text.get(..range.start)),
            "length": units(marked.text.get(range.clone())),
        });
        let more = match style {
            Style::Link(url) => Some(("url", url)),
            Style::Block(language) if !language.is_empty() => Some(("language", language)),
            _ => None,
        };
        if let (Some((name, value)), Some(fields)) = (more, entity.as_object_mut()) {
            fields.insert(name.to_owned(), value.clone().into());
        }
        entity
    };
    marked.styles.iter().map(entity).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_becomes_too_long_is_sent_as_it_was_written() {
        let long = format!("**a**{}", "\n***".repeat(1_000));
        assert_eq!(marked(&long), Marked { text: long.clone(), styles: Vec::new() });
        assert_eq!(marked("**a**").text, "a");
    }
}
