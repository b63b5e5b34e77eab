//! Calls that are made to fail.
#![expect(missing_docs, reason = "the names of the fields and variants say it")]
use super::methods::Answer;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// The next `times` calls of a method fail. Without a status the connection is dropped.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Fault {
    pub method: String,
    pub times: u32,
    pub status: Option<u16>,
    pub retry_after_s: Option<u32>,
    pub description: Option<String>,
    /// Does what was asked, then drops the connection: the bot cannot know.
    pub after_accept: bool,
}

/// What a fault makes of a call.
pub(super) enum Breakage {
    Answer(Answer),
    DropAfterAccept,
    DropBefore,
}

/// Finds the first fault for a method and uses it up by one.
pub(super) fn take(faults: &mut [Fault], method: &str) -> Option<Breakage> {
    let fault = faults.iter_mut().find(|f| f.times > 0 && f.method.eq_ignore_ascii_case(method))?;
    fault.times -= 1;
    Some(match fault.status {
        _ if fault.after_accept => Breakage::DropAfterAccept,
        Some(status) => Breakage::Answer(fault.answer(status)),
        None => Breakage::DropBefore,
    })
}

impl Fault {
    fn answer(&self, status: u16) -> Answer {
        let seconds = self.retry_after_s.unwrap_or(1);
        let usual = match status {
            403 => "Forbidden: bot was blocked by the user".to_owned(),
            429 => format!("Too Many Requests: retry after {seconds}"),
            500.. => "Internal Server Error: restart".to_owned(),
            _ => "Bad Request: chat not found".to_owned(),
        };
        let parameters = (status == 429).then(|| json!({ "retry_after": seconds }));
        Answer::error_with(status, self.description.as_deref().unwrap_or(&usual), parameters.as_ref())
    }
}
