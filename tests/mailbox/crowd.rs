//! T7: sixty-four tasks bring one user's messages while the processor answers what waits. Never do eleven wait, and when
//! all is quiet every message has been answered or refused, once.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use batch::{Record, Verdict};
use bot::Bot;
use domain::{
    Address, Channel, ConversationKey, Handles, Message, MessageHash, MessageKey, MessageKind, Millis,
    Outcome, Token,
};
use intake::{Intake, Taken};
use io::table::audit::{Ledger, Tolerance};
use io::table::{MAILBOX, read_mailbox};
use io::world::{Item, Pending, QueueError, QueueRequest, TableError, TableReply, TableRequest, World};
use processor::{Means, Processor};
use simulation::{Simulation, credentials};
use turn::Chain;

use crate::NOW;
use crate::linearizability::block_on;

const MESSAGES: u64 = 10_000;
const TASKS: usize = 64;
/// How long a task waits at the longest before it goes on, should the processor have stopped.
const PATIENCE_MS: u64 = 1_000;

#[test]
fn ten_thousand_messages_from_sixty_four_tasks_leave_nothing_behind() {
    let began = Instant::now();
    let (world, bot) = (Watched::new(), bot());
    let taken = everything_is_brought(&world, &bot);
    let brought = began.elapsed();

    let count = |what: fn(&Taken) -> bool| taken.values().filter(|taken| what(taken)).count();
    let (waited, refused) =
        (count(|taken| *taken == Taken::Waiting), count(|taken| matches!(taken, Taken::Refused(_))));
    println!(
        "{MESSAGES} messages, {TASKS} tasks, {} mailboxes seen: {waited} waited, {refused} refused, {brought:?}",
        world.seen().mailboxes
    );
    assert_eq!(waited + refused, taken.len());
    assert!(waited > 500 && refused > 500, "{waited} waited, {refused} refused");
    assert_eq!(world.seen().wrong, Vec::<String>::new());
    assert_eq!(world.seen().waiting_max, 10, "it was full, and never fuller");
    nothing_is_left_in_the_mailbox(&world.inner, waited);
    every_message_has_its_outcome(&world.inner, &taken);
}

/// The tasks, and the processor beside them, until all is quiet. Answers what became of each message.
fn everything_is_brought(world: &Watched, bot: &Bot) -> BTreeMap<MessageKey, Taken> {
    let (next, open) = (AtomicU64::new(0), AtomicU64::new(TASKS as u64));
    let taken = Mutex::new(BTreeMap::new());
    let brings = || {
        while let Some(message) = numbered(next.fetch_add(1, Ordering::Relaxed)) {
            let intake = Intake { world, bot };
            let turns = world.seen().turns;
            let became = block_on(intake.take(&message)).expect("taken in");
            if became != Taken::Waiting {
                a_turn_goes_by(world, turns);
            }
            let before = taken.lock().expect("nobody panics").insert(message.key, became);
            assert_eq!(before, None);
        }
        open.fetch_sub(1, Ordering::Relaxed);
    };
    std::thread::scope(|scope| {
        for _ in 0..TASKS {
            scope.spawn(brings);
        }
        let processor = processor(world, bot);
        // In this order: what was rung before the last task left is still heard.
        while open.load(Ordering::Relaxed) > 0 || is_anybody_heard(world, &processor) {
            is_anybody_heard(world, &processor);
        }
    });
    taken.into_inner().expect("nobody panics")
}

/// Whoever was refused comes again after a turn, so that more than the first ten are answered.
fn a_turn_goes_by(world: &Watched, turns: u64) {
    for _ in 0..PATIENCE_MS {
        if world.seen().turns > turns {
            return;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// One round of the event source mapping. Answers whether there was a doorbell.
fn is_anybody_heard(world: &Watched, processor: &Processor<Watched, Simulation>) -> bool {
    let Some(received) = world.inner.receive_doorbell() else { return false };
    let record = Record {
        queue: "doorbells.fifo".to_owned(),
        id: received.sequence.to_string(),
        receipt: received.receipt_handle.clone(),
        body: received.content.body.clone(),
        group: received.content.group.clone().unwrap_or_default(),
        received: 1,
        trace: String::new(),
    };
    if block_on(processor.handle(record, NOW + 60_000)) == Verdict::Done {
        assert!(world.inner.delete_doorbell(&received.receipt_handle));
    }
    true
}

/// 0 drift: as many were numbered as waited, and none of them is still there.
fn nothing_is_left_in_the_mailbox(world: &Simulation, waited: usize) {
    let item = world.item(&conversation().to_string(), MAILBOX).expect("a mailbox");
    let left: Vec<&String> = item.keys().filter(|name| name.len() == 12).collect();
    assert!(left.is_empty(), "{left:?}");
    let counted = item.get("n").and_then(|value| value.as_n().ok());
    assert_eq!(counted.map(String::as_str), Some("0"));
    let mailbox = read_mailbox(&item).expect("readable");
    assert_eq!(mailbox.last_sequence, waited as u64);
    assert_eq!(mailbox.lease, None);
    let asked = world.counted().model;
    println!("{} turns, {asked} requests to the model", mailbox.turns);
    assert_eq!(asked as u64, mailbox.turns);
}

/// What waited was answered and what was refused stays refused, each by one answer.
fn every_message_has_its_outcome(world: &Simulation, taken: &BTreeMap<MessageKey, Taken>) {
    let mut ledger = Ledger::default();
    for item in everything_stored(world) {
        ledger.add(item);
    }
    let audit = ledger.audit(NOW, Tolerance { open_ms: 0, lease_ms: 0 });
    println!("{:?}", audit.outcomes);
    assert_eq!(audit.violations, []);
    assert_eq!((audit.waiting, audit.accepted), (0, MESSAGES));
    let outcomes: BTreeMap<MessageKey, Outcome> =
        ledger.outcomes().map(|(request, outcome)| (request.key, outcome)).collect();
    for (key, taken) in taken {
        let due = if *taken == Taken::Waiting { Outcome::Answered } else { Outcome::Refused };
        assert_eq!(outcomes.get(key), Some(&due), "{key}");
    }
    assert_eq!(outcomes.len() as u64, MESSAGES);
}

fn everything_stored(world: &Simulation) -> Vec<Item> {
    let (mut items, mut from) = (Vec::new(), Some(String::from(" ")));
    while let Some(first) = from.take() {
        let query = TableRequest::Query {
            pk: conversation().to_string(),
            from: Some(first),
            forward: true,
            limit: 1_000,
        };
        let Ok(TableReply::Items(page)) = block_on(world.table(query)) else { panic!("no page") };
        let last = page.last().and_then(|item| item.get("sk")).and_then(|sk| sk.as_s().ok());
        from = last.map(|last| format!("{last}\u{1}"));
        items.extend(page);
    }
    items
}

/// The simulation, and a look at every mailbox that it answers with.
#[derive(Clone)]
struct Watched {
    inner: Simulation,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    mailboxes: u64,
    waiting_max: usize,
    turns: u64,
    wrong: Vec<String>,
}

impl Watched {
    fn new() -> Watched {
        Watched { inner: Simulation::new(NOW).expect("a world"), seen: Arc::default() }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn looks_at(&self, answer: &Result<TableReply, TableError>) {
        let items = match answer {
            Ok(TableReply::Item(item) | TableReply::Written(item))
            | Err(TableError::ConditionFailed { item, .. }) => item.as_slice(),
            Ok(TableReply::Items(items)) => items,
            Err(error) => return self.seen().wrong.push(error.to_string()),
        };
        let is_mailbox =
            |item: &&Item| item.get("sk").and_then(|sk| sk.as_s().ok()).is_some_and(|sk| sk == MAILBOX);
        for item in items.iter().filter(is_mailbox) {
            let mut seen = self.seen();
            seen.mailboxes += 1;
            match read_mailbox(item) {
                Ok(mailbox) => {
                    seen.waiting_max = seen.waiting_max.max(mailbox.waiting.len());
                    seen.turns = seen.turns.max(mailbox.turns);
                }
                Err(error) => seen.wrong.push(error.to_string()),
            }
        }
    }
}

impl World for Watched {
    fn table(&self, request: TableRequest) -> Pending<'_, Result<TableReply, TableError>> {
        Box::pin(async move {
            std::thread::yield_now();
            let answer = self.inner.table(request).await;
            self.looks_at(&answer);
            answer
        })
    }

    fn queue(&self, request: QueueRequest) -> Pending<'_, Result<(), QueueError>> {
        self.inner.queue(request)
    }

    fn now(&self) -> Millis {
        self.inner.now()
    }

    fn sleep(&self, milliseconds: u64) -> Pending<'_, ()> {
        self.inner.sleep(milliseconds)
    }

    fn token(&self) -> Token {
        self.inner.token()
    }
}

fn processor(world: &Watched, bot: &Bot) -> Processor<Watched, Simulation> {
    Processor {
        world: world.clone(),
        http: world.inner.clone(),
        bot: bot.clone(),
        means: Means {
            credentials: credentials(""),
            models: Chain::single(Arc::new(world.inner.clone())),
            skills: simulation::skills(bot).expect("skills"),
            mailer: Arc::new(mail::NoMailer),
        }
        .into(),
        scheduler: Arc::new(scheduler::NoScheduler),
        news: None,
        shelf: processor::Shelf::default(),
    }
}

fn bot() -> Bot {
    let files =
        [("bot.toml", "name = \"demo\"\n[limits]\ndebounce_ms = 0"), ("prompts/default.md", "Be kind.")];
    let files = files.map(|(name, text)| (name.to_owned(), text.to_owned())).into();
    Bot::of(Path::new("demo"), &files).expect("a bot")
}

/// The message of this number, while there is one. A millisecond lies between two.
fn numbered(number: u64) -> Option<Message> {
    (number < MESSAGES).then(|| Message {
        conversation: conversation(),
        key: MessageKey::new(Millis(NOW.0 - 20_000) + number, MessageHash::counted(number)),
        address: address(),
        text: "hello".into(),
        kind: MessageKind::Text,
        media: Vec::new(),
        handles: Handles::default(),
        language: None,
        received_at: NOW,
    })
}

fn conversation() -> ConversationKey {
    ConversationKey::of("demo", &address())
}

fn address() -> Address {
    Address { channel: Channel::of("telegram"), chat: "42".into(), thread: None }
}
