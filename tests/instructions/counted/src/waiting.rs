//! A message that was taken in and waits, and those who come for it: the processor with its doorbell, notify with its watch.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::Arc;

use batch::{Record, Verdict};
use channels::Credentials;
use domain::Outcome;
use io::Table;
use io::envelope::DoorbellV1;
use io::world::QueueRequest;
use mail::NoMailer;
use notify::Notify;
use processor::{Means, Processor, Shelf};
use scheduler::NoScheduler;
use skills::Skills;
use tokio::runtime::{Builder, Runtime};
use turn::Chain;
use webhook::Webhook;

use crate::kept::{Kept, State};
use crate::scene::{Delivery, NOW, Scene};

/// Until the doorbell is handled: the quiet window is over by then.
const QUEUED_MS: u64 = 5_000;
/// The payloads were written an hour before they arrive, which is no reason here not to answer them.
const STALE_AFTER_MS: u64 = 86_400_000;

/// The world as it is then. Every operation begins with it anew.
pub struct Waiting {
    world: Kept,
    before: State,
    doorbell: Record,
    watch: Record,
    processor: Processor<Kept, Kept>,
    notify: Notify<Kept, Kept>,
    runtime: Runtime,
}

impl Waiting {
    /// For this message. Both operations are seen to do what they are for.
    pub fn of(scene: &Scene, delivery: &Delivery<'_>) -> Waiting {
        let world = Kept::at(NOW);
        let mut bot = scene.webhook.bot.clone();
        bot.limits.stale_after_ms = STALE_AFTER_MS;
        let webhook =
            Webhook { world: world.clone(), bot: bot.clone(), credentials: scene.proofs.clone().into() };
        let runtime = Builder::new_current_thread().build().unwrap();
        assert!(runtime.block_on(webhook.receive(&delivery.request)).status < 300);
        world.state().now = NOW + QUEUED_MS;
        let before = world.state().clone();
        let means = Means {
            credentials: means_to_say(),
            models: Chain::single(Arc::new(world.clone())),
            skills: Arc::new(Skills::of(&bot, &BTreeMap::new(), &BTreeMap::new()).unwrap()),
            mailer: Arc::new(NoMailer),
        };
        let waiting = Waiting {
            doorbell: before.queued.iter().find_map(doorbell).unwrap(),
            watch: before.queued.iter().find_map(notice).unwrap(),
            processor: Processor {
                world: world.clone(),
                http: world.clone(),
                bot: bot.clone(),
                means: means.into(),
                scheduler: Arc::new(NoScheduler),
                news: None,
                shelf: Shelf::default(),
            },
            notify: Notify {
                world: world.clone(),
                http: world.clone(),
                credentials: means_to_say().into(),
                bot,
                news: None,
            },
            world,
            before,
            runtime,
        };
        waiting.check();
        waiting
    }

    /// A whole turn: from the doorbell to the outcome.
    pub fn turn(&self) -> Verdict {
        self.world.state().clone_from(&self.before);
        self.runtime.block_on(self.processor.handle(black_box(self.doorbell.clone()), NOW + 60_000))
    }

    /// A notice of what nobody works on yet: the user is told that it still works, and the doorbell rung again.
    pub fn notify(&self) -> Verdict {
        self.world.state().clone_from(&self.before);
        self.runtime.block_on(self.notify.handle(black_box(self.watch.clone()), NOW + 60_000))
    }

    fn check(&self) {
        assert_eq!((self.notify(), self.called()), (Verdict::Again, 1));
        assert_eq!((self.turn(), self.outcome()), (Verdict::Done, Some(Outcome::Answered)));
        assert!(self.called() > 0);
    }

    fn called(&self) -> usize {
        self.world.state().called
    }

    fn outcome(&self) -> Option<Outcome> {
        let message = DoorbellV1::parse(&self.doorbell.body).unwrap().message().unwrap();
        let request = message.request_id();
        let answer = self.runtime.block_on(Table::of(&self.world).covering_answer(&request)).unwrap();
        answer.and_then(|answer| answer.outcome_of(&request.key))
    }
}

/// What is needed to say something.
fn means_to_say() -> Credentials {
    let is_needed = |name: &str| name.ends_with("_TOKEN") || name.ends_with("_ID");
    let read = |name: &str| is_needed(name).then(|| "1:t".to_owned()).into_iter().collect();
    Credentials::read(|_| true, read, 1_000)
}

fn doorbell(request: &QueueRequest) -> Option<Record> {
    let QueueRequest::Ring { group, body, .. } = request else { return None };
    Some(Record { queue: "doorbells.fifo".to_owned(), group: group.clone(), ..record(body) })
}

fn notice(request: &QueueRequest) -> Option<Record> {
    let QueueRequest::Notice { body, .. } = request else { return None };
    Some(Record { queue: "notices".to_owned(), ..record(body) })
}

fn record(body: &str) -> Record {
    let (id, receipt) = ("1".to_owned(), "r".to_owned());
    Record { id, receipt, body: body.to_owned(), received: 1, ..Record::default() }
}
