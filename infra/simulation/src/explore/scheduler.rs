//! The seeded scheduler: which process goes on, what time it is, who dies.

use std::collections::BTreeMap;
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use batch::{Record, Verdict};
use bot::Bot;
use dead_letter::DeadLetter;
use domain::{Address, Channel, ConversationKey, Limits, Millis};
use fastrand::Rng;
use intake::Intake;
use io::Table;
use io::envelope::DoorbellV1;
use io::world::{QueueRequest, World};
use notify::Notify;
use processor::Processor;
use stand_ins::sqs::rules::Received;
use webhook::Webhook;

use super::faults::Faults;
use super::people::{Deed, Delivery, Said, plan};
use super::shared::{AtWork, Shared};
use super::world::{View, locked};
use super::{BOT, Report, SECRET, Setup};
use crate::credentials;
use crate::queues::{self, DEAD_LETTERS, DOORBELLS, NOTICES};

/// A run that takes longer does not settle.
const STEPS_MAX: u64 = 60_000;
/// The same of a long script.
const STEPS_PER_DELIVERY: u64 = 2_000;

/// How long a worker sleeps that falls asleep: past its own lease, and past that of the next.
pub(super) const ASLEEP_MS: i64 = 150_000;

/// Seconds until a process is killed, as in `template.yaml`.
const WEBHOOK_MS: i64 = 5_000;
const WORKER_MS: i64 = 60_000;
const NOTIFY_MS: i64 = 30_000;

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
    /// How many processors may run at once.
    cap: usize,
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
        Scheduler {
            shared,
            bot: bot(setup),
            cap: setup.cap,
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
        let mut shared = locked(&self.shared);
        shared.ledger.close(&transcripts);
        let mut figures = shared.ledger.figures.clone();
        figures.calls = shared.calls;
        let violations = shared.ledger.violations.iter().cloned().collect();
        let (outcomes, shown) = (shared.ledger.outcomes.clone(), shared.ledger.shown.clone());
        let asked = shared.ledger.prompts.clone();
        Report { violations, figures, outcomes, shown, asked, trace: shared.fingerprint() }
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
        let step_ms = if shared.fails(jump) { [3_000, 20_000] } else { [2, 10] };
        shared.now_ms += shared.rng.i64(step_ms[0]..=step_ms[1]);
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

    fn deliver_what_is_due(&mut self) {
        let now = locked(&self.shared).now_ms - super::START.0;
        while self.deliveries.last().is_some_and(|delivery| i64::try_from(delivery.at_ms).unwrap_or(0) <= now)
        {
            let Some(Delivery { said, .. }) = self.deliveries.pop() else { return };
            let view = self.view();
            {
                let mut shared = locked(&self.shared);
                shared.tell(|| format!("arrives: {said:?}, process {}", self.next_process));
                shared.ledger.said(&said);
            }
            if locked(&self.shared).mutant == Some(super::Mutant::AcknowledgedFirst) {
                locked(&self.shared).ledger.acknowledged(&said);
            }
            let future = arrival(view, self.bot.clone(), said.clone());
            self.start(Job::Webhook(said), future, WEBHOOK_MS, 0);
        }
    }

    /// The event source mappings: a visible message may be received now, or later.
    fn receive_what_is_visible(&mut self) {
        for queue in [DOORBELLS, NOTICES, DEAD_LETTERS] {
            if queue == DOORBELLS && self.processors() >= self.cap {
                continue;
            }
            let received = {
                let mut shared = locked(&self.shared);
                if shared.rng.bool() {
                    continue;
                }
                let now = shared.queue_time();
                queues::receive(&mut shared.queues, queue, now)
            };
            if let Some(received) = received {
                self.invoke(queue, &received);
            }
        }
    }

    fn invoke(&mut self, queue: &'static str, received: &Received) {
        let view = self.view();
        let (late_ms, life_ms) = {
            let mut shared = locked(&self.shared);
            // Held back by a throttle: most of its visibility may be gone when it starts.
            let late = if shared.faults.held_back && shared.rng.u32(0..100) < 10 { 60_000 } else { 0 };
            (late, if queue == NOTICES { NOTIFY_MS } else { WORKER_MS })
        };
        let deadline = Millis(locked(&self.shared).now_ms + late_ms + life_ms + view.skew_ms);
        let record = Record {
            id: received.sequence.to_string(),
            receipt: received.receipt_handle.clone(),
            body: received.content.body.clone(),
            group: received.content.group.clone().unwrap_or_default(),
            received: received.receive_count,
        };
        if queue == DOORBELLS && self.dies_at_once() {
            return;
        }
        self.notes_work(queue, &record);
        let (bot, credentials, http) = (self.bot.clone(), credentials(SECRET), view.clone());
        let future: Pin<Box<dyn Future<Output = Ended> + Send>> = match queue {
            DOORBELLS => {
                let model = Arc::new(view.clone());
                let processor = Processor { world: view, http, credentials, bot, model };
                Box::pin(async move { Ended::Verdict(processor.handle(record, deadline).await) })
            }
            NOTICES => {
                let notify = Notify { world: view, http, credentials, bot };
                Box::pin(async move { Ended::Verdict(notify.handle(record, deadline).await) })
            }
            _ => {
                let dead_letter = DeadLetter { world: view, http, credentials, bot };
                Box::pin(async move { Ended::Verdict(dead_letter.handle(record, deadline).await) })
            }
        };
        self.start(Job::Queue(queue, received.receipt_handle.clone()), future, life_ms, late_ms);
    }

    fn dies_at_once(&self) -> bool {
        let mut shared = locked(&self.shared);
        let thousandths = shared.faults.processor_dies;
        let dies = shared.fails(thousandths);
        shared.ledger.figures.deaths += u64::from(dies);
        dies
    }

    /// Processors that hold one of the slots.
    fn processors(&self) -> usize {
        let at_work = |process: &&Process| matches!(process.job, Job::Queue(DOORBELLS, _)) && !process.zombie;
        self.processes.iter().filter(at_work).count()
    }

    /// Remembers what the next process is at work on.
    fn notes_work(&self, queue: &str, record: &Record) {
        let message = DoorbellV1::parse(&record.body).and_then(|bell| bell.message()).ok();
        let at_work = AtWork {
            chat: message.as_ref().map(|message| message.address.chat.clone()).unwrap_or_default(),
            bell: message.map(|message| message.key.hash).filter(|_| queue == DOORBELLS),
            last_rites: queue == DEAD_LETTERS,
            ..AtWork::default()
        };
        locked(&self.shared).at_work.insert(self.next_process, at_work);
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
            let ring = QueueRequest::Ring { group, dedup, body };
            shared.ledger.figures.replayed +=
                u64::from(queues::execute(&mut shared.queues, ring, now).is_ok());
        }
        true
    }

    fn start(
        &mut self,
        job: Job,
        future: Pin<Box<dyn Future<Output = Ended> + Send>>,
        life_ms: i64,
        late_ms: i64,
    ) {
        let ready_at = locked(&self.shared).now_ms + late_ms;
        let id = self.next_process;
        self.next_process += 1;
        locked(&self.shared).ledger.living.insert(id);
        self.processes.push(Process {
            id,
            job,
            future,
            deadline: ready_at + life_ms,
            ready_at,
            zombie: false,
        });
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
        let queues = [DOORBELLS, NOTICES, DEAD_LETTERS].map(|queue| {
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

    /// What the table holds at the end, read without faults.
    fn transcripts(&self) -> BTreeMap<u64, domain::turn::Transcript> {
        locked(&self.shared).faults = Faults::none();
        locked(&self.shared).mutant = None;
        let view = View { shared: Arc::clone(&self.shared), skew_ms: 0 };
        let limits = Limits { history_items_max: 500, ..Limits::default() };
        let read = |user: &u64| {
            let address = Address { channel: Channel::of("telegram"), chat: user.to_string(), thread: None };
            let conversation = ConversationKey::of(BOT, &address);
            let table = io::Table::of(&view);
            let mut reading = Box::pin(table.transcript(&conversation, &limits));
            loop {
                if let Poll::Ready(read) = reading.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                    return (*user, read.unwrap_or_default());
                }
            }
        };
        self.users.iter().map(read).collect()
    }
}

/// What a deed does when it arrives: a webhook, or a step of the owner's.
fn arrival(view: View, bot: Bot, said: Said) -> Pin<Box<dyn Future<Output = Ended> + Send>> {
    Box::pin(async move {
        let message = said.message(view.now());
        let intake = Intake { world: &view, bot: &bot };
        let table = Table::of(&view);
        let done = match said.deed {
            // No platform with a codec yet reports an unsend.
            Deed::Unsend(_) => intake.unsend(&message).await.is_ok(),
            Deed::Hold => table.hold(&message.conversation, "ann").await.is_ok(),
            Deed::HandBack => table.hand_back(&message.conversation).await.is_ok(),
            Deed::Erase => table.erase(&message.conversation, &message.key.hash).await.is_ok(),
            _ => {
                let webhook =
                    Webhook { world: view.clone(), bot: bot.clone(), credentials: credentials(SECRET) };
                return Ended::Status(webhook.receive(&said.request()).await.status);
            }
        };
        Ended::Status(if done { 200 } else { 503 })
    })
}

fn bot(setup: &Setup) -> Bot {
    let Setup { strategy, when_full, limits, .. } = setup;
    let toml = format!(
        "name = \"{BOT}\"\nstrategy = \"{strategy}\"\nwhen_full = \"{when_full}\"\n[settings.tone]\n[limits]\n{limits}"
    );
    let files = [("bot.toml", toml.as_str()), ("prompts/default.md", "Be kind.")];
    let files = files.map(|(name, text)| (name.to_owned(), text.to_owned())).into();
    #[expect(clippy::expect_used, reason = "a wrong strategy ends the test")]
    Bot::of(Path::new("demo"), &files).expect("a bot")
}
