//! Broken variants of the system, made by changing its requests on their way through the seam. Each must be caught:
//! an exploration that finds nothing wrong with them would find nothing wrong with us.

use aws_sdk_dynamodb::types::AttributeValue;
use io::table::expressions as ex;
use io::world::{Action, QueueRequest, TableError, TableReply, TableRequest, Write};

use super::shared::{AtWork, Shared};

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
    /// A lease ends after ten seconds, whatever the deadline (P1).
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
    /// A message is admitted before it is stored (W1 after W2).
    AdmittedFirst,
    /// A doorbell whose own message is settled exits without draining (P1).
    ExitsWhenSettled,
    /// The dead-letter function settles before it tells.
    SettlesBeforeTelling,
    /// An edit does not ask whether a turn has begun.
    EditUnfenced,
    /// An unsend does not ask whether a turn has begun.
    UnsendUnfenced,
    /// A dropped message may be in the running turn.
    DropUnfenced,
    /// A person's takeover does not shut the gate (P6).
    GateIgnoresPerson,
    /// A newer message does not shut the gate of an interrupted turn (P6).
    GateIgnoresNewer,
    /// An edit is taken for done and not made.
    EditForgotten,
    /// An erasure covers only what our clock calls past (X).
    ErasureByClock,
    /// The state is changed beside the commit, not together with it (P8).
    StateBesideCommit,
    /// Nothing is set aside before the model is asked.
    ReservesNothing,
    /// A user's messages are counted, but the write that admits does not look at the count (W2).
    QuotaUnfenced,
    /// Whoever comes when a circuit's pause is over tries the model.
    EverybodyProbes,
    /// A question is asked although another turn is asking it for all.
    EverybodyAsks,
}

impl Mutant {
    /// Those that break what conversations share: budgets, quotas, circuits, kept answers.
    pub const SHARED: [Mutant; 4] =
        [Mutant::ReservesNothing, Mutant::QuotaUnfenced, Mutant::EverybodyProbes, Mutant::EverybodyAsks];

    /// Those that break a conversation.
    pub const ALL: [Mutant; 25] = [
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
        Mutant::AdmittedFirst,
        Mutant::ExitsWhenSettled,
        Mutant::SettlesBeforeTelling,
        Mutant::EditUnfenced,
        Mutant::UnsendUnfenced,
        Mutant::DropUnfenced,
        Mutant::GateIgnoresPerson,
        Mutant::GateIgnoresNewer,
        Mutant::EditForgotten,
        Mutant::ErasureByClock,
        Mutant::StateBesideCommit,
    ];

    /// The strategy and the policy for a full mailbox under which the broken part is used; `None`: any.
    pub fn needs(self) -> (Option<&'static str>, Option<&'static str>) {
        match self {
            Mutant::GateIgnoresNewer => (Some("interrupt"), None),
            Mutant::DropUnfenced => (None, Some("drop_oldest")),
            _ => (None, None),
        }
    }

    /// Changes a request to the table. `now_ms`: the time.
    pub(super) fn table(self, request: &mut TableRequest, now_ms: i64) {
        let write = match request {
            TableRequest::Write(write) => write,
            TableRequest::Transact(writes) => return self.transaction(writes),
            _ => return,
        };
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
            Mutant::GateIgnoresPerson if update.starts_with(ex::GATE) => {
                write.condition = write.condition.replace("attribute_not_exists(hb)", "attribute_exists(pk)");
            }
            Mutant::GateIgnoresNewer if update.starts_with(ex::GATE) => {
                write.condition = write.condition.replace(ex::GATE_NOTHING_NEWER, "");
                write.values.remove(":members");
            }
            Mutant::CommitUnfenced if update.starts_with("SET r = :ring, n = n - :removed") => {
                write.condition = "attribute_exists(pk)".into();
                write.values.remove(":seen");
            }
            Mutant::CancelsAgain if update == ex::CANCEL => {
                write.condition = "attribute_exists(pk)".into();
                write.values.insert(":sent_at".into(), AttributeValue::N(now_ms.to_string()));
            }
            _ => self.shared_by_many(write, &update),
        }
    }

    /// What conversations share.
    fn shared_by_many(self, write: &mut Write, update: &str) {
        match self {
            Mutant::QuotaUnfenced if update.starts_with(ex::ADMIT) => {
                write.condition = write.condition.replace(ex::AND_QUOTA_LEFT, "");
                write.values.remove(":per_day");
            }
            Mutant::EverybodyProbes if is_circuit(write) => {
                write.condition = "attribute_not_exists(zz)".into();
                write.values.clear();
            }
            Mutant::EverybodyAsks if update == ex::ASK_FOR_ALL => {
                write.condition = "attribute_not_exists(zz)".into();
                write.values.remove(":now");
            }
            _ => {}
        }
    }

    /// The fences of what still waits.
    fn transaction(self, writes: &mut [Write]) {
        let is_edit = writes.iter().any(|write| update_of(write).starts_with(ex::EDIT));
        for write in writes {
            if self == Mutant::ErasureByClock && update_of(write).contains(ex::ERASE) {
                // The fence stands where our clock does, and so misses what was written by another.
                if let Some(now) = write.values.get(":now").cloned() {
                    write.values.insert(":sent_at".into(), now);
                }
                write.condition = "q = :seen".into();
            }
            let broken = match self {
                Mutant::EditUnfenced => is_edit && matches!(write.action, Action::Check { .. }),
                Mutant::UnsendUnfenced => update_of(write).starts_with(ex::WITHDRAW),
                Mutant::DropUnfenced => update_of(write).starts_with(ex::DISPLACE),
                _ => false,
            };
            if broken {
                let anybody = "attribute_exists(#old)";
                write.condition =
                    write.condition.replace(ex::WHILE_FREE, anybody).replace(ex::WHILE_LEASED, anybody);
                write.values.remove(":lease");
            }
        }
    }

    /// What the mutant makes of a request in its place.
    pub(super) fn instead(
        self,
        request: &TableRequest,
        shared: &mut Shared,
    ) -> Option<Result<TableReply, TableError>> {
        let write = match request {
            TableRequest::Write(write) => write,
            TableRequest::Transact(writes) => return self.in_two_steps(writes, shared),
            _ => return None,
        };
        let update = update_of(write);
        match self {
            Mutant::NoProgress if update.starts_with(ex::PROGRESS) => Some(Ok(TableReply::Written(None))),
            Mutant::ReservesNothing if update == ex::RESERVE => Some(Ok(TableReply::Written(None))),
            Mutant::AdmittedFirst if is_put(write, false) => {
                shared.at_work().held_back = Some(request.clone());
                Some(Ok(TableReply::Written(None)))
            }
            Mutant::AdmittedFirst if update.starts_with(ex::ADMIT) => Some(shared.effect(request)),
            Mutant::ExitsWhenSettled if update.starts_with(ex::CLAIM) => {
                let bell = shared.at_work().bell.clone()?;
                let (pk, _) = key_of(write)?;
                let settled = shared.ledger.has_settled(pk, &bell);
                settled.then_some(Err(TableError::ConditionFailed { index: 0, item: None }))
            }
            _ => None,
        }
    }

    /// The state first, then the commit, whose lease may be gone by then.
    fn in_two_steps(self, writes: &[Write], shared: &mut Shared) -> Option<Result<TableReply, TableError>> {
        if self == Mutant::EditForgotten && writes.iter().any(|write| update_of(write).starts_with(ex::EDIT))
        {
            return Some(Ok(TableReply::Written(None)));
        }
        let [commit, state] = writes else { return None };
        if self != Mutant::StateBesideCommit || !is_state(state) {
            return None;
        }
        let mut state = Write { condition: "attribute_not_exists(zz)".into(), ..state.clone() };
        state.values.remove(":from");
        let _ = shared.effect(&TableRequest::Write(state));
        Some(shared.effect(&TableRequest::Write(commit.clone())))
    }

    /// Whether what is to be shown is kept for later.
    pub(super) fn keeps_to_itself(self, at_work: &AtWork) -> bool {
        self == Mutant::SettlesBeforeTelling && at_work.last_rites
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

fn update_of(write: &Write) -> &str {
    if let Action::Update { update, .. } = &write.action { update } else { "" }
}

fn key_of(write: &Write) -> Option<(&str, &str)> {
    if let Action::Update { pk, sk, .. } = &write.action { Some((pk, sk)) } else { None }
}

fn is_state(write: &Write) -> bool {
    let Action::Put(item) = &write.action else { return key_of(write).is_some_and(|(_, sk)| sk == "S") };
    item.get("sk").and_then(|sk| sk.as_s().ok()).is_some_and(|sk| sk == "S")
}

fn is_circuit(write: &Write) -> bool {
    let Action::Put(item) = &write.action else { return false };
    item.get("pk").and_then(|pk| pk.as_s().ok()).is_some_and(|pk| pk.starts_with("BREAKER#"))
}

fn is_put(write: &Write, answer: bool) -> bool {
    let Action::Put(item) = &write.action else { return false };
    let sk = item.get("sk").and_then(|sk| sk.as_s().ok()).map(String::as_str).unwrap_or_default();
    sk.starts_with("H#") && sk.ends_with("#A") == answer
}
