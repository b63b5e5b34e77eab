//! The channels there are. A new one is a folder and a line here.

use domain::Channel;
use domain::http::{HttpError, HttpRequest, HttpResponse};
use domain::split::Unit;

use crate::event::Event;
use crate::proof::{Inbound, Unproven, Verified};
use crate::sending::{Part, Senders, Sent};
use crate::{telegram, web};

/// What every platform folder offers.
pub trait Codec: Sync {
    /// Longest text of one part, and how the platform counts it.
    fn text_max(&self) -> (usize, Unit);
    /// Checks the proof over the raw bytes, against the current and the previous secret.
    fn verify<'r>(&self, inbound: Inbound<'r>, secrets: &[String]) -> Result<Verified<'r>, Unproven>;
    /// Reads the events. What it does not know is [`crate::EventKind::Ignored`].
    fn parse(&self, verified: Verified<'_>) -> Vec<Event>;
    /// The request that sends a part; `None` when nothing has to be sent: the recorded answer is the delivery.
    fn render(&self, part: Part<'_>, senders: &Senders) -> Result<Option<HttpRequest>, Sent>;
    /// What the platform's answer to such a request means.
    fn outcome(&self, answer: &Result<HttpResponse, HttpError>) -> Sent;
}

/// The codec of a channel.
pub fn codec(channel: Channel) -> &'static dyn Codec {
    match channel {
        Channel::Telegram => &telegram::Telegram,
        Channel::Web => &web::Web,
    }
}
