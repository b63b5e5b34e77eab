//! The table: every step of the protocol that touches it, as one method each.
//!
//! One item per message and answer, one mailbox per conversation (`docs/architecture.md`, "Items"):
//!
//! | sort key | item |
//! |---|---|
//! | `M` | the mailbox |
//! | `F#<ms>#<hash>` | a note: what the user stated in that message |
//! | `S` | the user's state: mode, menus, settings |
//! | `W` | who listens for news: connections of web clients |
//! | `H#<ms>#<hash>` | a message |
//! | `H#<ms>#<hash>#T` | what was spoken in it |
//! | `H#<ms>#<hash>#A` | the answer of the turn whose newest message that is |
//! | `H#<ms>#<hash>#P` | what a person did in the bot's place, under a key of its own |
//!
//! What conversations share stands under keys of its own: `BREAKER#<model>` (`circuit.rs`), `BOT#<name>`
//! (`budget.rs`), `CACHE#<question>` (`cache.rs`), `STATS#<slot>` with what processes have counted (`figures.rs`),
//! `SUB#<schedule>` with a schedule's subscribers and `SCHED#<schedule>` with the course of its occurrences (`schedules.rs`).

mod answers;
pub mod audit;
mod budget;
mod cache;
mod change;
mod circuit;
mod entry;
mod errands;
pub mod expressions;
mod fields;
mod figures;
mod forgetting;
mod items;
mod keys;
mod letters;
mod listeners;
mod mailbox_item;
mod notes;
mod persons;
mod presence;
mod reading;
mod schedules;
mod spoken;
mod state;
pub mod stored;
mod toll;
mod trace;
mod turn;
mod writing;

use crate::world::{self, World};

pub use budget::Payer;
pub use cache::Known;
pub use change::{Changed, Edit};
pub use entry::{Admission, Fence, Refusal};
pub use errands::Attempt;
pub use forgetting::Forgotten;
pub use items::kind_name;
pub use letters::Letter;
pub use listeners::LISTENERS_MAX;
pub use mailbox_item::read as read_mailbox;
pub use persons::{Acted, Said, Telling};
pub use presence::Present;
pub use schedules::{Course, SubscriberPage};
pub use turn::{Claim, Ending, Gate};

/// The stored names of message kinds, shared with the envelopes.
pub(crate) mod kinds {
    pub(crate) use super::items::{kind_name, kind_named};
}

/// The sort key of the mailbox.
pub const MAILBOX: &str = "M";

/// The table through the seam.
#[derive(Clone, Copy)]
pub struct Table<'w> {
    world: &'w dyn World,
}

impl<'w> Table<'w> {
    /// The table of this world.
    pub fn of(world: &'w dyn World) -> Table<'w> {
        Table { world }
    }
}

/// The sort key of an item.
fn sort_key(item: &world::Item) -> Option<&str> {
    item.get("sk")?.as_s().ok().map(String::as_str)
}

/// The partition of the dead letters of a day since 1970.
pub fn dead_letters_pk(day: i64) -> String {
    format!("DEAD#{day}")
}

/// The partition of a schedule's subscribers; the sort key is their conversation.
pub fn subscribers_pk(schedule: &str) -> String {
    schedules::items::subscribers_pk(schedule)
}
