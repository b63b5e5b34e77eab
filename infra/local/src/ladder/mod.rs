//! `ladder`: more and more users write at once, through the signed webhook of a platform, on a stack of its own as `up` has
//! it. How long each waits is set beside what the model's times and the slots alone would take; how many calls are in
//! flight is counted by the model.
//!
//! Order between users is a property of the queue's stand-in: AWS promises none between groups.

mod crowd;
mod figures;
mod floor;
mod noise;
mod report;

use std::time::Duration;

use domain::turn::Strategy;
use fastrand::Rng;

use crate::chaos::evidence::Evidence;
use crate::chaos::harm::Kills;
use crate::chaos::people::Said;
use crate::chaos::verdict::Verdict;
use crate::chaos::{self, Way, bot, quiet};
use crate::cli::{Failure, Ladder};
use crate::stack::Stack;
use crate::up;
use crowd::{Crowd, Seen};
use report::Report;

/// Milliseconds that the model takes on a step.
const STEP_MS: std::ops::RangeInclusive<u64> = 2_000..=3_000;
/// No message grows too old to be answered, however many write.
const SETTINGS: &[&str] = &["stale_after_ms=3600000"];
/// Users have words of three digits.
const USERS_MAX: u32 = 1_000;
/// Between two crowds: every slot is free again.
const PAUSE: Duration = Duration::from_secs(2);

/// Measures, and prints a table. An error when a call too many was in flight, or anything was lost or doubled.
pub fn run(options: &Ladder) -> Result<(), Failure> {
    up::log("off");
    if options.steps.iter().chain(&options.users).any(|users| !(1..=USERS_MAX).contains(users)) {
        return Err(format!("--steps and --users take numbers from 1 to {USERS_MAX}").into());
    }
    let seed = options.seed.unwrap_or_else(|| fastrand::u64(..1_000_000));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let report = runtime.block_on(climb(options, seed))?;
    if options.json {
        println!("{}", report.as_json());
    } else {
        report.print();
    }
    report.judge()
}

async fn climb(options: &Ladder, seed: u64) -> Result<Report, Failure> {
    let bot = bot::folder(Strategy::Queue)?;
    let (stack, deaths) = chaos::start(bot.path(), SETTINGS, options.call_ms, options.cap, Way::Open).await?;
    chaos::warm(&stack, options.cap).await;
    let (said, mut seen) = (Said::default(), Vec::new());
    for crowd in crowds(options, seed) {
        tokio::time::sleep(PAUSE).await;
        seen.push(crowd.write(&stack, &said).await?);
    }
    eprintln!("waiting until nothing is on its way");
    let is_quiet = quiet::wait(&stack).await;
    let (said, deaths) = (said.all(), chaos::taken(&deaths));
    let evidence =
        Evidence { stack: &stack, said: &said, deaths: &deaths, kills: Kills::default(), is_quiet };
    let verdict = evidence.judge().await;
    stack.lambda.shut_down();
    Ok(report(options, seed, seen, verdict?, &stack))
}

fn report(options: &Ladder, seed: u64, seen: Vec<Seen>, verdict: Verdict, stack: &Stack) -> Report {
    let journal = stack.engines.model.scripted.as_ref().map(stand_ins::model::Handle::journal);
    let in_flight_max = journal.iter().flatten().map(|record| record.in_flight).max().unwrap_or(0);
    Report { seed, cap: usize::from(options.cap), seen, in_flight_max, verdict }
}

/// The steps from the lowest, each so many rounds, then the crowds.
fn crowds(options: &Ladder, seed: u64) -> Vec<Crowd> {
    let (mut chance, cap) = (Rng::with_seed(seed), usize::from(options.cap));
    let mut drawn = |users: u32| (0..users).map(|_| chance.u64(STEP_MS)).collect();
    let rounds = |users: &u32| std::iter::repeat_n(*users, options.rounds as usize);
    let steps = options.steps.iter().flat_map(rounds).map(&mut drawn);
    let mut all: Vec<Vec<u64>> = steps.collect();
    all.extend(options.users.iter().map(|users| vec![options.call_ms; *users as usize]));
    (1..).zip(all).map(|(number, calls_ms)| Crowd { number, calls_ms, cap }).collect()
}
