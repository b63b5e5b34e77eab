//! Broken variants of the system, made by changing its requests on their way through the seam. Each must be caught:
//! an exploration that finds nothing wrong with them would find nothing wrong with us.

use aws_sdk_dynamodb::types::AttributeValue;
use io::table::expressions as ex;
use io::world::{Action, QueueRequest, TableRequest, Write};

/// One thing that is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mutant {
    /// The platform gets its 200 before anything is stored.
    AcknowledgedFirst,
    /// A stored message is overwritten and not recognised (W1).
    MessageUnconditional,
    /// Settled messages are not remembered (W2).
    NoRing,
    /// More than ten may wait (W2).
    NoCap,
    /// Anybody may claim at any time (P1).
    NoClaim,
    /// A lease ends after 30 seconds, whatever the deadline (P1).
    ShortLease,
    /// A takeover looks like a fresh claim, so the model is asked again (P1).
    CallsAgain,
    /// The last answer written stands (P5).
    AnswerUnconditional,
    /// Sending needs no permission (P6).
    NoGate,
    /// Progress between parts is not recorded (P7).
    NoProgress,
    /// A commit does not ask whose lease it is (P8).
    CommitUnfenced,
    /// A redelivered cancel acts again, on whatever waits by then (X).
    CancelsAgain,
    /// A doorbell is rung only when nothing waited before (W3).
    BellOnlyWhenEmpty,
    /// There is no watch.
    NoWatch,
}

impl Mutant {
    /// All of them.
    pub const ALL: [Mutant; 14] = [
        Mutant::AcknowledgedFirst,
        Mutant::MessageUnconditional,
        Mutant::NoRing,
        Mutant::NoCap,
        Mutant::NoClaim,
        Mutant::ShortLease,
        Mutant::CallsAgain,
        Mutant::AnswerUnconditional,
        Mutant::NoGate,
        Mutant::NoProgress,
        Mutant::CommitUnfenced,
        Mutant::CancelsAgain,
        Mutant::BellOnlyWhenEmpty,
        Mutant::NoWatch,
    ];

    /// Changes a request to the table. `now_ms`: the time.
    pub(super) fn table(self, request: &mut TableRequest, now_ms: i64) {
        let TableRequest::Write(write) = request else { return };
        let update = match &write.action {
            Action::Update { update, .. } => update.clone(),
            _ => String::new(),
        };
        match self {
            Mutant::MessageUnconditional if is_put(write, false) => {
                write.condition = "attribute_not_exists(zz)".into();
            }
            Mutant::AnswerUnconditional if is_put(write, true) => {
                write.condition = "attribute_not_exists(zz)".into();
            }
            Mutant::NoRing if update.starts_with(ex::ADMIT) => {
                let ring = " AND (attribute_not_exists(r) OR NOT contains(r, :settled))";
                write.condition = write.condition.replace(ring, "").replace(ex::AND_NEWER_THAN_MARK, "");
                write.values.remove(":settled");
                write.values.remove(":sent_at");
            }
            Mutant::NoCap if update.starts_with(ex::ADMIT) => {
                write.values.insert(":max".into(), AttributeValue::N("99".into()));
            }
            Mutant::CallsAgain if update.starts_with(ex::CLAIM) => {
                write.condition = "n > :zero AND (attribute_not_exists(lt) OR le <= :now)".into();
                write.values.insert(":now".into(), AttributeValue::N(now_ms.to_string()));
            }
            Mutant::NoClaim if update.starts_with(ex::CLAIM) => write.condition = "n > :zero".into(),
            Mutant::ShortLease if update.starts_with(ex::TAKE_OVER) || update.starts_with(ex::CLAIM) => {
                write.values.insert(":ends_at".into(), AttributeValue::N((now_ms + 10_000).to_string()));
            }
            Mutant::NoGate if update.starts_with(ex::GATE) => {
                write.condition = "lt = :token".into();
                write.values.retain(|name, _| name == ":token" || name == ":sending");
            }
            Mutant::CommitUnfenced if write.condition == ex::HOLDER => {
                write.condition = "attribute_exists(pk)".into();
            }
            Mutant::CancelsAgain if update.starts_with(ex::CANCEL) => {
                write.condition = "attribute_exists(pk)".into();
                write.values.insert(":sent_at".into(), AttributeValue::N(now_ms.to_string()));
            }
            _ => {}
        }
    }

    /// Whether a write is left out, as if it had succeeded.
    pub(super) fn swallows(self, request: &TableRequest) -> bool {
        let TableRequest::Write(Write { action: Action::Update { update, .. }, .. }) = request else {
            return false;
        };
        self == Mutant::NoProgress && update.starts_with(ex::PROGRESS)
    }

    /// Whether a queue request is left out.
    pub(super) fn swallows_queue(self, request: &QueueRequest, waiting_before: usize) -> bool {
        match request {
            QueueRequest::Ring { .. } => self == Mutant::BellOnlyWhenEmpty && waiting_before > 1,
            QueueRequest::Notice { body, .. } => {
                self == Mutant::NoWatch && body.contains("\"notice\":\"watch\"")
            }
            QueueRequest::Postpone { .. } => false,
        }
    }
}

fn is_put(write: &Write, answer: bool) -> bool {
    let Action::Put(item) = &write.action else { return false };
    let sk = item.get("sk").and_then(|sk| sk.as_s().ok()).map(String::as_str).unwrap_or_default();
    sk.starts_with("H#") && sk.ends_with("#A") == answer
}
