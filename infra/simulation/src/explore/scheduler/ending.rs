//! What the table holds when all is over, read without faults.

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use domain::budget::Spending;
use domain::turn::Transcript;
use domain::{Address, Channel, ConversationKey, Limits};
use io::Table;
use io::table::Payer;

use super::super::faults::Faults;
use super::super::world::{View, locked};
use super::super::{BOT, START};
use super::Scheduler;

impl Scheduler {
    pub(super) fn transcripts(&self) -> BTreeMap<u64, Transcript> {
        let view = self.calm_view();
        let limits = Limits { history_items_max: 500, ..Limits::default() };
        let read = |user: &u64| {
            let read = finished(Table::of(&view).transcript(&conversation(*user), &limits));
            (*user, read.unwrap_or_default())
        };
        self.users.iter().map(read).collect()
    }

    /// What was spent on the first day: by the bot, and by each user.
    pub(super) fn accounts(&self) -> (Spending, BTreeMap<u64, Spending>) {
        let view = self.calm_view();
        let spent = |payer: Payer<'_>| finished(Table::of(&view).spent(payer, START)).unwrap_or_default();
        let of_user = |user: &u64| {
            let conversation = conversation(*user);
            (*user, spent(Payer::User(&conversation)))
        };
        (spent(Payer::Bot(BOT)), self.users.iter().map(of_user).collect())
    }

    fn calm_view(&self) -> View {
        locked(&self.shared).faults = Faults::none();
        locked(&self.shared).mutant = None;
        View { shared: Arc::clone(&self.shared), skew_ms: 0 }
    }
}

fn conversation(user: u64) -> ConversationKey {
    let address = Address { channel: Channel::of("telegram"), chat: user.to_string(), thread: None };
    ConversationKey::of(BOT, &address)
}

/// Nobody else runs any more, so each call over the seam is ready the next time.
fn finished<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return output;
        }
    }
}
