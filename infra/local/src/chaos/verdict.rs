//! What a run has shown, in figures.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::harm::Kills;
use super::memory::Held;

/// What a run has shown.
#[derive(Debug, Default)]
pub struct Verdict {
    /// Messages that the platform was told are taken in, cancels not counted.
    pub acknowledged: u64,
    /// Those with an outcome.
    pub outcomes: u64,
    /// By outcome.
    pub by_outcome: BTreeMap<&'static str, u64>,
    /// Requests that reached the model.
    pub model_requests: u64,
    /// Those about a message that it had been asked about before.
    pub model_requests_repeated: u64,
    /// Parts of answers that users saw.
    pub parts_shown: u64,
    /// Those that a user had seen before.
    pub parts_shown_twice: u64,
    /// Parts whose sending ended without an answer and which, as it turned out, did not arrive.
    pub parts_unknown: u64,
    /// Messages with more than one outcome.
    pub outcomes_twice: u64,
    /// Parts that should have been seen and were not.
    pub parts_missing: u64,
    /// Messages that were answered after a later one.
    pub out_of_order: u64,
    /// Processes killed by us.
    pub kills: Kills,
    /// Processes that ended, for whatever reason.
    pub deaths: u64,
    /// Requests that did not simply arrive.
    pub damages: u64,
    /// What the functions' processes held in memory, in a calm run.
    pub memory: BTreeMap<&'static str, Held>,
    /// What must not be, one sentence each.
    pub violations: Vec<String>,
}

impl Verdict {
    /// Adds what another stack has shown.
    pub fn add(&mut self, other: Verdict) {
        self.acknowledged += other.acknowledged;
        self.outcomes += other.outcomes;
        for (outcome, count) in other.by_outcome {
            *self.by_outcome.entry(outcome).or_default() += count;
        }
        self.model_requests += other.model_requests;
        self.model_requests_repeated += other.model_requests_repeated;
        self.parts_shown += other.parts_shown;
        self.parts_shown_twice += other.parts_shown_twice;
        self.parts_unknown += other.parts_unknown;
        self.outcomes_twice += other.outcomes_twice;
        self.parts_missing += other.parts_missing;
        self.out_of_order += other.out_of_order;
        self.kills.processor += other.kills.processor;
        self.kills.webhook += other.kills.webhook;
        self.kills.notify += other.kills.notify;
        self.deaths += other.deaths;
        self.damages += other.damages;
        self.memory.extend(other.memory);
        self.violations.extend(other.violations);
    }

    /// Messages without an outcome, and parts of answers that nobody saw.
    pub fn lost(&self) -> u64 {
        self.acknowledged.saturating_sub(self.outcomes) + self.parts_missing
    }

    /// Messages with two outcomes, and those about which the model was asked again.
    pub fn doubled(&self) -> u64 {
        self.outcomes_twice + self.model_requests_repeated
    }

    /// For people.
    pub fn print(&self, seed: u64) {
        let Verdict { acknowledged, outcomes, kills, .. } = self;
        println!(
            "acknowledged {acknowledged}, outcomes {outcomes}, missing {}, model requests repeated {}, parts shown twice {}, \
             kills {}, seed {seed}",
            acknowledged.saturating_sub(*outcomes),
            self.model_requests_repeated,
            self.parts_shown_twice,
            kills.all(),
        );
        let by_outcome: Vec<_> =
            self.by_outcome.iter().map(|(name, count)| format!("{name} {count}")).collect();
        println!("outcomes: {}", by_outcome.join(", "));
        println!(
            "killed: processor {}, webhook {}, notify {}; processes that ended {}; requests that did not arrive or came \
             back as errors {}",
            kills.processor, kills.webhook, kills.notify, self.deaths, self.damages
        );
        println!(
            "model requests {}, parts shown {}, parts lost on a connection that broke {}",
            self.model_requests, self.parts_shown, self.parts_unknown
        );
        for (function, held) in &self.memory {
            println!(
                "memory of {function}: first quarter {:.1} MB, last quarter {:.1} MB, most {:.1} MB",
                megabytes(held.first),
                megabytes(held.last),
                megabytes(held.most)
            );
        }
        self.violations.iter().for_each(|violation| println!("{violation}"));
    }

    /// For programs.
    pub fn as_json(&self, seed: u64) -> Value {
        let kills = json!({ "processor": self.kills.processor, "webhook": self.kills.webhook, "notify": self.kills.notify });
        json!({
            "acknowledged": self.acknowledged,
            "outcomes": self.outcomes,
            "missing": self.acknowledged.saturating_sub(self.outcomes),
            "by_outcome": self.by_outcome,
            "model_requests": self.model_requests,
            "model_requests_repeated": self.model_requests_repeated,
            "parts_shown": self.parts_shown,
            "parts_shown_twice": self.parts_shown_twice,
            "parts_unknown": self.parts_unknown,
            "parts_missing": self.parts_missing,
            "outcomes_twice": self.outcomes_twice,
            "out_of_order": self.out_of_order,
            "kills": self.kills.all(),
            "kills_by_function": kills,
            "deaths": self.deaths,
            "damages": self.damages,
            "memory_bytes": self.memory.iter().map(|(function, held)| {
                ((*function).to_owned(), json!({ "first": held.first, "last": held.last, "most": held.most }))
            }).collect::<serde_json::Map<_, _>>(),
            "seed": seed,
            "violations": self.violations,
        })
    }
}

/// For people: nobody reads bytes.
#[expect(clippy::cast_precision_loss, reason = "a process holds less than 2^52 bytes")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1_000_000.0
}
