//! The figures of a climb, for people and for programs.

use serde_json::{Value, json};

use super::crowd::Seen;
use super::figures::{Figures, Time};
use crate::chaos::verdict::Verdict;
use crate::cli::Failure;

/// What all crowds have shown.
pub struct Report {
    /// Of everything drawn.
    pub seed: u64,
    /// Model calls at a time that are allowed.
    pub cap: usize,
    /// Crowd by crowd.
    pub seen: Vec<Seen>,
    /// The most calls that were ever in flight, as the model counts them.
    pub in_flight_max: usize,
    /// Whether the promise was kept.
    pub verdict: Verdict,
}

impl Report {
    /// An error when a call too many was in flight, or anything was lost or doubled.
    pub fn judge(&self) -> Result<(), Failure> {
        let Report { seed, cap, in_flight_max, verdict, .. } = self;
        if in_flight_max > cap {
            return Err(format!("{in_flight_max} model calls in flight, {cap} allowed; seed {seed}").into());
        }
        match verdict.violations.len() {
            0 => Ok(()),
            wrong => Err(format!("the ladder found {wrong} violations; seed {seed}").into()),
        }
    }

    /// For people.
    pub fn print(&self) {
        let (cap, seed) = (self.cap, self.seed);
        println!("L = {cap}, seed {seed}. Seconds: measured (served in turn, the floor)");
        println!(
            "{:>5} {:>7} {:>21} {:>21} {:>24}  all/floor  slowest/share  in flight  accepted    noise",
            "users", "model", "median wait", "p95 wait", "all"
        );
        self.seen.iter().for_each(print_row);
        let verdict = &self.verdict;
        println!(
            "acknowledged {}, outcomes {}, lost {}, doubled {}, most calls in flight {}",
            verdict.acknowledged,
            verdict.outcomes,
            verdict.lost(),
            verdict.doubled(),
            self.in_flight_max
        );
        verdict.violations.iter().for_each(|violation| println!("    {violation}"));
    }

    /// For programs.
    pub fn as_json(&self) -> Value {
        json!({
            "seed": self.seed,
            "cap": self.cap,
            "in_flight_max": self.in_flight_max,
            "lost": self.verdict.lost(),
            "doubled": self.verdict.doubled(),
            "crowds": self.seen.iter().map(row_as_json).collect::<Vec<_>>(),
            "verdict": self.verdict.as_json(self.seed),
        })
    }
}

fn print_row(seen: &Seen) {
    let figures = Figures::of(seen);
    let Figures { median, p95, makespan, slowest, accepted_ms } = &figures;
    println!(
        "{:>5} {:>7} {:>21} {:>21} {:>24} {:>10} {:>14} {:>10} {:>9} {:>8}",
        seen.users,
        model_times(seen),
        beside(median),
        beside(p95),
        beside(makespan),
        thousandths(makespan.to_floor()),
        thousandths(slowest.to_turn()),
        seen.in_flight_max,
        seconds(*accepted_ms),
        format!("{}/{} ms", seen.noise.p99_ms, seen.noise.most_ms),
    );
}

fn beside(time: &Time) -> String {
    format!("{} ({}, {})", seconds(time.measured), seconds(time.in_turn), seconds(time.floor))
}

fn model_times(seen: &Seen) -> String {
    let calls = || seen.told.iter().map(|told| told.call);
    let (least, most) = (calls().min().unwrap_or(0), calls().max().unwrap_or(0));
    if least == most { seconds(least) } else { "2-3".to_owned() }
}

fn seconds(ms: u64) -> String {
    format!("{}.{:02}", ms / 1_000, ms % 1_000 / 10)
}

fn thousandths(ratio: u64) -> String {
    format!("{}.{:03}", ratio / 1_000, ratio % 1_000)
}

fn row_as_json(seen: &Seen) -> Value {
    let Figures { median, p95, makespan, slowest, accepted_ms } = Figures::of(seen);
    let time =
        |time: &Time| json!({ "ms": time.measured, "in_turn_ms": time.in_turn, "floor_ms": time.floor });
    json!({
        "users": seen.users,
        "answered": seen.told.len(),
        "model": model_times(seen),
        "median_wait": time(&median),
        "p95_wait": time(&p95),
        "makespan": time(&makespan),
        "makespan_to_floor_thousandths": makespan.to_floor(),
        "slowest_wait": time(&slowest),
        "slowest_wait_to_fair_share_thousandths": slowest.to_turn(),
        "accepted_within_ms": accepted_ms,
        "in_flight_max": seen.in_flight_max,
        "nap_late_p99_ms": seen.noise.p99_ms,
        "nap_late_most_ms": seen.noise.most_ms,
    })
}
