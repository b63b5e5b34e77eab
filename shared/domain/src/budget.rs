//! What may be spent on models in a day: by one user, and by the bot in all.
//!
//! A turn reserves the most that its request can cost before it is sent, and gives back what it did not cost
//! afterwards. So nothing is overspent however many ask at once; and what a process that died may have spent stays
//! counted.

use crate::limits::Limits;

/// An amount spent, or the most there is to spend.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spending {
    /// Requests to a model.
    pub requests: u64,
    /// Tokens read and written.
    pub tokens: u64,
    /// Millionths of the owner's cent: tokens times the cents that a million of them costs.
    pub microcents: u64,
}

/// The most that may be spent in a day, which begins at 00:00 UTC. `None`: any amount.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Allowance {
    /// Requests to a model.
    pub requests: Option<u64>,
    /// Tokens read and written.
    pub tokens: Option<u64>,
    /// Millionths of the owner's cent.
    pub microcents: Option<u64>,
}

const MICROCENTS: u64 = 1_000_000;

impl Allowance {
    /// A user's.
    pub fn of_user(limits: &Limits) -> Allowance {
        Allowance {
            requests: None,
            tokens: bound(limits.user_tokens_per_day),
            microcents: bound(limits.user_cents_per_day * MICROCENTS),
        }
    }

    /// The bot's.
    pub fn of_bot(limits: &Limits) -> Allowance {
        Allowance {
            requests: bound(limits.bot_requests_per_day),
            tokens: bound(limits.bot_tokens_per_day),
            microcents: bound(limits.bot_cents_per_day * MICROCENTS),
        }
    }

    /// Whether nothing has to be counted.
    pub fn is_unbounded(&self) -> bool {
        *self == Allowance::default()
    }

    /// How much may have been spent for this amount to be left. `None`: it is more than there is in a day.
    pub fn before(&self, amount: Spending) -> Option<Spending> {
        let left = |most: Option<u64>, amount: u64| most.unwrap_or(u64::MAX / 2).checked_sub(amount);
        Some(Spending {
            requests: left(self.requests, amount.requests)?,
            tokens: left(self.tokens, amount.tokens)?,
            microcents: left(self.microcents, amount.microcents)?,
        })
    }
}

fn bound(most: u64) -> Option<u64> {
    (most > 0).then_some(most)
}

impl Spending {
    /// One request with so many tokens read and written.
    pub fn of_request((read, written): (u64, u64), limits: &Limits) -> Spending {
        let cents = read * limits.input_cents_per_million + written * limits.output_cents_per_million;
        Spending { requests: 1, tokens: read + written, microcents: cents }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_costs_what_its_tokens_cost() {
        let limits =
            Limits { input_cents_per_million: 25, output_cents_per_million: 200, ..Limits::default() };
        let spent = Spending::of_request((1_000, 100), &limits);
        assert_eq!(spent, Spending { requests: 1, tokens: 1_100, microcents: 45_000 });
    }

    #[test]
    fn what_is_bounded_leaves_room_up_to_its_bound() {
        let limits = Limits { bot_tokens_per_day: 1_000, ..Limits::default() };
        let (bot, user) = (Allowance::of_bot(&limits), Allowance::of_user(&limits));
        assert!(user.is_unbounded() && !bot.is_unbounded());
        let amount = |tokens| Spending { requests: 1, tokens, microcents: 0 };
        assert_eq!(bot.before(amount(400)).map(|left| left.tokens), Some(600));
        assert_eq!(bot.before(amount(1_001)), None);
    }
}
