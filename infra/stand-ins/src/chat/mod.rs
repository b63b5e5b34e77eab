//! What the stand-ins for LINE, WhatsApp, Messenger, Slack and Discord have in common.
//!
//! A `Platform` words what people do as webhook requests, seals them, and carries out what the bot asks; all
//! else lives here, once: `people` is what users can do, `chats` what was written, `delivery` when a webhook is
//! tried again, `faults` breaks calls on demand, `site` holds the state and records, `server` offers both sides
//! over HTTP. Texts are kept as sent: no markup is applied.
mod answers;
mod call;
mod catalogue;
mod chats;
mod delivery;
mod faults;
mod ids;
mod people;
mod platform;
mod seal;
mod server;
mod site;

pub use chats::{Author, Button, Line, Sign};
pub use faults::Fault;
pub use people::{Delivered, Edit, Location, Press, Refused, Say, Unsend};
pub use server::{Account, Handle, Handshake, Options};
pub use site::Entry;

pub(crate) use answers::Answer;
pub(crate) use call::Call;
pub(crate) use chats::{BotLine, Media, MediaKind};
pub(crate) use delivery::{Pauses, Redelivery};
pub(crate) use ids::Ids;
pub(crate) use people::{Pressed, Said, from_base64, refused_if};
pub(crate) use platform::{Attempt, Event, Platform, Probe, Reply, Sealed, Wire, World};
pub(crate) use seal::hmac_sha256;
