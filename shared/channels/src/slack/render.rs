//! Parcels to calls of the Web API and of response URLs.

use domain::Media;
use domain::http::{HttpRequest, Method};
use domain::split::{Unit, split};
use domain::turn::Button;
use serde_json::{Map, Value, json};

use super::{BASE, HOOKS_BASE, TOKEN};
use crate::credentials::Credentials;
use crate::markup::{Marked, Style};
use crate::media::NoMedia;
use crate::sending::{AtWork, Call, Fate, Parcel, Repeat, Sent, Way};

/// Milliseconds that a response URL is used: Slack takes five messages within 30 minutes ("Handling user interaction").
/// A sixth is refused, and goes the other way.
const RESPONSE_URL_MS: u64 = 29 * 60_000;

/// `chat.postMessage`, "Truncating content": what is longer is cut.
const MRKDWN_CHARS_MAX: usize = 40_000;

/// Text of a section block: 3,000 characters (Block Kit reference).
const SECTION_CHARS_MAX: usize = 3_000;

/// What is written on a button: 75 characters (Block Kit reference).
const LABEL_CHARS_MAX: usize = 75;

/// Elements of an actions block (Block Kit reference).
const BUTTONS_MAX: usize = 25;

/// A slash command and a button bring a URL for their answers, which works also where the bot is no member. There is no
/// key to repeat either call by.
pub(super) fn message(parcel: &Parcel<'_>, way: Way, credentials: &Credentials) -> Result<Call, Sent> {
    let mut body = content(parcel);
    let request = if let Some(url) = response_url(parcel, way, credentials) {
        body.insert("response_type".to_owned(), "in_channel".into());
        body.insert("replace_original".to_owned(), false.into());
        credentials.json(Method::Post, url.to_owned(), None, &body.into())
    } else {
        body.insert("channel".to_owned(), parcel.to.chat.clone().into());
        call("chat.postMessage", &body.into(), credentials).ok_or(Sent::Refused(Fate::Unauthorized))?
    };
    Ok(Call { request, repeat: Repeat::Never })
}

/// Shown under the bot's name in the thread, until it answers there.
pub(super) fn status(at_work: &AtWork<'_>, credentials: &Credentials) -> Option<HttpRequest> {
    let thread = at_work.to.thread.as_ref()?;
    let body = json!({ "channel_id": at_work.to.chat, "thread_ts": thread, "status": "…" });
    call("assistant.threads.setStatus", &body, credentials)
}

/// The token goes along: to nobody but Slack.
pub(super) fn file(
    media: &Media,
    bytes_max: usize,
    credentials: &Credentials,
) -> Result<HttpRequest, NoMedia> {
    let token = credentials.one(TOKEN).ok_or(NoMedia::Refused)?;
    if !credentials.may_call(&media.handle, &[BASE], &["files.slack.com"]) {
        return Err(NoMedia::Refused);
    }
    let request = credentials.plain(Method::Get, media.handle.clone(), Some(token));
    Ok(HttpRequest { body_bytes_max: bytes_max, ..request })
}

fn call(method: &str, body: &Value, credentials: &Credentials) -> Option<HttpRequest> {
    let url = format!("{}/{method}", credentials.base(BASE));
    Some(credentials.json(Method::Post, url, Some(credentials.one(TOKEN)?), body))
}

fn response_url<'p>(parcel: &Parcel<'p>, way: Way, credentials: &Credentials) -> Option<&'p str> {
    let url = parcel.handles.reply.as_deref()?;
    let is_fresh = parcel.now.since(parcel.heard_at) < RESPONSE_URL_MS;
    let may_call = credentials.may_call(url, &[HOOKS_BASE, BASE], &["hooks.slack.com"]);
    (way == Way::Usual && is_fresh && may_call).then_some(url)
}

/// Beside blocks, the text is what notifications show.
fn content(parcel: &Parcel<'_>) -> Map<String, Value> {
    let markdown = parcel.texts.first().map(String::as_str).unwrap_or_default();
    let mut content = Map::new();
    content.insert("text".to_owned(), mrkdwn(markdown, MRKDWN_CHARS_MAX).into());
    if let Some(thread) = &parcel.to.thread {
        content.insert("thread_ts".to_owned(), thread.clone().into());
    }
    let buttons = parcel.distinct_buttons(BUTTONS_MAX);
    if !buttons.is_empty() {
        let sections = sections(markdown).into_iter();
        let sections =
            sections.map(|text| json!({ "type": "section", "text": { "type": "mrkdwn", "text": text } }));
        let elements: Vec<_> = buttons.into_iter().map(button).collect();
        let actions = json!({ "type": "actions", "elements": elements });
        content.insert("blocks".to_owned(), sections.chain([actions]).collect());
    }
    content
}

/// `action_id` (255 characters) is what comes back first, so it holds what the button says.
fn button(button: &Button) -> Value {
    let label: String = button.label.chars().take(LABEL_CHARS_MAX).collect();
    json!({
        "type": "button",
        "text": { "type": "plain_text", "text": label },
        "action_id": button.says,
    })
}

/// Escaped, a text is up to five times as long: it is cut as often as it takes.
fn sections(markdown: &str) -> Vec<String> {
    let marked = |part: &String| mrkdwn(part, SECTION_CHARS_MAX);
    let cut = |max: usize| split(markdown, max, Unit::CodePoints).iter().map(marked).collect();
    let fits = |parts: &Vec<String>| parts.iter().all(|part| part.chars().count() <= SECTION_CHARS_MAX);
    let cuts = [SECTION_CHARS_MAX, SECTION_CHARS_MAX / 2, SECTION_CHARS_MAX / 6];
    let as_written = || {
        let plain = |part: &String| Marked { text: part.clone(), styles: Vec::new() }.written(mark, escaped);
        split(markdown, SECTION_CHARS_MAX / 6, Unit::CodePoints).iter().map(plain).collect()
    };
    cuts.into_iter().map(cut).find(fits).unwrap_or_else(as_written)
}

/// Slack's own light marks ("Formatting text for app surfaces"). Without them, if they make it too long: the address of a
/// link that is named once and used often stands at each use of it.
fn mrkdwn(markdown: &str, chars_max: usize) -> String {
    let marked = Marked::of(markdown).written(mark, escaped);
    if marked.chars().count() <= chars_max {
        return marked;
    }
    Marked { text: markdown.to_owned(), styles: Vec::new() }.written(mark, escaped)
}

fn mark(style: &Style) -> (String, String) {
    let mark = match style {
        Style::Bold => "*",
        Style::Italic => "_",
        Style::Strike => "~",
        Style::Code => "`",
        Style::Block(_) => return ("```\n".to_owned(), "\n```".to_owned()),
        Style::Quote => return ("> ".to_owned(), String::new()),
        Style::Link(url) => return link(url),
    };
    (mark.to_owned(), mark.to_owned())
}

/// In the same brackets, `@U…` and `!channel` would call people: only addresses are links.
fn link(url: &str) -> (String, String) {
    if !["https://", "http://", "mailto:"].iter().any(|scheme| url.starts_with(scheme)) {
        return (String::new(), String::new());
    }
    let mut written = String::from("<");
    for character in url.chars() {
        match (character, escaped(character)) {
            ('|', _) => written.push_str("%7C"),
            (_, Some(escaped)) => written.push_str(escaped),
            (_, None) => written.push(character),
        }
    }
    written.push('|');
    (written, ">".to_owned())
}

fn escaped(character: char) -> Option<&'static str> {
    match character {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use domain::{Address, Channel, Handles, MediaKind, Millis};

    use super::*;

    const HOOK: &str = "https://hooks.slack.com/commands/T1/2/3";

    fn credentials() -> Credentials {
        let read = |name: &str| if name == TOKEN { vec!["xoxb".to_owned()] } else { Vec::new() };
        Credentials::read(|_| true, read, 1_000)
    }

    fn to(thread: Option<&str>) -> Address {
        let thread = thread.map(str::to_owned);
        Address { channel: Channel::of("slack"), chat: "C1".to_owned(), thread }
    }

    fn rendered(
        to: &Address,
        text: &str,
        reply: Option<&str>,
        after_ms: i64,
        way: Way,
    ) -> (HttpRequest, Value) {
        let parcel = Parcel {
            to,
            texts: &[text.to_owned()],
            buttons: &[("Yes", "yes"), ("Also yes", "yes")]
                .map(|(label, says)| Button { label: label.to_owned(), says: says.to_owned() }),
            handles: &Handles { reply: reply.map(str::to_owned), seen: None },
            is_first: true,
            heard_at: Millis(0),
            now: Millis(after_ms),
            key: "k",
        };
        let Ok(Call { request, repeat: Repeat::Never }) = message(&parcel, way, &credentials()) else {
            panic!("no call")
        };
        let body = serde_json::from_slice(&request.body).unwrap();
        (request, body)
    }

    #[test]
    fn an_answer_goes_where_the_message_stood() {
        let (request, body) = rendered(&to(Some("1.000001")), "Hi", None, 0, Way::Usual);
        assert_eq!(request.url, "https://slack.com/api/chat.postMessage");
        assert!(request.headers.contains(&("authorization".to_owned(), "Bearer xoxb".to_owned())));
        assert_eq!((&body["channel"], &body["thread_ts"]), (&json!("C1"), &json!("1.000001")));
        assert_eq!(rendered(&to(None), "Hi", None, 0, Way::Usual).1.get("thread_ts"), None);
    }

    #[test]
    fn a_response_url_is_used_while_it_lasts_and_only_slacks() {
        let (request, body) = rendered(&to(None), "Hi", Some(HOOK), 0, Way::Usual);
        assert_eq!((request.url.as_str(), request.headers.len()), (HOOK, 1), "no token goes along");
        assert_eq!(body["response_type"], "in_channel");
        let other = [
            rendered(&to(None), "Hi", Some(HOOK), 29 * 60_000, Way::Usual),
            rendered(&to(None), "Hi", Some(HOOK), 0, Way::Other),
            rendered(&to(None), "Hi", Some("https://evil.example/hooks.slack.com"), 0, Way::Usual),
        ];
        assert!(other.iter().all(|(request, _)| request.url == "https://slack.com/api/chat.postMessage"));
    }

    #[test]
    fn a_button_says_its_words_once() {
        let blocks = rendered(&to(None), "Sure?", None, 0, Way::Usual).1["blocks"].clone();
        assert_eq!(blocks[0]["text"]["text"], "Sure?");
        assert_eq!(blocks[1]["elements"].as_array().unwrap().len(), 1);
        assert_eq!(blocks[1]["elements"][0]["action_id"], "yes");
    }

    #[test]
    fn sections_hold_what_they_may_however_long_it_gets() {
        let links = format!("{}\n\n[1]: https://a.example/{}", "[a][1] ".repeat(40), "b".repeat(100));
        for text in ["a&b ".repeat(1_000), "&".repeat(4_000), "word ".repeat(800), links] {
            let sections = sections(&text);
            assert!(!sections.is_empty());
            assert!(sections.iter().all(|section| section.chars().count() <= SECTION_CHARS_MAX));
            let kept: usize = sections.iter().map(|section| section.matches("&amp;").count()).sum();
            assert_eq!(kept, text.matches('&').count());
        }
    }

    #[test]
    fn nobody_is_called_by_what_a_model_writes() {
        let mrkdwn = |markdown| mrkdwn(markdown, MRKDWN_CHARS_MAX);
        assert_eq!(mrkdwn("**a** _b_ ~~c~~ `d<e`"), "*a* _b_ ~c~ `d&lt;e`");
        assert_eq!(mrkdwn("<!channel> & <@U1>"), "&lt;!channel&gt; &amp; &lt;@U1&gt;");
        assert_eq!(mrkdwn("[all](!channel) [her](@U1)"), "all her");
        assert_eq!(mrkdwn("[page](https://a.example/?b&c|d)"), "<https://a.example/?b&amp;c%7Cd|page>");
    }

    #[test]
    fn the_token_is_sent_to_slack_alone() {
        let at = |url: &str| Media {
            kind: MediaKind::Image,
            handle: url.to_owned(),
            mime: None,
            size: None,
            duration_ms: None,
            name: None,
        };
        let fetched = file(&at("https://files.slack.com/files-pri/T1-F1/a.jpg"), 10, &credentials());
        let Ok(request) = fetched else { panic!("not fetched") };
        assert_eq!((request.method, request.body_bytes_max), (Method::Get, 10));
        assert!(file(&at("https://evil.example/a.jpg"), 10, &credentials()).is_err());
    }
}
