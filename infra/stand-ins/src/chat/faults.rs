//! Calls that are made to fail.
#![expect(missing_docs, reason = "the names of the fields and variants say it")]
use super::answers::Answer;
use super::call::Call;
use super::catalogue::{self, Known};
use super::platform::Platform;
use serde::{Deserialize, Serialize};

/// What the bot only shows: a fault that names no operation leaves these alone, they end no turn.
const SIGNS: [&str; 2] = ["typing", "read"];

/// The next `times` calls fail. Without a status and without a platform fault the connection is dropped.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Fault {
    /// As the journal names it: `send`, `reply`, `push`, `typing`, `media` and so on. When absent, the call that
    /// the platform fault belongs to, or any that is not just a sign.
    pub operation: Option<String>,
    pub times: u32,
    /// An answer by its name in `api_responses.json`.
    #[serde(alias = "platform fault")]
    pub platform_fault: Option<String>,
    pub status: Option<u16>,
    pub retry_after_s: Option<u32>,
    pub message: Option<String>,
    /// Does what was asked all the same: the bot cannot know.
    pub after_accept: bool,
}

/// What a fault makes of a call.
pub(super) struct Breakage {
    pub(super) carry_out: bool,
    /// Without one the connection is to be dropped.
    pub(super) answer: Option<Answer>,
}

/// Finds the first fault for a call and uses it up by one.
pub(super) fn take(
    faults: &mut [Fault],
    platform: &dyn Platform,
    operation: &str,
    call: &Call,
) -> Option<Breakage> {
    let hit = |fault: &Fault| fault.times > 0 && fault.is_for(platform, operation, call);
    let fault = faults.iter_mut().find(|fault| hit(fault))?;
    fault.times -= 1;
    let known = fault.known(platform);
    let carry_out = fault.after_accept || known.is_some_and(Known::carried_out);
    let plain = || fault.status.map(|status| fault.answer(platform, status));
    Some(Breakage { carry_out, answer: known.map(Known::answer).or_else(plain) })
}

impl Fault {
    pub(super) fn known(&self, platform: &dyn Platform) -> Option<&'static Known> {
        catalogue::find(platform.name(), self.platform_fault.as_deref()?)
    }

    fn is_for(&self, platform: &dyn Platform, operation: &str, call: &Call) -> bool {
        match (&self.operation, &self.platform_fault) {
            (Some(wanted), _) => wanted.eq_ignore_ascii_case(operation),
            (None, _) if SIGNS.contains(&operation) => false,
            (None, Some(_)) => self.known(platform).is_some_and(|known| known.is_for(call)),
            (None, None) => true,
        }
    }

    fn answer(&self, platform: &dyn Platform, status: u16) -> Answer {
        let usual = match status {
            429 => "Too many requests",
            500.. => "Internal error",
            _ => "Bad request",
        };
        let answer = platform.failure(status, self.message.as_deref().unwrap_or(usual), self.retry_after_s);
        match self.retry_after_s {
            Some(seconds) => answer.with("Retry-After", seconds.to_string()),
            None => answer,
        }
    }
}
