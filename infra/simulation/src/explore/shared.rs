//! What all processes of a run share: engines, clock, chance, and the ledger.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;

use domain::MessageHash;
use fastrand::Rng;
use io::table::{MAILBOX, read_mailbox};
use io::world::{Action, QueueError, QueueRequest, TableError, TableReply, TableRequest, Write};
use stand_ins::sqs::rules::Queues;

use super::faults::Faults;
use super::ledger::{Ledger, Writer};
use super::mutant::Mutant;
use super::{ModelTime, Setup};
use crate::queues;
use crate::table::Store;

pub(super) struct Shared {
    pub table: Store,
    pub queues: Queues,
    pub now_ms: i64,
    pub rng: Rng,
    pub faults: Faults,
    pub mutant: Option<Mutant>,
    pub model_time: ModelTime,
    pub model_down_ms: Range<u64>,
    pub ledger: Ledger,
    /// Alarms that were ever set, by name.
    pub alarms: BTreeSet<String>,
    /// Mails that were taken: address and id.
    pub mails: Vec<(String, String)>,
    /// Calls over the seam so far.
    pub calls: u64,
    pub tokens: u64,
    /// What the process being polled has come to.
    pub step: Step,
    /// What a process is at work on, for the mutants that depend on it.
    pub at_work: BTreeMap<u64, AtWork>,
    pub trace: DefaultHasher,
    narrate: bool,
}

/// What a process has come to in one poll.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Step {
    /// Which process.
    pub process: u64,
    /// It stands before a call and can go on at any time.
    pub ready: bool,
    /// It sleeps until then.
    pub wake_at: Option<i64>,
    /// It has died in the middle of a call.
    pub died: bool,
    /// It sleeps past its deadline and goes on.
    pub sleeps: bool,
}

/// What a process is at work on.
#[derive(Debug, Default)]
pub(super) struct AtWork {
    /// The message whose doorbell it handles.
    pub bell: Option<MessageHash>,
    /// Whose message that is: the chat id.
    pub chat: String,
    /// It performs last rites.
    pub last_rites: bool,
    /// A write that a mutant holds back until the process's next call.
    pub held_back: Option<TableRequest>,
    /// What a mutant has not said yet: chat and text.
    pub unsaid: Vec<(String, String)>,
}

impl Shared {
    pub(super) fn new(rng: Rng, faults: Faults, setup: &Setup) -> Shared {
        let now_ms = super::START.0;
        let table = Store::new(setup.engine);
        Shared {
            #[expect(clippy::expect_used, reason = "an engine that does not start ends the test")]
            table: table.expect("the table's engine starts"),
            queues: queues::created(u64::try_from(now_ms).unwrap_or(0)),
            now_ms,
            rng,
            faults,
            mutant: setup.mutant,
            model_time: setup.model_time.clone(),
            model_down_ms: setup.model_down_ms.clone(),
            ledger: Ledger::of(setup),
            alarms: BTreeSet::new(),
            mails: Vec::new(),
            calls: 0,
            tokens: 0,
            step: Step::default(),
            at_work: BTreeMap::new(),
            trace: DefaultHasher::new(),
            narrate: setup.narrate,
        }
    }

    /// Whether a fault of this probability happens now.
    pub(super) fn fails(&mut self, thousandths: u32) -> bool {
        thousandths > 0 && self.calls < self.faults.until_call && self.rng.u32(0..1_000) < thousandths
    }

    pub(super) fn note(&mut self, what: &impl Hash) {
        (self.now_ms, self.step.process).hash(&mut self.trace);
        what.hash(&mut self.trace);
    }

    /// Counts a call; whether it kills its caller at this side of its effect.
    pub(super) fn kills(&mut self, after: bool) -> bool {
        if !after {
            self.calls += 1;
        }
        self.faults.crash_at.contains(&(self.calls, after))
    }

    /// Whether the caller falls asleep at this side of the effect of the call just counted.
    pub(super) fn puts_to_sleep(&mut self, after: bool) -> bool {
        self.faults.sleep_at.contains(&(self.calls, after))
    }

    pub(super) fn queue_time(&self) -> u64 {
        u64::try_from(self.now_ms).unwrap_or(0)
    }

    pub(super) fn at_work(&mut self) -> &mut AtWork {
        self.at_work.entry(self.step.process).or_default()
    }

    pub(super) fn table(&mut self, mut request: TableRequest) -> Result<TableReply, TableError> {
        if self.fails(self.faults.table_failure) {
            return Err(TableError::Unavailable("as told".to_owned()));
        }
        let is_write = matches!(request, TableRequest::Write(_) | TableRequest::Transact(_));
        if let Some(mutant) = self.mutant {
            mutant.table(&mut request, self.now_ms);
            if let Some(instead) = mutant.instead(&request, self) {
                return instead;
            }
        }
        if let Some(held_back) = self.at_work().held_back.take() {
            let _ = self.effect(&held_back);
        }
        let mut reply = self.effect(&request);
        if is_write && reply.is_ok() && self.fails(self.faults.repeated_write) {
            reply = self.effect(&request);
        }
        if reply.is_ok() && self.fails(self.faults.table_failure) {
            // It took effect, and the answer was lost.
            return Err(TableError::Unavailable("as told, afterwards".to_owned()));
        }
        let word = match &reply {
            Ok(_) => "done",
            Err(TableError::ConditionFailed { .. }) => "condition",
            Err(_) => "error",
        };
        self.note(&(word, is_write));
        reply
    }

    /// The request takes effect, before the eyes of the ledger.
    pub(super) fn effect(&mut self, request: &TableRequest) -> Result<TableReply, TableError> {
        let reply = self.table.execute(request);
        self.tell(|| format!("{request:?}\n    => {reply:?}"));
        if reply.is_ok()
            && let Some(pk) = mailbox_written(request)
        {
            let get = TableRequest::Get { pk: pk.to_owned(), sk: MAILBOX.to_owned() };
            if let Ok(TableReply::Item(Some(item))) = self.table.execute(&get)
                && let Ok(mailbox) = read_mailbox(&item)
            {
                self.ledger.finds(&item, &mailbox);
                let by = Writer { process: self.step.process, clocks_differ: self.faults.platform };
                self.ledger.saw(request, pk, mailbox, by);
            }
        }
        reply
    }

    pub(super) fn queue(&mut self, request: QueueRequest) -> Result<(), QueueError> {
        if self.fails(self.faults.queue_failure) {
            return Err(QueueError("as told".to_owned()));
        }
        let waiting = self.ledger.waiting_now(&request);
        if self.mutant.is_some_and(|mutant| mutant.swallows_queue(&request, waiting)) {
            return Ok(());
        }
        if matches!(request, QueueRequest::Ring { .. }) && self.fails(self.faults.lost_doorbell) {
            return Ok(());
        }
        let now = self.queue_time();
        let done = queues::execute(&mut self.queues, request, now);
        self.note(&("queue", done.is_ok()));
        if done.is_ok() && self.fails(self.faults.queue_failure) {
            return Err(QueueError("as told, afterwards".to_owned()));
        }
        done
    }

    /// A user sees something.
    pub(super) fn shows(&mut self, chat: &str, text: &str) {
        let (process, at_ms) = (self.step.process, self.now_ms - super::START.0);
        self.note(&text);
        self.tell(|| format!("{chat} sees {}", text.get(..60).unwrap_or(text)));
        self.ledger.heard(chat, text, process, at_ms);
    }

    /// Prints what happens, when somebody wants to read it.
    pub(super) fn tell(&self, what: impl FnOnce() -> String) {
        if self.narrate {
            println!("{:>9} ms, process {}: {}", self.now_ms - super::START.0, self.step.process, what());
        }
    }

    pub(super) fn fingerprint(&self) -> u64 {
        self.trace.finish()
    }
}

/// The partition whose mailbox a request writes.
fn mailbox_written(request: &TableRequest) -> Option<&str> {
    fn of_mailbox(write: &Write) -> Option<&str> {
        match &write.action {
            Action::Update { pk, sk, .. } if sk == MAILBOX => Some(pk),
            _ => None,
        }
    }
    match request {
        TableRequest::Write(write) => of_mailbox(write),
        TableRequest::Transact(writes) => writes.iter().find_map(of_mailbox),
        _ => None,
    }
}
