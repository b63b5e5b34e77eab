//! Parcels to calls of the Messaging API.

use domain::Media;
use domain::http::{HttpRequest, Method};
use domain::split::Unit;
use domain::turn::Button;
use serde_json::{Value, json};

use super::{BASE, DATA_BASE, TEXT_UTF16_MAX, TOKEN};
use crate::credentials::Credentials;
use crate::markup::{Marked, within};
use crate::media::NoMedia;
use crate::registry::{MissingVariable, Registration};
use crate::sending::{AtWork, Call, Fate, Parcel, Repeat, Sent, Way, label};

/// Reference, "Send reply message": a token is used once, within one minute of the webhook. Ten seconds are left for the
/// call itself, and for a clock that is not LINE's.
const REPLY_MS_MAX: u64 = 50_000;

/// Reference, "Quick reply": at most 13 buttons; "Action objects": a label of at most 20 grapheme clusters.
const BUTTONS_MAX: usize = 13;
const LABEL_CHARS_MAX: usize = 20;

/// Reference, "Postback action": `displayText` of at most 300 characters, and a quick reply must have one.
const SAID_CHARS_MAX: usize = 300;

/// A reply is not counted against the plan's messages, so it is the usual way. A push knows a repetition by its key for
/// 24 hours (guide "Retry failed API requests"); a reply with such a key is refused.
pub(super) fn messages(parcel: &Parcel<'_>, way: Way, credentials: &Credentials) -> Result<Call, Sent> {
    let messages = texts(parcel);
    let reply =
        parcel.handles.reply.as_ref().filter(|_| {
            parcel.is_first && way == Way::Usual && parcel.now.since(parcel.heard_at) < REPLY_MS_MAX
        });
    let (path, body) = match reply {
        Some(token) => ("message/reply", json!({ "replyToken": token, "messages": messages })),
        None => ("message/push", json!({ "to": parcel.to.chat, "messages": messages })),
    };
    let mut request = call(path, &body, credentials).ok_or(Sent::Refused(Fate::Unauthorized))?;
    if reply.is_some() {
        return Ok(Call { request, repeat: Repeat::Once });
    }
    request.headers.push(("x-line-retry-key".to_owned(), parcel.key.to_owned()));
    Ok(Call { request, repeat: Repeat::Always })
}

/// Where the webhook goes, and one to see whether it arrives; redelivery is switched on in the console.
pub(super) fn registration(
    url: &str,
    credentials: &Credentials,
) -> Result<Vec<Registration>, MissingVariable> {
    let token = credentials.needed(TOKEN)?;
    let body = json!({ "endpoint": url });
    let call = |method, path| {
        let url = format!("{}/v2/bot/channel/webhook/{path}", credentials.base(BASE));
        credentials.json(method, url, Some(token), &body)
    };
    Ok(vec![
        Registration { does: "events go there", request: call(Method::Put, "endpoint") },
        Registration { does: "an event without content arrives there", request: call(Method::Post, "test") },
    ])
}

fn texts(parcel: &Parcel<'_>) -> Vec<Value> {
    let shown = |text: &String| within(Marked::of(text).plain(), text, TEXT_UTF16_MAX, Unit::Utf16);
    let mut messages: Vec<_> =
        parcel.texts.iter().map(|text| json!({ "type": "text", "text": shown(text) })).collect();
    if let (false, Some(last)) =
        (parcel.buttons.is_empty(), messages.last_mut().and_then(Value::as_object_mut))
    {
        let items: Vec<_> = parcel.buttons.iter().take(BUTTONS_MAX).map(quick_reply).collect();
        last.insert("quickReply".to_owned(), json!({ "items": items }));
    }
    messages
}

fn quick_reply(button: &Button) -> Value {
    let action = json!({
        "type": "postback",
        "label": label(button, LABEL_CHARS_MAX),
        "data": button.says,
        "displayText": label(button, SAID_CHARS_MAX),
    });
    json!({ "type": "action", "action": action })
}

/// The loading animation is for chats with one person; a user's id begins with U, those of groups with C or R.
pub(super) fn signs(at_work: &AtWork<'_>, credentials: &Credentials) -> Vec<HttpRequest> {
    let seen = at_work.handles.seen.as_ref().filter(|_| at_work.is_first);
    let read =
        seen.and_then(|token| call("chat/markAsRead", &json!({ "markAsReadToken": token }), credentials));
    let chat = Some(&at_work.to.chat).filter(|chat| chat.starts_with('U'));
    let loading = chat.and_then(|chat| {
        call("chat/loading/start", &json!({ "chatId": chat, "loadingSeconds": 60 }), credentials)
    });
    read.into_iter().chain(loading).collect()
}

/// What lies elsewhere than at LINE lies where the sender wanted it: it is not fetched.
pub(super) fn content(
    media: &Media,
    bytes_max: usize,
    credentials: &Credentials,
) -> Result<HttpRequest, NoMedia> {
    let is_id = !media.handle.is_empty() && media.handle.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let token = credentials.one(TOKEN).filter(|_| is_id).ok_or(NoMedia::Refused)?;
    let url = format!("{}/v2/bot/message/{}/content", credentials.base(DATA_BASE), media.handle);
    let request = credentials.plain(Method::Get, url, Some(token));
    Ok(HttpRequest { body_bytes_max: bytes_max, ..request })
}

fn call(path: &str, body: &Value, credentials: &Credentials) -> Option<HttpRequest> {
    let url = format!("{}/v2/bot/{path}", credentials.base(BASE));
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

    fn to(chat: &str) -> Address {
        Address { channel: Channel::of("line"), chat: chat.to_owned(), thread: None }
    }

    fn handles() -> Handles {
        Handles { reply: Some("reply".to_owned()), seen: Some("seen".to_owned()) }
    }

    fn rendered(is_first: bool, waited_ms: i64, way: Way) -> (Call, Value) {
        let texts = ["**One**".to_owned(), "two".to_owned()];
        let buttons = [Button { label: "A label of more than twenty".to_owned(), says: "/go".to_owned() }];
        let (to, handles) = (to("U1"), handles());
        let (heard_at, now) = (Millis(0), Millis(waited_ms));
        let (to, handles, key) = (&to, &handles, "key");
        let parcel = Parcel { to, texts: &texts, buttons: &buttons, handles, is_first, heard_at, now, key };
        let call = messages(&parcel, way, &credentials()).unwrap();
        let body = serde_json::from_slice(&call.request.body).unwrap();
        (call, body)
    }

    #[test]
    fn the_first_parcel_is_a_reply_while_its_token_is_fresh() {
        let (call, body) = rendered(true, 49_999, Way::Usual);
        assert_eq!(call.request.url, "https://api.line.me/v2/bot/message/reply");
        assert_eq!((call.repeat, &body["replyToken"]), (Repeat::Once, &json!("reply")));
        assert!(call.request.headers.iter().all(|(name, _)| name != "x-line-retry-key"));
        for (is_first, waited_ms, way) in
            [(false, 0, Way::Usual), (true, 50_000, Way::Usual), (true, 0, Way::Other)]
        {
            let (call, body) = rendered(is_first, waited_ms, way);
            assert_eq!(call.request.url, "https://api.line.me/v2/bot/message/push");
            assert_eq!((call.repeat, &body["to"]), (Repeat::Always, &json!("U1")));
            assert!(call.request.headers.contains(&("x-line-retry-key".to_owned(), "key".to_owned())));
        }
    }

    #[test]
    fn texts_are_plain_and_buttons_stand_under_the_last() {
        let (_, body) = rendered(true, 0, Way::Usual);
        assert_eq!(body["messages"][0], json!({ "type": "text", "text": "One" }));
        let action = &body["messages"][1]["quickReply"]["items"][0]["action"];
        assert_eq!(action["label"], "A label of more than");
        assert_eq!(
            (&action["data"], &action["displayText"]),
            (&json!("/go"), &json!("A label of more than twenty"))
        );
    }

    #[test]
    fn a_message_is_marked_as_read_once_and_groups_see_no_animation() {
        let paths = |chat: &str, is_first: bool| -> Vec<String> {
            let signs = signs(&AtWork { to: &to(chat), handles: &handles(), is_first }, &credentials());
            signs.into_iter().map(|sign| sign.url.rsplit('/').next().unwrap().to_owned()).collect()
        };
        assert_eq!(paths("U1", true), ["markAsRead", "start"]);
        assert_eq!(paths("U1", false), ["start"]);
        assert_eq!(paths("C1", true), ["markAsRead"]);
    }

    #[test]
    fn only_what_lies_at_line_is_fetched() {
        let fetched = |handle: &str| {
            let media = Media {
                kind: MediaKind::Image,
                handle: handle.to_owned(),
                mime: None,
                size: None,
                duration_ms: None,
                name: None,
            };
            content(&media, 9, &credentials()).map(|request| (request.url, request.body_bytes_max))
        };
        let url = "https://api-data.line.me/v2/bot/message/583/content".to_owned();
        assert_eq!(fetched("583"), Ok((url, 9)));
        for elsewhere in ["https://images.example.com/a.jpg", "../../oauth", ""] {
            assert_eq!(fetched(elsewhere), Err(NoMedia::Refused), "{elsewhere}");
        }
    }
}
