//! The seeded scheduler: which process goes on, what time it is, who dies.

mod ending;
mod starting;

use std::ops::RangeInclusive;
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use batch::Verdict;
use bot::Bot;
use fastrand::Rng;
use io::envelope::DoorbellV1;
use io::world::{Queue, QueueRequest};
use skills::Skills;

use super::faults::Faults;
use super::people::{Delivery, Said, plan};
use super::shared::Shared;
use super::world::{View, locked};
use super::{BOT, Report, Setup};
use crate::queues::{self, DEAD_LETTERS, DOORBELLS, NOTICES, URGENT};

/// A run that takes longer does not settle.
const STEPS_MAX: u64 = 60_000;
/// The same of a long script.
const STEPS_PER_DELIVERY: u64 = 2_000;

/// How long a worker sleeps that falls asleep: past its own lease, and past that of the next.
pub(super) const ASLEEP_MS: i64 = 150_000;

enum Job {
    Webhook(Said),
    Queue(&'static str, String),
}

enum Ended {
    Status(u16),
    Verdict(Verdict),
}

struct Process {
    id: u64,
    job: Job,
    future: Pin<Box<dyn Future<Output = Ended> + Send>>,
    deadline: i64,
    /// It can go on from then.
    ready_at: i64,
    /// It outlives its deadline.
    zombie: bool,
}

impl Process {
    /// When something happens to it: it can go on, or is killed.
    fn next_change(&self) -> i64 {
        if self.zombie { self.ready_at } else { self.ready_at.min(self.deadline + 1) }
    }
}

pub(super) struct Scheduler {
    shared: Arc<Mutex<Shared>>,
    bot: Bot,
    skills: Arc<Skills>,
    /// How many processors may run at once for each lane: ordinary messages, urgent ones.
    caps: [usize; 2],
    /// How long a call over the seam takes, in milliseconds.
    step_ms: RangeInclusive<i64>,
    /// How often the dead letters are still to be put back.
    replays: u32,
    /// What is still to be delivered, latest first.
    deliveries: Vec<Delivery>,
    users: Vec<u64>,
    processes: Vec<Process>,
    next_process: u64,
}

impl Scheduler {
    pub(super) fn new(setup: &Setup) -> Scheduler {
        let mut rng = Rng::with_seed(setup.seed);
        let faults = setup.faults.clone().unwrap_or_else(|| Faults::drawn(&mut rng));
        let mut deliveries = setup.script.clone().unwrap_or_else(|| plan(&mut rng, &faults));
        deliveries.sort_by_key(|delivery| (delivery.at_ms, delivery.said.user, delivery.said.message_id));
        deliveries.reverse();
        let mut users: Vec<u64> = deliveries.iter().map(|delivery| delivery.said.user).collect();
        users.sort_unstable();
        users.dedup();
        let shared = Arc::new(Mutex::new(Shared::new(rng, faults, setup)));
        let bot = bot(setup);
        #[expect(clippy::expect_used, reason = "a wrong prompt ends the test")]
        let skills = crate::skills(&bot).expect("skills");
        Scheduler {
            shared,
            skills,
            bot,
            caps: [setup.cap, setup.urgent_cap],
            step_ms: setup.step_ms.clone(),
            replays: setup.replays,
            deliveries,
            users,
            processes: Vec::new(),
            next_process: 1,
        }
    }

    pub(super) fn run(mut self) -> Report {
        let mut steps = 0;
        let steps_max = STEPS_MAX.max(self.deliveries.len() as u64 * STEPS_PER_DELIVERY);
        while self.step() || self.replay() {
            steps += 1;
            if steps > steps_max {
                locked(&self.shared).ledger.violate("the run does not settle");
                break;
            }
        }
        self.processes.clear();
        let transcripts = self.transcripts();
        let spent = self.accounts();
        let mut shared = locked(&self.shared);
        shared.ledger.close(&transcripts);
        let mut figures = shared.ledger.figures.clone();
        figures.calls = shared.calls;
        let violations = shared.ledger.violations.iter().cloned().collect();
        let (outcomes, shown) = (shared.ledger.outcomes.clone(), shared.ledger.shown.clone());
        let in_flight_max = shared.ledger.in_flight_max();
        let (asked, turned_away) = (shared.ledger.prompts.clone(), shared.ledger.turned_away.clone());
        let mailed = shared.mails.clone();
        Report {
            violations,
            figures,
            outcomes,
            shown,
            asked,
            mailed,
            in_flight_max,
            turned_away,
            spent,
            trace: shared.fingerprint(),
        }
    }

    /// One process goes one step, or time passes. False: nothing is left to do.
    fn step(&mut self) -> bool {
        self.deliver_what_is_due();
        self.receive_what_is_visible();
        self.kill_what_is_overdue();
        let now = locked(&self.shared).now_ms;
        let ready: Vec<usize> =
            self.processes.iter().enumerate().filter(|(_, p)| p.ready_at <= now).map(|(at, _)| at).collect();
        let chosen = locked(&self.shared).rng.choice(ready);
        match chosen {
            Some(at) => {
                self.go_on(at);
                true
            }
            None => self.pass_time(),
        }
    }

    fn go_on(&mut self, at: usize) {
        let process = self.processes.swap_remove(at);
        let (crash, zombie) = {
            let mut shared = locked(&self.shared);
            let (crash, zombie) = (shared.faults.crash, shared.faults.zombie);
            (shared.fails(crash), matches!(process.job, Job::Queue(..)) && shared.fails(zombie))
        };
        if crash {
            self.died(process);
        } else if zombie {
            let ready_at = process.ready_at + ASLEEP_MS;
            locked(&self.shared).ledger.fell(process.id);
            self.processes.push(Process { zombie: true, ready_at, ..process });
        } else {
            self.poll(process);
        }
        let mut shared = locked(&self.shared);
        let jump = shared.faults.jump;
        let step_ms = if shared.fails(jump) { 3_000..=20_000 } else { self.step_ms.clone() };
        shared.now_ms += shared.rng.i64(step_ms);
    }

    fn poll(&mut self, mut process: Process) {
        {
            let mut shared = locked(&self.shared);
            shared.step = super::shared::Step { process: process.id, ..super::shared::Step::default() };
        }
        let polled = process.future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        let (step, now) = {
            let shared = locked(&self.shared);
            (shared.step, shared.now_ms)
        };
        match polled {
            Poll::Ready(ended) => self.ended(&process, &ended),
            Poll::Pending if step.died => self.died(process),
            Poll::Pending => {
                if step.sleeps {
                    process.zombie = true;
                    locked(&self.shared).ledger.fell(process.id);
                }
                process.ready_at =
                    if step.ready { now } else { step.wake_at.unwrap_or(process.deadline + 1) };
                self.processes.push(process);
            }
        }
    }

    fn ended(&mut self, process: &Process, ended: &Ended) {
        locked(&self.shared).ledger.living.remove(&process.id);
        self.say_what_was_kept(process.id);
        match (&process.job, ended) {
            (Job::Webhook(said), Ended::Status(200)) => locked(&self.shared).ledger.acknowledged(said),
            // Told no: nobody asks again.
            (Job::Webhook(_), Ended::Status(400..500)) => {}
            (Job::Webhook(said), _) => self.deliver_again(said.clone()),
            (Job::Queue(queue, receipt), Ended::Verdict(Verdict::Done)) => {
                let mut shared = locked(&self.shared);
                let now = shared.queue_time();
                // A receipt that has expired deletes nothing: the message comes again, as on AWS.
                let _ = shared.queues.delete(queue, receipt, now);
            }
            _ => {}
        }
    }

    /// What a process has left over when it ends: a mutant's writes and words.
    fn say_what_was_kept(&mut self, process: u64) {
        let mut shared = locked(&self.shared);
        let Some(at_work) = shared.at_work.remove(&process) else { return };
        if let Some(held_back) = at_work.held_back {
            let _ = shared.effect(&held_back);
        }
        for (chat, text) in at_work.unsaid {
            shared.shows(&chat, &text);
        }
    }

    fn died(&mut self, process: Process) {
        {
            let mut shared = locked(&self.shared);
            shared.tell(|| format!("process {} dies", process.id));
            shared.ledger.fell(process.id);
            shared.ledger.figures.deaths += 1;
            shared.at_work.remove(&process.id);
        }
        if let Job::Webhook(said) = process.job {
            self.deliver_again(said);
        }
    }

    /// The platform tries again what was not acknowledged.
    fn deliver_again(&mut self, said: Said) {
        let at_ms = {
            let mut shared = locked(&self.shared);
            if shared.ledger.is_acknowledged(&said) {
                return;
            }
            let pause = shared.rng.choice([1_000, 10_000, 60_000]).unwrap_or(1_000);
            u64::try_from(shared.now_ms - super::START.0).unwrap_or(0) + pause
        };
        let at = self.deliveries.partition_point(|delivery| delivery.at_ms > at_ms);
        self.deliveries.insert(at, Delivery { at_ms, said });
    }

    /// The owner puts every kept dead letter back into the queue. False: no more.
    fn replay(&mut self) -> bool {
        if self.replays == 0 {
            return false;
        }
        self.replays -= 1;
        let mut shared = locked(&self.shared);
        shared.faults.processor_dies = 0;
        let now = shared.queue_time();
        for (at, body) in shared.table.dead_letters().into_iter().enumerate() {
            let Ok(message) = DoorbellV1::parse(&body).and_then(|bell| bell.message()) else { continue };
            let (group, dedup) = (message.conversation.to_string(), format!("replay.{}.{at}", self.replays));
            let ring = QueueRequest::Ring { queue: Queue::Doorbells, group, dedup, body };
            shared.ledger.figures.replayed +=
                u64::from(queues::execute(&mut shared.queues, ring, now).is_ok());
        }
        true
    }

    /// Lambda kills what is past its deadline.
    fn kill_what_is_overdue(&mut self) {
        let now = locked(&self.shared).now_ms;
        let overdue = |process: &Process| process.deadline < now && !process.zombie;
        while let Some(at) = self.processes.iter().position(overdue) {
            let process = self.processes.swap_remove(at);
            self.died(process);
        }
    }

    /// To the next moment at which something can happen. False: there is none.
    fn pass_time(&mut self) -> bool {
        let mut shared = locked(&self.shared);
        let now = shared.now_ms;
        let delivery = self.deliveries.last().map(|d| super::START.0 + i64::try_from(d.at_ms).unwrap_or(0));
        let process = self.processes.iter().map(Process::next_change).min();
        let queue_time = shared.queue_time();
        let queues = [DOORBELLS, URGENT, NOTICES, DEAD_LETTERS].map(|queue| {
            let counts = shared.queues.messages(queue, queue_time).map_or(0, |messages| messages.len());
            // What is visible was passed over by chance: look again soon.
            let visible = shared.queues.has_open(queue).then_some(now + 5);
            let held = shared.queues.next_change(queue, queue_time).and_then(|at| i64::try_from(at).ok());
            (counts > 0).then_some(visible.or(held)).flatten()
        });
        let next = delivery.into_iter().chain(process).chain(queues.into_iter().flatten()).min();
        let Some(next) = next else { return false };
        shared.now_ms = next.max(now + 1);
        true
    }

    fn view(&self) -> View {
        let skew_ms = {
            let mut shared = locked(&self.shared);
            if shared.faults.platform {
                shared.rng.choice([0, 0, 0, 30_000, -30_000]).unwrap_or(0)
            } else {
                0
            }
        };
        View { shared: Arc::clone(&self.shared), skew_ms }
    }
}

/// What users may subscribe to. Nobody rings for them but a script.
const SCHEDULES: &str = r#"
[[schedules]]
name = "news"
at = "rate(1 day)"
prompt = "the news of the day"
[[schedules]]
name = "tea"
at = "rate(1 day)"
says = "Tea!"
"#;

fn bot(setup: &Setup) -> Bot {
    let Setup { strategy, when_full, bot, limits, .. } = setup;
    let toml = format!(
        "name = \"{BOT}\"\nstrategy = \"{strategy}\"\nwhen_full = \"{when_full}\"\n{bot}\n{SCHEDULES}[settings.tone]\n[limits]\n{limits}"
    );
    let files = [("bot.toml", toml.as_str()), ("prompts/default.md", "Be kind.")];
    let files = files.map(|(name, text)| (name.to_owned(), text.to_owned())).into();
    #[expect(clippy::expect_used, reason = "a wrong strategy ends the test")]
    Bot::of(Path::new("demo"), &files).expect("a bot")
}
