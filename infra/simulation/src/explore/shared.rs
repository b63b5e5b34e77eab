//! What all processes of a run share: engines, clock, chance, and the ledger.

use std::hash::{DefaultHasher, Hash, Hasher};

use dynoxide::Database;
use fastrand::Rng;
use io::world::{Queue, QueueError, QueueRequest, TableError, TableReply, TableRequest};
use stand_ins::sqs::rules::{NewMessage, Queues};

use super::faults::Faults;
use super::ledger::Ledger;
use super::mutant::Mutant;
use crate::table;

pub(super) const DOORBELLS: &str = "doorbells.fifo";
pub(super) const DEAD_LETTERS: &str = "dead-letters.fifo";
pub(super) const NOTICES: &str = "notices";

pub(super) struct Shared {
    pub database: Database,
    pub queues: Queues,
    pub now_ms: i64,
    pub rng: Rng,
    pub faults: Faults,
    pub mutant: Option<Mutant>,
    pub ledger: Ledger,
    /// Calls over the seam so far.
    pub calls: u64,
    pub tokens: u64,
    /// What the process being polled has come to.
    pub step: Step,
    pub trace: DefaultHasher,
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
}

impl Shared {
    pub(super) fn new(rng: Rng, faults: Faults, mutant: Option<Mutant>) -> Shared {
        let mut queues = Queues::new("us-east-1", "000000000000", 1);
        let now_ms = super::START.0;
        let attributes =
            |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect();
        let fifo = [
            ("FifoQueue", "true"),
            ("DeduplicationScope", "messageGroup"),
            ("FifoThroughputLimit", "perMessageGroupId"),
            ("VisibilityTimeout", "75"),
        ];
        let redrive = r#"{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dead-letters.fifo","maxReceiveCount":10}"#;
        let with_redrive = [&fifo[..], &[("RedrivePolicy", redrive)]].concat();
        let at = u64::try_from(now_ms).unwrap_or(0);
        for (name, attributes) in [
            (DEAD_LETTERS, attributes(&fifo)),
            (DOORBELLS, attributes(&with_redrive)),
            (NOTICES, attributes(&[("VisibilityTimeout", "60")])),
        ] {
            // Its rules accept these: a refusal shows in the first run as a queue that does not exist.
            let _ = queues.create_queue(name, &attributes, at);
        }
        let database = table::empty();
        Shared {
            #[expect(clippy::expect_used, reason = "an engine that does not start ends the test")]
            database: database.expect("the table's engine starts"),
            queues,
            now_ms,
            rng,
            faults,
            mutant,
            ledger: Ledger::default(),
            calls: 0,
            tokens: 0,
            step: Step::default(),
            trace: DefaultHasher::new(),
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

    pub(super) fn queue_time(&self) -> u64 {
        u64::try_from(self.now_ms).unwrap_or(0)
    }

    pub(super) fn table(&mut self, mut request: TableRequest) -> Result<TableReply, TableError> {
        if self.fails(self.faults.table_failure) {
            return Err(TableError::Unavailable("as told".to_owned()));
        }
        let is_write = matches!(request, TableRequest::Write(_) | TableRequest::Transact(_));
        if let Some(mutant) = self.mutant {
            mutant.table(&mut request, self.now_ms);
            if mutant.swallows(&request) {
                return Ok(TableReply::Written(None));
            }
        }
        let mut reply = table::execute(&self.database, request.clone());
        self.ledger.saw(&request, &reply, self.step.process);
        if is_write && reply.is_ok() && self.fails(self.faults.repeated_write) {
            reply = table::execute(&self.database, request.clone());
            self.ledger.saw(&request, &reply, self.step.process);
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

    pub(super) fn queue(&mut self, request: QueueRequest) -> Result<(), QueueError> {
        let waiting = self.ledger.waiting_now(&request);
        if self.mutant.is_some_and(|mutant| mutant.swallows_queue(&request, waiting)) {
            return Ok(());
        }
        let now = self.queue_time();
        let done = match request {
            QueueRequest::Ring { .. } if self.fails(self.faults.lost_doorbell) => return Ok(()),
            QueueRequest::Ring { group, dedup, body } => {
                let ring = NewMessage {
                    body,
                    group: Some(group),
                    deduplication_id: Some(dedup),
                    ..NewMessage::default()
                };
                self.queues.send(DOORBELLS, ring, now).map(drop)
            }
            QueueRequest::Notice { body, delay_s } => {
                let notice = NewMessage { body, delay_s: Some(delay_s), ..NewMessage::default() };
                self.queues.send(NOTICES, notice, now).map(drop)
            }
            QueueRequest::Postpone { queue, receipt, seconds } => {
                let name = match queue {
                    Queue::Doorbells => DOORBELLS,
                    Queue::Notices => NOTICES,
                    Queue::DeadLetters => DEAD_LETTERS,
                };
                self.queues.change_visibility(name, &receipt, seconds, now)
            }
        };
        self.note(&("queue", done.is_ok()));
        done.map_err(|error| QueueError(format!("{error:?}")))
    }

    pub(super) fn fingerprint(&self) -> u64 {
        self.trace.finish()
    }
}
