//! What every platform folder offers, and the list of them.

use domain::http::{HttpError, HttpRequest, HttpResponse};
use domain::split::Unit;
use domain::{Handles, Media};

use crate::credentials::Credentials;
use crate::event::Event;
use crate::media::{Fetched, NoMedia};
use crate::proof::{Inbound, Unproven, Verified};
use crate::sending::{AtWork, Call, Parcel, Sent, Way};

/// A channel's way in.
pub trait Decoder: Sync {
    /// The answer to a request that brings no events, as Meta's handshake by `GET`. `None`: it is none.
    fn greet(&self, _: Inbound<'_>, _: &Credentials) -> Option<Acknowledgement> {
        None
    }

    /// Checks the proof over the raw bytes, against the current and the previous secret.
    fn verify<'r>(&self, inbound: Inbound<'r>, credentials: &Credentials) -> Result<Verified<'r>, Unproven>;

    /// Reads the events. What it does not know is [`crate::EventKind::Ignored`].
    fn parse(&self, verified: &Verified<'_>) -> Vec<Event>;

    /// The variable that names this bot's account, where one webhook serves several: what came to another is not its own.
    fn account(&self) -> Option<&'static str> {
        None
    }

    /// What the platform is told once every message of the request will have its outcome.
    fn acknowledge(&self, _: &Verified<'_>) -> Acknowledgement {
        Acknowledgement::default()
    }
}

/// A channel's way out.
pub trait Encoder: Sync {
    /// Longest text of one part, and how the platform counts it.
    fn text_max(&self) -> (usize, Unit);

    /// How many parts one call takes.
    fn parts_per_call(&self) -> usize {
        1
    }

    /// The call that sends a parcel; `None` when nothing has to be sent: the recorded answer is the delivery.
    fn render(&self, parcel: &Parcel<'_>, way: Way, credentials: &Credentials) -> Result<Option<Call>, Sent>;

    /// What the platform's answer to such a call means.
    fn outcome(&self, answer: &Result<HttpResponse, HttpError>) -> Sent;

    /// The calls that tell the platform where its webhooks go, with what each does. None: the owner does it in the
    /// platform's console.
    fn registration(&self, _url: &str, _: &Credentials) -> Result<Vec<Registration>, MissingVariable> {
        Ok(Vec::new())
    }

    /// Where the handle for an answer can be over before its time: milliseconds after the webhook in which it may just
    /// not be valid yet, so that the same call is tried again; after them the other way is left.
    fn handle_settles_in_ms(&self) -> Option<u64> {
        None
    }

    /// Calls that show the user that somebody is at work. What becomes of them does not matter.
    fn signs(&self, _: &AtWork<'_>, _: &Credentials) -> Vec<HttpRequest> {
        Vec::new()
    }

    /// Milliseconds after which such a sign has to be given again; `None`: once is enough.
    fn sign_every_ms(&self) -> Option<u64> {
        None
    }

    /// The call that closes what a message left open at the platform and no answer has used.
    fn dismiss(&self, _: &Handles, _: &Credentials) -> Option<HttpRequest> {
        None
    }

    /// The first call for fetching what is attached to a message. Its body is read up to `bytes_max`.
    fn fetch(&self, _: &Media, _: usize, _: &Credentials) -> Result<HttpRequest, NoMedia> {
        Err(NoMedia::Refused)
    }

    /// What the answer to the `step`th such call, counted from 0, means.
    fn fetched(
        &self,
        _: &Media,
        _: usize,
        _step: usize,
        answer: &HttpResponse,
        _: &Credentials,
    ) -> Result<Fetched, NoMedia> {
        if answer.status == 200 { Ok(Fetched::Whole) } else { Err(NoMedia::Gone) }
    }
}

/// One call of a registration.
#[derive(Clone, PartialEq, Eq)]
pub struct Registration {
    /// What it does, for the owner.
    pub does: &'static str,
    /// The call.
    pub request: HttpRequest,
}

/// A value that the owner has to give first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("set {0} first")]
pub struct MissingVariable(pub &'static str);

/// What a platform's request is answered with: 200 and nothing, unless it wants more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acknowledgement {
    /// HTTP status.
    pub status: u16,
    /// Media type; empty without a body.
    pub content_type: &'static str,
    /// Body.
    pub body: String,
}

impl Default for Acknowledgement {
    fn default() -> Acknowledgement {
        Acknowledgement { status: 200, content_type: "", body: String::new() }
    }
}

impl Acknowledgement {
    /// A status alone.
    pub fn status(status: u16) -> Acknowledgement {
        Acknowledgement { status, ..Acknowledgement::default() }
    }

    /// JSON.
    pub fn json(body: &str) -> Acknowledgement {
        Acknowledgement {
            content_type: "application/json",
            body: body.to_owned(),
            ..Acknowledgement::default()
        }
    }

    /// Plain text.
    pub fn text(body: &str) -> Acknowledgement {
        Acknowledgement { content_type: "text/plain", body: body.to_owned(), ..Acknowledgement::default() }
    }
}

/// The list: a folder, and in it the type that is both decoder and encoder. The folder's name is the channel's.
///
/// The two sides are told apart so that the webhook is built without the way out.
macro_rules! channels {
    ($($folder:ident::$codec:ident),* $(,)?) => {
        $(pub mod $folder;)*

        /// Every channel there is a codec for.
        pub const CHANNELS: &[domain::Channel] = &[$(domain::Channel::of(stringify!($folder))),*];

        /// The way in of a channel; `None`: there is no such channel.
        pub fn decoder(channel: domain::Channel) -> Option<&'static dyn Decoder> {
            match channel.name() {
                $(stringify!($folder) => Some(&$folder::$codec),)*
                _ => None,
            }
        }

        /// The way out of a channel; `None`: there is no such channel.
        pub fn encoder(channel: domain::Channel) -> Option<&'static dyn Encoder> {
            match channel.name() {
                $(stringify!($folder) => Some(&$folder::$codec),)*
                _ => None,
            }
        }

        /// What all channels need from their owner.
        pub fn variables() -> impl Iterator<Item = (domain::Channel, &'static Variable)> {
            [$((domain::Channel::of(stringify!($folder)), $folder::VARIABLES)),*]
                .into_iter()
                .flat_map(|(channel, variables)| variables.iter().map(move |variable| (channel, variable)))
        }
    };
}
