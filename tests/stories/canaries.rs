//! What people and the bot have said to one another, and what is secret: no line that a stack logs has any of it. Every
//! story's stack is held to it when the story ends.

use std::collections::BTreeSet;
use std::sync::Mutex;

use serde_json::{Value, json};

/// What a stack logs for the check: its functions' everyday lines and every line of metrics. The table's engine is no
/// part of what is deployed.
pub const LOGGED: &str = "info,metrics=debug,dynoxide=off";

/// Shorter words are also words of the log's own.
const SAID_MIN: usize = 10;
/// Shorter values are no secrets.
const SECRET_MIN: usize = 8;

/// What must stand in no log.
#[derive(Default)]
pub struct Canaries {
    secrets: Mutex<BTreeSet<String>>,
    said: Mutex<BTreeSet<String>>,
    ids: Mutex<BTreeSet<String>>,
}

impl Canaries {
    /// A value that nobody may read.
    pub fn secret(&self, value: &str) {
        if value.len() >= SECRET_MIN {
            self.secrets.lock().expect("whole").insert(value.to_owned());
        }
    }

    /// Words of a user, or of the bot.
    pub fn said(&self, text: &str) {
        if text.trim().chars().count() >= SAID_MIN {
            self.said.lock().expect("whole").insert(text.trim().to_owned());
        }
    }

    /// Who somebody is on a platform.
    pub fn id(&self, id: &str) {
        self.ids.lock().expect("whole").insert(id.to_owned());
    }

    /// The words in what a story sends: what users say, and what the model is told to answer.
    pub fn heard(&self, body: &Value) {
        match body {
            Value::Array(items) => items.iter().for_each(|item| self.heard(item)),
            Value::Object(fields) => {
                let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
                self.secret(text("session_id"));
                self.said(text("reply"));
                // What a platform says of a call that fails is no user's.
                if !fields.contains_key("times") {
                    self.said(text("text"));
                    self.said(text("message"));
                }
            }
            _ => {}
        }
    }

    /// The lines of a log that have any of it, each with what it gave away.
    pub fn leaks(&self, log: &str) -> Vec<String> {
        let secrets = self.secrets.lock().expect("whole");
        let (said, ids) = (self.said.lock().expect("whole"), self.ids.lock().expect("whole"));
        let kinds =
            secrets.iter().map(|value| ("a secret", value)).chain(said.iter().map(|text| ("words", text)));
        let kinds: Vec<_> = kinds.map(|(what, value)| (what, value, forms(value))).collect();
        let of_line = |line: &str| {
            let found =
                kinds.iter().find(|(_, _, forms)| forms.iter().any(|form| line.contains(form.as_str())));
            let found = found.map(|(what, value, _)| (*what, *value));
            let found = found.or_else(|| ids.iter().find(|id| names(line, id)).map(|id| ("somebody", id)));
            found.map(|(what, value)| format!("{what}, {value:?}, in the line: {line}"))
        };
        log.lines().filter_map(of_line).collect()
    }
}

/// Whether a line has an id, and not just a longer number.
fn names(line: &str, id: &str) -> bool {
    let is_other = |beside: Option<char>| !beside.is_some_and(char::is_alphanumeric);
    line.match_indices(id).any(|(at, _)| {
        is_other(line[..at].chars().next_back()) && is_other(line[at + id.len()..].chars().next())
    })
}

/// As it is, and as it stands in JSON and between Rust's quotes.
fn forms(value: &str) -> [String; 3] {
    let inside = |quoted: String| quoted[1..quoted.len() - 1].to_owned();
    [value.to_owned(), inside(json!(value).to_string()), inside(format!("{value:?}"))]
}

#[test]
fn a_log_that_gives_something_away_is_found_out() {
    let canaries = Canaries::default();
    canaries.secret("71002003:abcdef");
    canaries.heard(&json!({ "text": "my \"old\" pomegranate", "session_id": "a-session-of-mine" }));
    canaries.heard(&json!([{ "contains": "x", "reply": "eat it with a spoon" }, { "status": 500 }]));
    canaries.said("hello");
    canaries.id("1000007");
    for line in [
        "WARN delivery: refused url=https://api.telegram.org/bot71002003:abcdef/sendMessage",
        r#"INFO turn: asked prompt="my \"old\" pomegranate""#,
        r#"{"level":"INFO","fields":{"message":"said","text":"my \"old\" pomegranate"}}"#,
        r#"{"_aws":{"CloudWatchMetrics":[]},"Stack":"s","Said":"eat it with a spoon"}"#,
        "INFO api: session=a-session-of-mine",
        "INFO webhook: chat=1000007 taken in",
    ] {
        assert_eq!(canaries.leaks(&format!("INFO a line before\n{line}\n")).len(), 1, "{line}");
    }
    assert!(canaries.leaks("INFO hello, at 17910000071 nothing of anybody's is said").is_empty());
}
