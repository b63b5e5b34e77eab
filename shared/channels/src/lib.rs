//! Chat platforms as codecs: verify, parse, render, outcome. A codec computes; it never waits and never sends.
//!
//! Every platform folder holds the same files: `mod` (its limits with their sources, what it needs from its owner, and
//! the proof it asks for), `wire` (the payloads as the platform writes them), `parse`, `render`, `outcome`. Facts about
//! the platforms carry their source beside them.

#[macro_use]
mod registry;

mod credentials;
mod event;
mod markup;
mod media;
mod meta;
mod proof;
mod sending;

pub use credentials::{Credentials, Use, Variable};
pub use event::{Details, Event, EventKind, Place, Scope};
pub use markup::harmless;
pub use media::{Fetched, NoMedia};
pub use proof::{Inbound, Unproven, Verified, matches_any};
pub use registry::{Acknowledgement, Decoder, Encoder, MissingVariable, Registration};
pub use sending::{AtWork, Call, Fate, Parcel, Repeat, Sent, Way};

channels! {
    discord::Discord,
    line::Line,
    messenger::Messenger,
    slack::Slack,
    telegram::Telegram,
    web::Web,
    whatsapp::Whatsapp,
}
