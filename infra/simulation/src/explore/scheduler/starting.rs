//! What starts a process: a delivery of the platform's, or a message of a queue.

use std::pin::Pin;
use std::sync::Arc;

use batch::Record;
use bot::Bot;
use dead_letter::DeadLetter;
use domain::Millis;
use intake::{Done, Intake, Request, Wish};
use io::Table;
use io::envelope::{DoorbellV1, NoticeV1};
use io::world::World;
use notify::Notify;
use processor::{Means, Processor, Shelf};
use stand_ins::sqs::rules::Received;
use turn::Chain;
use webhook::Webhook;

use super::super::people::{Deed, Delivery, Said};
use super::super::shared::AtWork;
use super::super::world::{View, locked};
use super::super::{Mutant, SECRET, START};
use super::{Ended, Job, Process, Scheduler};
use crate::credentials;
use crate::queues::{self, DEAD_LETTERS, DOORBELLS, NOTICES, URGENT};

/// Seconds until a process is killed, as in `template.yaml`.
const WEBHOOK_MS: i64 = 5_000;
const WORKER_MS: i64 = 60_000;
const NOTIFY_MS: i64 = 30_000;

impl Scheduler {
    pub(super) fn deliver_what_is_due(&mut self) {
        let now = locked(&self.shared).now_ms - START.0;
        while self.deliveries.last().is_some_and(|delivery| i64::try_from(delivery.at_ms).unwrap_or(0) <= now)
        {
            let Some(Delivery { said, .. }) = self.deliveries.pop() else { return };
            let view = self.view();
            {
                let mut shared = locked(&self.shared);
                shared.tell(|| format!("arrives: {said:?}, process {}", self.next_process));
                shared.ledger.said(&said);
            }
            if locked(&self.shared).mutant == Some(Mutant::AcknowledgedFirst) {
                locked(&self.shared).ledger.acknowledged(&said);
            }
            let future = arrival(view, self.bot.clone(), said.clone());
            self.start(Job::Webhook(said), future, WEBHOOK_MS, 0);
        }
    }

    /// The event source mappings: a visible message may be received now, or later.
    pub(super) fn receive_what_is_visible(&mut self) {
        for queue in [DOORBELLS, URGENT, NOTICES, DEAD_LETTERS] {
            let lane = [DOORBELLS, URGENT].iter().position(|lane| *lane == queue);
            if lane.and_then(|lane| self.caps.get(lane)).is_some_and(|cap| self.processors(queue) >= *cap) {
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
            queue: queue.to_owned(),
            receipt: received.receipt_handle.clone(),
            body: received.content.body.clone(),
            group: received.content.group.clone().unwrap_or_default(),
            received: received.receive_count,
            trace: String::new(),
        };
        let is_doorbell = [DOORBELLS, URGENT].contains(&queue);
        if is_doorbell && self.dies_at_once() {
            return;
        }
        self.notes_work(queue, &record);
        let (bot, credentials, http) = (self.bot.clone(), credentials(SECRET), view.clone());
        let future: Pin<Box<dyn Future<Output = Ended> + Send>> = match queue {
            DOORBELLS | URGENT => {
                let models = Chain::single(Arc::new(view.clone()));
                let outside = Arc::new(view.clone());
                let (scheduler, mailer) = (Arc::clone(&outside), outside);
                let shelf = Shelf::default();
                let skills = Arc::clone(&self.skills);
                let means = Means { credentials, models, skills, mailer }.into();
                let processor = Processor { world: view, http, bot, means, scheduler, news: None, shelf };
                Box::pin(async move { Ended::Verdict(processor.handle(record, deadline).await) })
            }
            NOTICES => {
                let notify = Notify { world: view, http, credentials: credentials.into(), bot, news: None };
                Box::pin(async move { Ended::Verdict(notify.handle(record, deadline).await) })
            }
            _ => {
                let credentials = credentials.into();
                let dead_letter = DeadLetter { world: view, http, credentials, bot, news: None };
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

    /// Processors that hold one of a lane's slots.
    fn processors(&self, lane: &str) -> usize {
        let of_lane = |job: &Job| matches!(job, Job::Queue(queue, _) if *queue == lane);
        let at_work = |process: &&Process| of_lane(&process.job) && !process.zombie;
        self.processes.iter().filter(at_work).count()
    }

    /// Remembers what the next process is at work on.
    fn notes_work(&self, queue: &str, record: &Record) {
        let message = DoorbellV1::parse(&record.body).and_then(|bell| bell.message()).ok();
        let at_work = AtWork {
            chat: message.as_ref().map(|message| message.address.chat.clone()).unwrap_or_default(),
            bell: message.map(|message| message.key.hash).filter(|_| [DOORBELLS, URGENT].contains(&queue)),
            last_rites: queue == DEAD_LETTERS,
            ..AtWork::default()
        };
        locked(&self.shared).at_work.insert(self.next_process, at_work);
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
}

/// What a person wants, as the owner's route answers it.
async fn acts(intake: &Intake<'_>, message: &domain::Message, wish: Wish<'_>) -> Ended {
    let (event, at) = (&message.key.hash, message.key.sent_at);
    let request = Request { conversation: &message.conversation, wish, event, at };
    Ended::Status(match intake.act(request).await {
        Ok(Done::Yes { .. }) => 200,
        Ok(Done::Unknown) => 404,
        Ok(Done::NotHeld | Done::NobodyThere) => 409,
        Err(_) => 503,
    })
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
            Deed::Due(name) => {
                let notice = NoticeV1::scheduled(name, &said.due());
                io::queues::tell(&view, &notice, 0).await.is_ok()
            }
            Deed::Hold => return acts(&intake, &message, Wish::TakeOver("ann")).await,
            Deed::Says => return acts(&intake, &message, Wish::Say(&message.text)).await,
            Deed::HandBack => return acts(&intake, &message, Wish::HandBack).await,
            Deed::Erase => table.erase(&message.conversation, &message.key.hash).await.is_ok(),
            _ => {
                let credentials = credentials(SECRET).into();
                let webhook = Webhook { world: view.clone(), bot: bot.clone(), credentials };
                return Ended::Status(webhook.receive(&said.request()).await.status);
            }
        };
        Ended::Status(if done { 200 } else { 503 })
    })
}
