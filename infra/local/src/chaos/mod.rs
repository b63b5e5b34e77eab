//! `chaos`: a stack of its own, dozens of users, and everything that can break broken at random; then quiet, and the
//! verdict. The processes, the signals and the connections are real; only the model and the platform are stand-ins.

pub mod bot;
pub mod evidence;
pub mod harm;
pub mod memory;
pub mod people;
pub mod quiet;
pub mod verdict;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use domain::turn::Strategy;

use crate::cli::{Chaos, Failure, Up};
use crate::lambda::SandboxView;
use crate::stack::Stack;
use crate::up;

use evidence::Evidence;
use memory::Memory;
use verdict::Verdict;

/// Timings in which a crash is overcome within seconds. Their order is that of a deployment.
pub const QUICK: &[&str] = &[
    "answer_timeout_ms=2000",
    "deadline_reserve_ms=2500",
    "lease_margin_ms=300",
    "clock_skew_ms=0",
    "processor_timeout_s=5",
    "visibility_timeout_s=6",
    "webhook_timeout_s=4",
    "notify_timeout_s=4",
    "notices_visibility_timeout_s=5",
    "poll_ms=100",
    "debounce_ms=150",
    "max_wait_ms=1000",
    "model_backoff_ms=50",
    "watch_after_s=6",
];
/// A stack lives for so long at the most: journals stay short, and both strategies have their turn.
const ROUND: Duration = Duration::from_mins(5);
/// Milliseconds that the model takes for an ordinary answer.
const MODEL_MS: u64 = 300;

/// A sandbox that ended.
#[derive(Debug, Clone, Copy)]
pub struct Death {
    /// When, in milliseconds since 1970.
    pub at_ms: u64,
    /// Of which function.
    pub function: &'static str,
}

/// What is between the functions and the services of the stack.
#[derive(Debug, Clone, Copy)]
pub enum Way {
    /// Nothing: it is measured what the functions cost, and not what it costs to hold them to their permissions.
    Open,
    /// Permissions, and a network that breaks as this seed has it.
    Breakable(u64),
}

/// Deaths as they happen.
pub type Deaths = Arc<Mutex<Vec<Death>>>;

/// Breaks, and prints the figures. An error when something was lost.
pub fn run(options: &Chaos) -> Result<(), Failure> {
    up::log("off");
    let seed = options.seed.unwrap_or_else(|| fastrand::u64(..1_000_000));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let verdict = runtime.block_on(rounds(options, seed))?;
    if options.json {
        println!("{}", verdict.as_json(seed));
    } else {
        verdict.print(seed);
    }
    match verdict.violations.len() {
        0 => Ok(()),
        wrong => Err(format!("chaos found {wrong} violations; seed {seed}").into()),
    }
}

async fn rounds(options: &Chaos, seed: u64) -> Result<Verdict, Failure> {
    let wanted = Duration::try_from_secs_f64(options.minutes * 60.0)?;
    let rounds = wanted.as_secs().div_ceil(ROUND.as_secs()).max(1);
    let count = if options.calm { 1 } else { u32::try_from(rounds)? };
    let mut all = Verdict::default();
    for number in 0..count {
        let seed = seed + u64::from(number);
        let strategy = if seed.is_multiple_of(2) { Strategy::Burst } else { Strategy::Queue };
        let (users, calm) = (options.users, options.calm);
        let round = Round { seed, users, time: wanted / count, strategy, calm };
        all.add(Box::pin(round.run()).await?);
    }
    Ok(all)
}

/// One stack from its start to its verdict.
struct Round {
    seed: u64,
    users: u32,
    time: Duration,
    strategy: Strategy,
    calm: bool,
}

impl Round {
    async fn run(self) -> Result<Verdict, Failure> {
        let bot = bot::folder(self.strategy)?;
        let (stack, deaths) = start(bot.path(), QUICK, MODEL_MS, 8, Way::Breakable(self.seed)).await?;
        if let Some(model) = &stack.engines.model.scripted {
            model.set_rules(people::rules());
        }
        let platform = stack.engines.telegram.clone().ok_or("there is no platform stand-in")?;
        let said = people::Said::default();
        let end = Instant::now() + self.time;
        let writing = people::write(&platform, &said, self.users, self.seed, end);
        let breaking = async {
            if self.calm { calm(end, &said).await } else { harm::until(end, &stack, self.seed, &said).await }
        };
        let writing = tokio::time::timeout_at(patience(end), writing);
        let (writing, kills, memory) = tokio::join!(writing, breaking, Memory::until(end, &stack));
        let is_quiet = quiet::wait(&stack).await && writing.is_ok();
        let evidence =
            Evidence { stack: &stack, said: &said.all(), deaths: &taken(&deaths), kills, is_quiet };
        let verdict = evidence.judge().await;
        stack.lambda.shut_down();
        let mut verdict = verdict?;
        if self.calm {
            verdict.violations.extend(memory.grown());
            verdict.memory = memory.held();
        }
        Ok(verdict)
    }
}

/// No harm, but a line of progress now and then.
async fn calm(end: Instant, said: &people::Said) -> harm::Kills {
    while Instant::now() < end {
        let left = end.saturating_duration_since(Instant::now());
        eprintln!("{} messages written; {} s left", said.count(), left.as_secs());
        tokio::time::sleep(left.min(Duration::from_secs(30))).await;
    }
    harm::Kills::default()
}

/// Whoever waits for the first attempt of a delivery by then waits in vain.
fn patience(end: Instant) -> tokio::time::Instant {
    (end + quiet::PATIENCE).into()
}

/// A stack in memory, on free ports.
pub async fn start(
    bot: &std::path::Path,
    settings: &[&str],
    model_ms: u64,
    model_concurrency: u16,
    way: Way,
) -> Result<(Stack, Deaths), Failure> {
    let mut settings: Vec<String> = settings.iter().map(|setting| (*setting).to_owned()).collect();
    settings.push(format!("model_delay_ms={model_ms}"));
    let (is_open, network_seed) = match way {
        Way::Open => (true, None),
        Way::Breakable(seed) => (false, Some(seed)),
    };
    let up = Up { is_open, ..Up::passing(bot, "chaos", settings, model_concurrency) };
    let deaths = Deaths::default();
    let noted = Arc::clone(&deaths);
    let watcher = move |view: &SandboxView| {
        if view.state == "gone" {
            let death = Death { at_ms: now_ms(), function: view.function };
            noted.lock().unwrap_or_else(PoisonError::into_inner).push(death);
        }
    };
    let stack = Box::pin(Stack::start(&up, network_seed, watcher)).await?;
    if stack.engines.model.scripted.is_none() {
        return Err("chaos asks the scripted model only: unset OPENAI_API_KEY and OPENAI_BASE_URL".into());
    }
    stack.lambda.wait_until_warm(Duration::from_secs(10)).await;
    Ok((stack, deaths))
}

/// As many processors as there may be, and some webhooks: their start is not what is measured.
pub async fn warm(stack: &Stack, processors: u16) {
    for _ in 1..processors {
        stack.lambda.warm("processor");
    }
    for _ in 0..8 {
        stack.lambda.warm("webhook");
    }
    stack.lambda.wait_until_warm(Duration::from_secs(30)).await;
}

/// Those so far.
pub fn taken(deaths: &Deaths) -> Vec<Death> {
    deaths.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// The machine's clock, which the stand-ins go by as well.
pub fn now_ms() -> u64 {
    u64::try_from(startup::now().0).unwrap_or(0)
}
