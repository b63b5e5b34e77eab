//! How much happened in the last minute, and how fast: what each process counts of itself, ten seconds at a time, and
//! what becomes of it when all of them are added up.

use std::collections::BTreeMap;

use crate::metric::Metric;
use crate::outcome::Outcome;
use crate::time::Millis;

/// Milliseconds of a slot.
pub const SLOT_MS: i64 = 10_000;

/// The slot that a moment is in, counted since 1970.
pub fn slot(at: Millis) -> i64 {
    at.0.div_euclid(SLOT_MS)
}

/// Times, sorted into buckets each a fifth wider than the one before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Histogram {
    /// All of them together, in milliseconds.
    pub sum_ms: u64,
    /// How many are in each bucket, by its number; no bucket is empty.
    pub buckets: BTreeMap<u16, u64>,
}

impl Histogram {
    /// Adds one.
    pub fn add(&mut self, milliseconds: u64) {
        self.sum_ms += milliseconds;
        *self.buckets.entry(bucket(milliseconds)).or_default() += 1;
    }

    /// Adds all of another.
    pub fn add_all(&mut self, other: &Histogram) {
        self.sum_ms += other.sum_ms;
        for (bucket, count) in &other.buckets {
            *self.buckets.entry(*bucket).or_default() += count;
        }
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.buckets.values().sum()
    }

    /// The time that so many of a hundred do not exceed: the upper end of its bucket, so at most a fifth too high.
    /// `None`: there are none.
    pub fn percentile_ms(&self, of_a_hundred: u64) -> Option<u64> {
        let wanted = (self.count() * of_a_hundred).div_ceil(100);
        let mut seen = 0;
        let reached = self.buckets.iter().find(|(_, count)| {
            seen += *count;
            seen >= wanted
        });
        reached.map(|(bucket, _)| upper_end_ms(*bucket))
    }
}

/// The number of the bucket that a time falls into.
fn bucket(milliseconds: u64) -> u16 {
    (0..u16::MAX).zip(ends_ms()).find(|(_, end)| *end >= milliseconds).map_or(u16::MAX, |(bucket, _)| bucket)
}

fn upper_end_ms(bucket: u16) -> u64 {
    ends_ms().nth(usize::from(bucket)).unwrap_or(u64::MAX)
}

/// 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, ...: whole milliseconds as long as a fifth is less than two.
fn ends_ms() -> impl Iterator<Item = u64> {
    std::iter::successors(Some(0_u64), |end| end.checked_add((end / 5).max(1)))
}

/// What happened in a slot.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Figures {
    /// From a request's arrival to its acknowledgement.
    pub requests: Histogram,
    /// From a message's admission to its outcome.
    pub answers: Histogram,
    /// Messages by how they ended.
    pub outcomes: BTreeMap<Outcome, u64>,
    /// Questions and lookups answered from memory.
    pub cache_hits: u64,
    /// Those that were not.
    pub cache_misses: u64,
    /// Entries that the process's memory held at last.
    pub cache_size: u64,
    /// Sends to a queue that failed.
    pub queue_failures: u64,
    /// Mails.
    pub mails: u64,
    /// Those that failed.
    pub mail_failures: u64,
}

impl Figures {
    /// Takes up what was measured, if it belongs here.
    pub fn add(&mut self, metric: Metric, value: u64) -> bool {
        match metric {
            Metric::AcknowledgementTime => self.requests.add(value),
            Metric::AnswerTime => self.answers.add(value),
            Metric::Ended(outcome) if value > 0 => *self.outcomes.entry(outcome).or_default() += value,
            Metric::CacheHits => self.cache_hits += value,
            Metric::CacheMisses => self.cache_misses += value,
            Metric::CacheSize => self.cache_size = value,
            Metric::QueueFailures => self.queue_failures += value,
            Metric::Mails => self.mails += value,
            Metric::MailFailures => self.mail_failures += value,
            _ => return false,
        }
        value > 0 || matches!(metric, Metric::AcknowledgementTime | Metric::AnswerTime)
    }

    /// Adds what another slot of the same process or of another holds. Sizes are not added up: they are no flow.
    pub fn add_all(&mut self, other: &Figures) {
        self.requests.add_all(&other.requests);
        self.answers.add_all(&other.answers);
        for (outcome, count) in &other.outcomes {
            *self.outcomes.entry(*outcome).or_default() += count;
        }
        self.cache_hits += other.cache_hits;
        self.cache_misses += other.cache_misses;
        self.queue_failures += other.queue_failures;
        self.mails += other.mails;
        self.mail_failures += other.mail_failures;
    }
}

/// Writes of one slot that need no pause between them: a process with little to do tells all of it.
const WRITES_AT_ONCE: u32 = 5;

/// Milliseconds between the others.
const PAUSE_MS: u64 = 1_000;

/// What a process has counted and when it has written it. One writer, the whole slot each time: a repeated write
/// changes nothing.
#[derive(Debug, Default)]
pub struct Tally {
    /// The slot at work, and the one before while it is not written.
    slots: BTreeMap<i64, Figures>,
    /// Those that hold more than was written.
    unwritten: Vec<i64>,
    /// How often the slot at work was written, and when last.
    written: (i64, u32, Millis),
}

impl Tally {
    /// Counts what was measured.
    pub fn add(&mut self, metric: Metric, value: u64, now: Millis) {
        let slot = slot(now);
        if self.slots.entry(slot).or_default().add(metric, value) && !self.unwritten.contains(&slot) {
            self.unwritten.push(slot);
        }
    }

    /// The slots that are to be written now. They count as written: nobody waits for a write that fails.
    pub fn due(&mut self, now: Millis) -> Vec<(i64, Figures)> {
        let current = slot(now);
        if self.written.0 != current {
            self.written = (current, 0, Millis::default());
        }
        let (_, times, at) = self.written;
        let may_write = times < WRITES_AT_ONCE || now.since(at) >= PAUSE_MS;
        let (due, rest) = self.unwritten.iter().partition(|slot| **slot != current || may_write);
        self.unwritten = rest;
        let due: Vec<i64> = due;
        if due.contains(&current) {
            self.written = (current, times + 1, now);
        }
        let due = due.iter().filter_map(|slot| Some((*slot, self.slots.get(slot)?.clone()))).collect();
        self.slots.retain(|slot, _| *slot >= current);
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_at_most_a_fifth_too_high() {
        for milliseconds in (0..20_000).step_by(7) {
            let mut histogram = Histogram::default();
            histogram.add(milliseconds);
            let shown = histogram.percentile_ms(99).unwrap_or(0);
            assert!(shown >= milliseconds && shown * 5 <= milliseconds * 6, "{milliseconds}: {shown}");
        }
    }

    #[test]
    fn percentiles_are_those_of_all_processes_together() {
        let (mut one, mut other) = (Histogram::default(), Histogram::default());
        (0..90).for_each(|_| one.add(3));
        (0..10).for_each(|_| other.add(1_000));
        one.add_all(&other);
        assert_eq!((one.count(), one.sum_ms), (100, 10_270));
        assert_eq!((one.percentile_ms(50), one.percentile_ms(90)), (Some(3), Some(3)));
        assert!(one.percentile_ms(95) >= Some(1_000));
        assert_eq!(Histogram::default().percentile_ms(50), None);
    }

    /// How many slots are written at each of these moments, with something measured before each.
    fn written(moments: &[i64]) -> Vec<usize> {
        let mut tally = Tally::default();
        let step = |at: &i64| {
            tally.add(Metric::AcknowledgementTime, 5, Millis(*at));
            tally.due(Millis(*at)).len()
        };
        moments.iter().map(step).collect()
    }

    #[test]
    fn a_process_with_little_to_do_tells_all_and_a_busy_one_once_a_second() {
        assert_eq!(written(&[0, 1, 2, 3, 4, 5, 6]), [1, 1, 1, 1, 1, 0, 0]);
        assert_eq!(written(&[0, 1, 2, 3, 4, 5, 1_003, 1_004, 1_005]), [1, 1, 1, 1, 1, 0, 0, 1, 0]);
    }

    #[test]
    fn what_a_slot_has_left_is_told_in_the_next() {
        assert_eq!(written(&[0, 1, 2, 3, 4, 5, 10_000]), [1, 1, 1, 1, 1, 0, 2]);
        let mut tally = Tally::default();
        (0..6).for_each(|at| {
            tally.add(Metric::AcknowledgementTime, 5, Millis(at));
            tally.due(Millis(at));
        });
        let due = tally.due(Millis(10_000));
        assert_eq!(
            due.iter().map(|(slot, figures)| (*slot, figures.requests.count())).collect::<Vec<_>>(),
            [(0, 6)]
        );
        assert!(tally.due(Millis(10_001)).is_empty(), "nothing new");
    }
}
