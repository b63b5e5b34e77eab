//! What was asked, and what became of it.
#![expect(missing_docs, reason = "the names of the fields and variants say it")]
use crate::clock::Clock;
use serde::Serialize;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// Whole requests that are kept. Records are small and stay; conversations grow.
const SHOWN_MAX: usize = 64;

/// One request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Record {
    /// From 1, in order of arrival.
    pub sequence: u64,
    pub received_at_ms: u64,
    pub last_user_message: String,
    /// Number of messages in the request.
    pub messages: usize,
    pub system_prompt: bool,
    pub stream: bool,
    /// What the request quotes beside what was said.
    pub quoted: Option<String>,
    pub outcome: Outcome,
    pub finished_at_ms: Option<u64>,
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Running,
    Answered,
    Refused,
    CutByClient,
    CutByRule,
}

#[derive(Clone)]
pub(super) struct Journal {
    records: Arc<Mutex<Vec<Record>>>,
    /// What the newest requests said, by their numbers.
    shown: Arc<Mutex<VecDeque<(u64, String)>>>,
    clock: Clock,
}

/// A request that is being answered. When it is dropped before it is finished, the client has gone.
pub(super) struct Running {
    journal: Journal,
    sequence: u64,
    finished: bool,
}

impl Journal {
    pub(super) fn new(clock: Clock) -> Self {
        Self { records: Arc::default(), shown: Arc::default(), clock }
    }

    pub(super) fn records(&self) -> Vec<Record> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn start(&self, said: &str, messages: usize, system_prompt: bool, stream: bool) -> Running {
        let mut records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        let sequence = records.len() as u64 + 1;
        records.push(Record {
            sequence,
            received_at_ms: (self.clock)(),
            last_user_message: said.to_owned(),
            messages,
            system_prompt,
            stream,
            quoted: None,
            outcome: Outcome::Running,
            finished_at_ms: None,
        });
        Running { journal: self.clone(), sequence, finished: false }
    }

    pub(super) fn shown(&self, sequence: u64) -> Option<String> {
        let shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        shown.iter().find(|(known, _)| *known == sequence).map(|(_, text)| text.clone())
    }

    fn show(&self, sequence: u64, text: String) {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        shown.push_back((sequence, text));
        if shown.len() > SHOWN_MAX {
            shown.pop_front();
        }
    }

    fn finish(&self, sequence: u64, outcome: Outcome) {
        self.change(sequence, |record| {
            record.outcome = outcome;
            record.finished_at_ms = Some((self.clock)());
        });
    }

    fn change(&self, sequence: u64, change: impl FnOnce(&mut Record)) {
        let mut records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(record) = records.iter_mut().find(|record| record.sequence == sequence) {
            change(record);
        }
    }
}

impl Running {
    pub(super) fn sequence(&self) -> u64 {
        self.sequence
    }

    pub(super) fn received_at_s(&self) -> u64 {
        (self.journal.clock)() / 1000
    }

    pub(super) fn quotes(&self, quoted: Option<String>) {
        self.journal.change(self.sequence, |record| record.quoted = quoted);
    }

    pub(super) fn shows(&self, text: String) {
        self.journal.show(self.sequence, text);
    }

    pub(super) fn finish(&mut self, outcome: Outcome) {
        self.finished = true;
        self.journal.finish(self.sequence, outcome);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.finished {
            self.journal.finish(self.sequence, Outcome::CutByClient);
        }
    }
}
