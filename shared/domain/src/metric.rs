//! What is measured, by name. The alarms are built on these names (`docs/metrics.md`).

use crate::outcome::Outcome;

/// A metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Metric {
    /// Messages newly taken in, refused ones included: each of them ends in one outcome.
    Acknowledged,
    /// Messages delivered again that were known.
    DuplicatesDropped,
    /// Webhooks without a proof.
    ForgedRequests,
    /// From a request's arrival until its messages are stored and will have their outcomes.
    AcknowledgementTime,
    /// Messages that ended so.
    Ended(Outcome),
    /// From a message's admission to the claim of the turn that settled it.
    WaitingTime,
    /// One request to a model, answered or not.
    ModelTime,
    /// An answer's sending, all its parts.
    SendTime,
    /// From a turn's claim to its commit.
    TurnTime,
    /// From a message's admission to its outcome.
    AnswerTime,
    /// Requests to models.
    ModelRequests,
    /// Those of them that repeat one which was not taken.
    ModelRetries,
    /// Those of them without an answer.
    ModelFailures,
    /// A model is not asked for a while from now on.
    CircuitOpened,
    /// Tokens read by models.
    TokensIn,
    /// Tokens written by models.
    TokensOut,
    /// What they cost by the prices that the owner states.
    ModelCost,
    /// Questions and lookups answered from memory.
    CacheHits,
    /// Those that were not.
    CacheMisses,
    /// Answers that a process holds in memory.
    CacheSize,
    /// Letters that a platform did not take, refused, or left without an answer.
    SendFailures,
    /// Sends to a queue that failed.
    QueueFailures,
    /// Mails that were handed over, or were to be.
    Mails,
    /// Those that the mail server did not take, or left without an answer.
    MailFailures,
    /// Doorbells, notices and dead letters whose handling failed; they come again.
    ItemFailures,
    /// Doorbells that were received too often.
    DeadLetters,
}

/// What a metric is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Things: values are added up.
    Count,
    /// Milliseconds: every value counts for itself.
    Milliseconds,
    /// Millionths of the owner's cent, shown as dollars: values are added up.
    Microcents,
}

impl Metric {
    /// Its name in CloudWatch.
    pub fn name(self) -> &'static str {
        match self {
            Metric::Acknowledged => "Acknowledged",
            Metric::DuplicatesDropped => "DuplicatesDropped",
            Metric::ForgedRequests => "ForgedRequests",
            Metric::AcknowledgementTime => "AcknowledgementTime",
            Metric::Ended(outcome) => ended(outcome),
            Metric::WaitingTime => "WaitingTime",
            Metric::ModelTime => "ModelTime",
            Metric::SendTime => "SendTime",
            Metric::TurnTime => "TurnTime",
            Metric::AnswerTime => "AnswerTime",
            Metric::ModelRequests => "ModelRequests",
            Metric::ModelRetries => "ModelRetries",
            Metric::ModelFailures => "ModelFailures",
            Metric::CircuitOpened => "CircuitOpened",
            Metric::TokensIn => "TokensIn",
            Metric::TokensOut => "TokensOut",
            Metric::ModelCost => "ModelCost",
            Metric::CacheHits => "CacheHits",
            Metric::CacheMisses => "CacheMisses",
            Metric::CacheSize => "CacheSize",
            Metric::SendFailures => "SendFailures",
            Metric::QueueFailures => "QueueFailures",
            Metric::Mails => "Mails",
            Metric::MailFailures => "MailFailures",
            Metric::ItemFailures => "ItemFailures",
            Metric::DeadLetters => "DeadLetters",
        }
    }

    /// What it is counted in.
    pub fn unit(self) -> Unit {
        match self {
            Metric::AcknowledgementTime
            | Metric::WaitingTime
            | Metric::ModelTime
            | Metric::SendTime
            | Metric::TurnTime
            | Metric::AnswerTime => Unit::Milliseconds,
            Metric::ModelCost => Unit::Microcents,
            _ => Unit::Count,
        }
    }
}

fn ended(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Answered => "Answered",
        Outcome::Cancelled => "Cancelled",
        Outcome::Superseded => "Superseded",
        Outcome::TimedOut => "TimedOut",
        Outcome::Lost => "Lost",
        Outcome::Failed => "Failed",
        Outcome::Refused => "Refused",
        Outcome::Withdrawn => "Withdrawn",
        Outcome::HandedOver => "HandedOver",
        Outcome::Dropped => "Dropped",
    }
}
