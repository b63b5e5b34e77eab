//! Answers of the platforms as their documents give them, by name: `events/api_responses.json`.
use super::answers::Answer;
use super::call::Call;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::OnceLock;

#[derive(Deserialize)]
struct Catalogue {
    responses: Vec<Known>,
}

/// One answer and the request that it belongs to.
#[derive(Deserialize)]
pub(super) struct Known {
    platform: String,
    name: String,
    /// `VERB /path/with/{gaps}`, or an absolute URL on the platform's media host.
    request: String,
    status: u16,
    body: Value,
    class: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
}

pub(super) fn find(platform: &str, name: &str) -> Option<&'static Known> {
    static ALL: OnceLock<Vec<Known>> = OnceLock::new();
    let read = || {
        serde_json::from_str::<Catalogue>(include_str!("../../../../events/api_responses.json"))
            .map(|all| all.responses)
    };
    let all = ALL.get_or_init(|| read().unwrap_or_default());
    all.iter().find(|known| known.platform == platform && known.name == name)
}

impl Known {
    /// The platform did what was asked although the answer reads like an error.
    pub(super) fn carried_out(&self) -> bool {
        self.class == "ok"
    }

    pub(super) fn answer(&self) -> Answer {
        let answer = match &self.body {
            Value::Null => Answer::empty(self.status),
            body => Answer::json(self.status, body),
        };
        self.headers.iter().fold(answer, |answer, (name, value)| answer.with(name, value.clone()))
    }

    /// The call is the catalogued one; the API version is the bot's choice.
    pub(super) fn is_for(&self, call: &Call) -> bool {
        let mut words = self.request.split(' ');
        let (verb, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let path = path.strip_prefix("https://cdn.discordapp.com").unwrap_or(path);
        // What comes with a command has a folder of its own on the CDN.
        let called = call.path.strip_prefix("/ephemeral-").map(|rest| format!("/{rest}"));
        verb == call.verb && matches(path, called.as_deref().unwrap_or(&call.path))
    }
}

/// `{gap}` and a version stand for any one segment, `...` for all that follows.
fn matches(template: &str, path: &str) -> bool {
    let (mut wanted, mut given) = (template.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (Some("..."), Some(_)) | (None, None) => return true,
            (Some(want), Some(have)) if want == have || want.starts_with('{') || is_version(want) => {}
            _ => return false,
        }
    }
}

fn is_version(segment: &str) -> bool {
    segment.strip_prefix('v').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_platform_has_its_answers() {
        for platform in ["line", "whatsapp", "messenger", "slack", "discord"] {
            let name = if platform == "line" { "reply_ok" } else { "token_expired" };
            assert!(find(platform, name).is_some(), "{platform}");
        }
        assert!(find("line", "no_such").is_none());
    }

    #[test]
    fn a_template_fits_any_id_and_version() {
        assert!(matches("/v26.0/{phone_number_id}/messages", "/v25.0/1065/messages"));
        assert!(matches("/{gap}/messages", "/1065/messages"));
        assert!(matches("/attachments/...", "/attachments/1/2/part.jpg"));
        assert!(!matches("/v2/bot/message/push", "/v2/bot/message/reply"));
    }
}
