//! Sending: what is to be said, by which call, and what became of it.

use domain::http::{BODY_BYTES_MAX, HttpRequest, Method};
use domain::split::{Unit, split};
use domain::turn::Button;
use domain::{Address, Handles, Millis};
use serde_json::Value;

use crate::credentials::Credentials;

/// Parts on their way in one call.
#[derive(Debug, Clone, Copy)]
pub struct Parcel<'p> {
    /// To whom.
    pub to: &'p Address,
    /// What: as Markdown, each within the platform's limit, as many as it takes in one call.
    pub texts: &'p [String],
    /// What can be tapped under the last of them.
    pub buttons: &'p [Button],
    /// What the platform gave along with the message that is answered.
    pub handles: &'p Handles,
    /// Whether nothing of this answer was sent before it.
    pub is_first: bool,
    /// When the message that is answered was taken in, by our clock.
    pub heard_at: Millis,
    /// Now, by our clock.
    pub now: Millis,
    /// A UUID, the same whenever this parcel is tried.
    pub key: &'p str,
}

impl Parcel<'_> {
    /// The buttons a message can carry: at most so many, and no two that say the same, which platforms that name a
    /// button by what it says refuse together with the message.
    pub(crate) fn distinct_buttons(&self, max: usize) -> Vec<&Button> {
        let mut distinct: Vec<&Button> = Vec::new();
        for button in self.buttons.iter().filter(|button| !button.says.is_empty()) {
            if distinct.len() < max && distinct.iter().all(|other| other.says != button.says) {
                distinct.push(button);
            }
        }
        distinct
    }
}

/// Who is shown that somebody is at work.
#[derive(Debug, Clone, Copy)]
pub struct AtWork<'w> {
    /// To whom.
    pub to: &'w Address,
    /// What the platform gave along with the message that is worked on.
    pub handles: &'w Handles,
    /// The first sign, or one that keeps it up.
    pub is_first: bool,
}

/// Which way a parcel goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Way {
    /// The best one for this parcel.
    #[default]
    Usual,
    /// The one that is left after the platform refused the usual one.
    Other,
}

/// A call that sends a parcel.
#[derive(Clone, PartialEq, Eq)]
pub struct Call {
    /// The request.
    pub request: HttpRequest,
    /// Whether it may be made again after nobody knows what became of it.
    pub repeat: Repeat,
}

/// Whether a call may be repeated when its result is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// It could show the user everything twice.
    Never,
    /// Once, at once: the platform takes the same call only one time, but soon does not say so any more.
    Once,
    /// As often as it takes: the platform knows the call again.
    Always,
}

/// What became of a parcel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    /// The platform took it.
    Accepted,
    /// It did not: try again, not before that many milliseconds if it said so.
    NotTaken {
        /// The platform's own wish.
        retry_after_ms: Option<u64>,
    },
    /// Not this way: try the other.
    NotThisWay,
    /// The chat has another id now: send it there.
    Moved(String),
    /// It never will.
    Refused(Fate),
    /// It may have: never repeat.
    Unknown,
}

/// Why a platform never takes a parcel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// The user blocked the bot, left, or is gone.
    Unreachable,
    /// The user has been silent for longer than the platform lets a bot write.
    WindowClosed,
    /// The plan's messages are used up.
    QuotaUsedUp,
    /// Our credentials are not accepted.
    Unauthorized,
    /// The request is wrong.
    Invalid,
}

/// What is written on a button, shortened to at most `max` Unicode scalar values: never more than a platform counts
/// that takes what a reader sees as one character for one.
pub(crate) fn label(button: &Button, max: usize) -> String {
    split(&button.label, max, Unit::CodePoints).into_iter().next().unwrap_or_default()
}

impl Credentials {
    /// A call with a JSON body.
    pub(crate) fn json(
        &self,
        method: Method,
        url: String,
        bearer: Option<&str>,
        body: &Value,
    ) -> HttpRequest {
        let mut request = self.plain(method, url, bearer);
        request.headers.push(("content-type".to_owned(), "application/json".to_owned()));
        HttpRequest { body: body.to_string().into_bytes(), ..request }
    }

    /// A call without a body.
    pub(crate) fn plain(&self, method: Method, url: String, bearer: Option<&str>) -> HttpRequest {
        let headers = bearer.map(|token| ("authorization".to_owned(), format!("Bearer {token}")));
        HttpRequest {
            method,
            url,
            headers: headers.into_iter().collect(),
            body: Vec::new(),
            timeout_ms: self.timeout_ms,
            body_bytes_max: BODY_BYTES_MAX,
        }
    }
}
