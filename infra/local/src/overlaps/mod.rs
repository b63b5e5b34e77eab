//! `overlaps`: what becomes of messages that overlap in time, measured on a real stack in four rows: a follow-up beside
//! the end of a turn, a crowd, a crowd with failing turns and webhooks, a crowd whose workers are killed.

mod aimed;
mod crowd;

use domain::turn::Strategy;
use serde_json::{Value, json};

use crate::chaos::verdict::Verdict;
use crate::cli::{Failure, Overlaps};
use crate::up;
use crowd::{Crowd, Trouble};

/// Milliseconds of each request to the table, on the average.
const LATENCIES_MS: [u64; 3] = [2, 5, 15];

/// One measurement.
pub struct Row {
    /// What was done.
    name: String,
    /// What came of it.
    verdict: Verdict,
    /// Follow-ups that were not answered within the settle time.
    stranded: u64,
    /// What else was seen.
    note: String,
}

/// Measures, and prints a table. An error when anything was lost, doubled or out of order.
pub fn run(options: &Overlaps) -> Result<(), Failure> {
    up::log("off");
    let seed = options.seed.unwrap_or_else(|| fastrand::u64(..1_000_000));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let rows = runtime.block_on(rows(options, seed))?;
    if options.json {
        let rows: Vec<Value> = rows.iter().map(|row| row.as_json(seed)).collect();
        println!("{}", json!({ "seed": seed, "rows": rows }));
    } else {
        print(&rows, seed);
    }
    match rows.iter().filter(|row| !row.is_clean()).count() {
        0 => Ok(()),
        wrong => Err(format!("{wrong} rows are not clean; seed {seed}").into()),
    }
}

async fn rows(options: &Overlaps, seed: u64) -> Result<Vec<Row>, Failure> {
    let mut rows = Vec::new();
    for latency_ms in LATENCIES_MS {
        rows.push(aimed::run(latency_ms, options.pairs, seed).await?);
    }
    for trouble in [Trouble::None, Trouble::Failures, Trouble::Kills] {
        for strategy in [Strategy::Queue, Strategy::Burst] {
            rows.push(Crowd { strategy, trouble, users: options.users, seed }.run().await?);
        }
    }
    Ok(rows)
}

impl Row {
    fn is_clean(&self) -> bool {
        self.verdict.lost() + self.stranded + self.verdict.doubled() + self.verdict.out_of_order == 0
            && self.verdict.violations.is_empty()
    }

    fn ended(&self, outcome: &str) -> u64 {
        self.verdict.by_outcome.get(outcome).copied().unwrap_or(0)
    }

    fn as_json(&self, seed: u64) -> Value {
        json!({
            "name": self.name,
            "messages": self.verdict.acknowledged,
            "lost": self.verdict.lost(),
            "stranded": self.stranded,
            "doubled": self.verdict.doubled(),
            "out_of_order": self.verdict.out_of_order,
            "refused": self.ended("refused"),
            "note": self.note,
            "verdict": self.verdict.as_json(seed),
        })
    }
}

fn print(rows: &[Row], seed: u64) {
    let title = format!("seed {seed}");
    println!("{title:<50} messages   lost  stranded  doubled  out of order  refused");
    for row in rows {
        let (name, verdict) = (&row.name, &row.verdict);
        let (lost, stranded, doubled) = (verdict.lost(), row.stranded, verdict.doubled());
        let (messages, refused) = (verdict.acknowledged, row.ended("refused"));
        let out_of_order = verdict.out_of_order;
        println!(
            "{name:<50} {messages:>8} {lost:>6} {stranded:>9} {doubled:>8} {out_of_order:>13} {refused:>8}   {}",
            row.note
        );
        verdict.violations.iter().for_each(|violation| println!("    {violation}"));
    }
}
