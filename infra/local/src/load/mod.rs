//! `load`: messages arrive at times that are fixed beforehand, whatever becomes of those before (an open loop), through the
//! signed webhook of a platform, on a stack of its own as `up` has it. A latency counts from the *intended* time: who has to
//! wait until the generator comes round to writing, waits.
//!
//! Generator, stand-ins and functions share the machine. What each took of its processor is told.

mod arrivals;
mod figures;
mod plot;
mod press;
mod report;
mod scenario;
mod usage;

use std::path::Path;
use std::time::{Duration, Instant};

use crate::chaos::evidence::Evidence;
use crate::chaos::harm::Kills;
use crate::chaos::memory::Memory;
use crate::chaos::people::Said;
use crate::chaos::{self, Way, bot, quiet};
use crate::cli::{Failure, Load};
use crate::stack::Stack;
use crate::up;
use press::Press;
use report::Report;
use scenario::Plan;
pub use scenario::Scenario;
use usage::Usage;

/// No message grows too old to be answered, however long it waits: what waits long shall be seen to.
const PATIENT: &str = "stale_after_ms=3600000";

/// Presses, and prints the figures. An error when anything was lost or doubled, or a delivery was not acknowledged.
pub fn run(options: &Load) -> Result<(), Failure> {
    up::log("off");
    let plan = Plan::of(options)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let report = runtime.block_on(press(&plan))?;
    if let Some(file) = &options.plot {
        write_plot(&report, file)?;
    }
    if options.json {
        println!("{}", report.as_json());
    } else {
        report.print();
    }
    report.judge()
}

fn write_plot(report: &Report, file: &Path) -> Result<(), Failure> {
    std::fs::write(file, plot::svg(report))
        .map_err(|why| format!("the plot cannot be written to {}: {why}", file.display()).into())
}

async fn press(plan: &Plan) -> Result<Report, Failure> {
    let bot = bot::folder(plan.strategy)?;
    let settings: Vec<&str> =
        std::iter::once(PATIENT).chain(plan.settings.iter().map(String::as_str)).collect();
    let (stack, deaths) = chaos::start(bot.path(), &settings, plan.call_ms, plan.cap, Way::Open).await?;
    chaos::warm(&stack, plan.cap).await;
    if let Some(model) = &stack.engines.model.scripted {
        model.set_rules(plan.rules());
    }
    let platform = stack.engines.telegram.clone().ok_or("there is no platform stand-in")?;
    let said = Said::default();
    let arrivals = arrivals::fixed(plan);
    let before = Usage::look(&stack);
    let end = Instant::now() + arrivals.last().map_or(Duration::ZERO, |last| last.at);
    let press = Press { platform: &platform, said: &said, progress: !plan.is_quiet };
    let (sent, kills, memory) =
        tokio::join!(press.all(&arrivals), kill(&stack, plan.kill_every, end), Memory::until(end, &stack));
    let is_quiet = quiet::wait(&stack).await;
    let spent = Usage::look(&stack).since(&before);
    let said = said.all();
    let seen = press.seen(&said);
    let deaths = chaos::taken(&deaths);
    let evidence = Evidence { stack: &stack, said: &said, deaths: &deaths, kills, is_quiet };
    let verdict = evidence.judge().await;
    stack.lambda.shut_down();
    let mut verdict = verdict?;
    verdict.memory = memory.held();
    Ok(Report::of(plan, &sent, &seen, spent, verdict))
}

/// Kills a processor at its work again and again, if the plan says so.
async fn kill(stack: &Stack, every: Option<Duration>, end: Instant) -> Kills {
    let mut kills = Kills::default();
    let Some(every) = every else { return kills };
    while Instant::now() + every < end {
        tokio::time::sleep(every).await;
        kills.processor += stack.lambda.kill_busy("processor", 0) as u64;
    }
    kills
}
