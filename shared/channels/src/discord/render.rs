//! Parcels to calls of interaction webhooks and of the bot.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use domain::http::{HttpRequest, Method};
use domain::turn::Button;
use domain::{Handles, Media};
use serde_json::{Value, json};

use super::{BASE, TOKEN};
use crate::credentials::Credentials;
use crate::media::NoMedia;
use crate::registry::{MissingVariable, Registration};
use crate::sending::{Call, Fate, Parcel, Repeat, Sent, Way};

/// Milliseconds that an interaction's token is used: it is good for 15 minutes ("Receiving and Responding").
const TOKEN_MS: u64 = 14 * 60_000 + 30_000;

/// `nonce`: 25 characters ("Create Message"). With `enforce_nonce`, a message that has one of the past few minutes is
/// not made again; the first one is returned.
const NONCE_CHARS: usize = 25;

/// What is written on a button: 80 characters (Component reference).
const LABEL_CHARS_MAX: usize = 80;

/// Buttons in an action row, and rows below a message (Component reference).
const ROW_BUTTONS_MAX: usize = 5;
const ROWS_MAX: usize = 5;

/// The first words take the place of what shows that somebody is at work, which can be repeated; further ones follow,
/// which cannot. Without a token that is still good, the bot writes into the channel, if it is in there.
pub(super) fn message(parcel: &Parcel<'_>, way: Way, credentials: &Credentials) -> Result<Call, Sent> {
    let webhook = webhook(parcel, way, credentials);
    let body = content(parcel);
    Ok(match webhook {
        Some(url) if parcel.is_first => {
            let url = format!("{url}/messages/@original");
            Call { request: credentials.json(Method::Patch, url, None, &body), repeat: Repeat::Always }
        }
        Some(url) => {
            Call { request: credentials.json(Method::Post, url, None, &body), repeat: Repeat::Never }
        }
        None => {
            let request = by_bot(parcel, body, credentials).ok_or(Sent::Refused(Fate::Unauthorized))?;
            Call { request, repeat: Repeat::Once }
        }
    })
}

/// The commands that open a message and act on the conversation, then the URL: Discord calls it before it takes it.
pub(super) fn registration(
    url: &str,
    credentials: &Credentials,
) -> Result<Vec<Registration>, MissingVariable> {
    let token = credentials.needed(TOKEN)?;
    let id = application(token).ok_or(MissingVariable(TOKEN))?;
    let call = |method, path: &str, body: &Value| {
        let mut call =
            credentials.json(method, format!("{}/applications/{path}", credentials.base(BASE)), None, body);
        call.headers.push(("authorization".to_owned(), format!("Bot {token}")));
        call
    };
    let commands = call(Method::Put, &format!("{id}/commands"), &commands());
    let endpoint = call(Method::Patch, "@me", &json!({ "interactions_endpoint_url": url }));
    Ok(vec![
        Registration { does: "people see the commands", request: commands },
        Registration { does: "interactions go there", request: endpoint },
    ])
}

/// A bot's token begins with its user id in base64, which is the application's id too (Reference, "Authentication").
fn application(token: &str) -> Option<String> {
    let id = token.split('.').next()?;
    let id = STANDARD_NO_PAD.decode(id.trim_end_matches('=')).ok()?;
    String::from_utf8(id).ok().filter(|id| id.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Option types 3 and 11: a text, a file ("Application Command Option Type").
fn commands() -> Value {
    let text =
        |name, description| json!({ "type": 3, "name": name, "description": description, "required": false });
    let file = json!({ "type": 11, "name": "file", "description": "A picture or a voice message", "required": false });
    json!([
        { "name": "ask", "description": "Ask the bot", "options": [text("question", "What you want to know"), file] },
        { "name": "cancel", "description": "Stop the answer and drop what waits" },
        { "name": "back", "description": "One menu back" },
        { "name": "menu", "description": "The main menu" },
        { "name": "settings", "description": "Show your settings" },
        { "name": "set", "description": "Change a setting", "options": [text("setting", "Its name and value")] },
    ])
}

/// Takes away what shows that somebody is at work. Once the token is no longer good, nothing shows it any more, and the
/// call is refused.
pub(super) fn dismissal(handles: &Handles, credentials: &Credentials) -> Option<HttpRequest> {
    let url = format!("{}/messages/@original", webhook_of(handles, credentials)?);
    Some(credentials.plain(Method::Delete, url, None))
}

/// The URL is signed: no token goes along.
pub(super) fn file(
    media: &Media,
    bytes_max: usize,
    credentials: &Credentials,
) -> Result<HttpRequest, NoMedia> {
    let hosts = ["cdn.discordapp.com", "media.discordapp.net"];
    if !credentials.may_call(&media.handle, &[BASE], &hosts) {
        return Err(NoMedia::Refused);
    }
    let request = credentials.plain(Method::Get, media.handle.clone(), None);
    Ok(HttpRequest { body_bytes_max: bytes_max, ..request })
}

fn webhook(parcel: &Parcel<'_>, way: Way, credentials: &Credentials) -> Option<String> {
    let is_fresh = parcel.now.since(parcel.heard_at) < TOKEN_MS;
    webhook_of(parcel.handles, credentials).filter(|_| way == Way::Usual && is_fresh)
}

fn webhook_of(handles: &Handles, credentials: &Credentials) -> Option<String> {
    let (application, token) = handles.reply.as_deref()?.split_once(':')?;
    Some(format!("{}/webhooks/{application}/{token}", credentials.base(BASE)))
}

fn by_bot(parcel: &Parcel<'_>, mut body: Value, credentials: &Credentials) -> Option<HttpRequest> {
    let token = credentials.one(TOKEN)?;
    let nonce: String = parcel.key.chars().filter(char::is_ascii_hexdigit).take(NONCE_CHARS).collect();
    if let Some(fields) = body.as_object_mut() {
        fields.insert("nonce".to_owned(), nonce.into());
        fields.insert("enforce_nonce".to_owned(), true.into());
    }
    let channel = parcel.to.thread.as_ref().unwrap_or(&parcel.to.chat);
    let url = format!("{}/channels/{channel}/messages", credentials.base(BASE));
    let mut request = credentials.json(Method::Post, url, None, &body);
    request.headers.push(("authorization".to_owned(), format!("Bot {token}")));
    Some(request)
}

/// Discord shows Markdown as models write it. Whoever is mentioned in it is not called.
fn content(parcel: &Parcel<'_>) -> Value {
    let text = parcel.texts.first().map(String::as_str).unwrap_or_default();
    let mut content = json!({ "content": text, "allowed_mentions": { "parse": [] } });
    let buttons = parcel.distinct_buttons(ROW_BUTTONS_MAX * ROWS_MAX);
    if let (false, Some(fields)) = (buttons.is_empty(), content.as_object_mut()) {
        fields.insert("components".to_owned(), buttons.chunks(ROW_BUTTONS_MAX).map(row).collect());
    }
    content
}

fn row(buttons: &[&Button]) -> Value {
    let buttons: Vec<_> = buttons.iter().map(|button| shown(button)).collect();
    json!({ "type": 1, "components": buttons })
}

/// `custom_id` (100 characters) is all that comes back, so it holds what the button says. Style 2 is the plain one.
fn shown(button: &Button) -> Value {
    let label: String = button.label.chars().take(LABEL_CHARS_MAX).collect();
    json!({ "type": 2, "style": 2, "label": label, "custom_id": button.says })
}

#[cfg(test)]
mod tests {
    use domain::{Address, Channel, MediaKind, Millis};

    use super::*;

    const KEY: &str = "01234567-89ab-8def-a123-456789abcdef";

    fn credentials() -> Credentials {
        let read = |name: &str| if name == TOKEN { vec!["t".to_owned()] } else { Vec::new() };
        Credentials::read(|_| true, read, 1_000)
    }

    /// What a test changes of an answer.
    #[derive(Clone, Copy)]
    struct Said<'s> {
        reply: Option<&'s str>,
        thread: Option<&'s str>,
        buttons: &'s [Button],
        is_first: bool,
        after_ms: i64,
        way: Way,
    }

    const SAID: Said<'_> = Said {
        reply: Some("app:token"),
        thread: None,
        buttons: &[],
        is_first: true,
        after_ms: 0,
        way: Way::Usual,
    };

    fn rendered(said: Said<'_>) -> (Call, Value) {
        let thread = said.thread.map(str::to_owned);
        let parcel = Parcel {
            to: &Address { channel: Channel::of("discord"), chat: "7".to_owned(), thread },
            texts: &["**Hi** @everyone".to_owned()],
            buttons: said.buttons,
            handles: &Handles { reply: said.reply.map(str::to_owned), seen: None },
            is_first: said.is_first,
            heard_at: Millis(0),
            now: Millis(said.after_ms),
            key: KEY,
        };
        let Ok(call) = message(&parcel, said.way, &credentials()) else { panic!("no call") };
        let body = serde_json::from_slice(&call.request.body).unwrap();
        (call, body)
    }

    fn url(call: &Call) -> &str {
        call.request.url.strip_prefix("https://discord.com/api/v10").unwrap()
    }

    #[test]
    fn the_application_is_named_in_its_token() {
        assert_eq!(application("MTE4MDAwMDAwMDAwMDAwMDAwMQ.x.y").as_deref(), Some("1180000000000000001"));
        assert_eq!(application("not a token"), None);
    }

    #[test]
    fn the_first_words_take_the_place_of_the_loading_sign() {
        let (first, body) = rendered(SAID);
        assert_eq!(url(&first), "/webhooks/app/token/messages/@original");
        assert!(first.request.method == Method::Patch && first.repeat == Repeat::Always);
        assert_eq!(body, json!({ "content": "**Hi** @everyone", "allowed_mentions": { "parse": [] } }));
        let (next, _) = rendered(Said { is_first: false, ..SAID });
        assert_eq!(url(&next), "/webhooks/app/token");
        assert!(next.request.method == Method::Post && next.repeat == Repeat::Never);
    }

    #[test]
    fn without_a_good_token_the_bot_writes_under_a_key() {
        let ways = [
            (Said { after_ms: 870_000, ..SAID }, "/channels/7/messages"),
            (Said { way: Way::Other, ..SAID }, "/channels/7/messages"),
            (Said { reply: None, thread: Some("8"), ..SAID }, "/channels/8/messages"),
        ];
        for (said, path) in ways {
            let (call, body) = rendered(said);
            assert_eq!(url(&call), path);
            assert!(call.request.headers.contains(&("authorization".to_owned(), "Bot t".to_owned())));
            assert_eq!(body["nonce"], "0123456789ab8defa12345678");
            assert!(body["enforce_nonce"] == true && call.repeat == Repeat::Once);
        }
    }

    #[test]
    fn buttons_stand_in_rows_of_five() {
        let buttons: Vec<_> = (0..30)
            .map(|number| Button { label: "x".repeat(90), says: format!("say {}", number / 2) })
            .collect();
        let rows = rendered(Said { buttons: &buttons, ..SAID }).1["components"].clone();
        let counts: Vec<_> =
            rows.as_array().unwrap().iter().map(|row| row["components"].as_array().unwrap().len()).collect();
        assert_eq!(counts, [5, 5, 5], "no two say the same");
        let first = &rows[0]["components"][0];
        assert_eq!(first["custom_id"], "say 0");
        assert_eq!(first["label"].as_str().unwrap().len(), 80);
    }

    #[test]
    fn a_sign_that_no_answer_used_is_taken_away() {
        let handles = Handles { reply: Some("app:token".to_owned()), seen: None };
        let request = dismissal(&handles, &credentials()).unwrap();
        assert!(request.method == Method::Delete && request.url.ends_with("/app/token/messages/@original"));
        assert!(dismissal(&Handles::default(), &credentials()).is_none());
    }

    #[test]
    fn files_are_fetched_from_discord_alone() {
        let at = |url: &str| Media {
            kind: MediaKind::Image,
            handle: url.to_owned(),
            mime: None,
            size: None,
            duration_ms: None,
            name: None,
        };
        let fetched = file(&at("https://cdn.discordapp.com/attachments/1/2/a.png?ex=1"), 10, &credentials());
        assert!(fetched.is_ok_and(|request| request.headers.is_empty() && request.body_bytes_max == 10));
        assert!(file(&at("http://169.254.169.254/latest"), 10, &credentials()).is_err());
    }
}
