//! An erasure that is killed at any point, and begun anew, leaves nothing.

use std::sync::Mutex;

use batch::Record;
use dead_letter::DeadLetter;
use domain::{Address, Channel, ConversationKey, Limits, MessageHash, MessageKey, Millis, Token};
use io::Table;
use io::table::Ending;
use io::world::{Pending, QueueError, QueueRequest, TableError, TableReply, TableRequest, World};
use simulation::{Simulation, credentials};

use super::{House, NOW, SECRET, house_with};

/// A process that dies at a call to the table: before its effect, or after it.
struct Dying {
    world: Simulation,
    calls_left: Mutex<usize>,
    after: bool,
}

impl World for Dying {
    fn table(&self, request: TableRequest) -> Pending<'_, Result<TableReply, TableError>> {
        Box::pin(async move {
            let dies = {
                let mut left = self.calls_left.lock().expect("no test panics in between");
                *left = left.saturating_sub(1);
                *left == 0
            };
            if dies && !self.after {
                return std::future::pending().await;
            }
            let reply = self.world.table(request).await;
            if dies { std::future::pending().await } else { reply }
        })
    }

    fn queue(&self, request: QueueRequest) -> Pending<'_, Result<(), QueueError>> {
        self.world.queue(request)
    }

    fn now(&self) -> Millis {
        self.world.now()
    }

    fn sleep(&self, milliseconds: u64) -> Pending<'_, ()> {
        self.world.sleep(milliseconds)
    }

    fn token(&self) -> Token {
        self.world.token()
    }
}

/// Somebody who has said something, chosen something and subscribed to something, and a dead letter of theirs.
async fn lived_in() -> (House, ConversationKey) {
    let house = house_with(
        "[settings.tone]\nvalues = []\n[[schedules]]\nname = \"tea\"\nat = \"rate(1 day)\"\nsays = \"Tea!\"\n",
    );
    for (id, text) in [(1, "a secret"), (2, "/set tone secret"), (3, "/subscribe tea"), (4, "another secret")]
    {
        assert_eq!(house.delivers(id, text, Some(SECRET)).await, 200);
        assert!(house.turns().await);
        house.world.pass(2_000);
    }
    let conversation = conversation();
    let table = Table::of(&house.world);
    let letter = format!("{}.1795165200000.00000000001#7", conversation.as_str().replace(':', "."));
    table.keep_dead_letter(&letter, "a secret", &Limits::default()).await.expect("kept");
    (house, conversation)
}

fn conversation() -> ConversationKey {
    let address = Address { channel: Channel::of("telegram"), chat: "42".into(), thread: None };
    ConversationKey::of("demo", &address)
}

/// Everything in the partitions that have something of theirs.
async fn stored(house: &House, conversation: &ConversationKey) -> Vec<String> {
    let day = NOW.seconds().div_euclid(86_400);
    let partitions =
        [conversation.to_string(), io::table::subscribers_pk("tea"), io::table::dead_letters_pk(day)];
    let mut all = Vec::new();
    for pk in partitions {
        let query = TableRequest::Query { pk, from: None, forward: true, limit: 1_000 };
        if let Ok(TableReply::Items(items)) = house.world.table(query).await {
            all.extend(items.iter().map(|item| simulation::json_of(item).to_string()));
        }
    }
    all
}

async fn erase(world: &dyn World, conversation: &ConversationKey) {
    let table = Table::of(world);
    table.erase(conversation, &MessageHash::of(&world.token().0)).await.expect("a fence");
    table.forget(conversation, &Limits::default()).await.expect("all of it");
}

/// Polls once: nothing in a simulation is waited for but a death.
fn is_finished(future: impl Future<Output = ()>) -> bool {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    std::pin::pin!(future).poll(&mut context).is_ready()
}

#[tokio::test]
async fn an_erasure_killed_at_any_point_and_begun_anew_leaves_nothing() {
    let mut deaths = 0;
    for call in 1.. {
        let mut finished = false;
        for after in [false, true] {
            let (house, conversation) = lived_in().await;
            let before = stored(&house, &conversation).await;
            assert!(before.iter().filter(|item| item.contains("secret")).count() >= 7, "{before:#?}");
            let dying = Dying { world: house.world.clone(), calls_left: Mutex::new(call), after };
            finished = is_finished(erase(&dying, &conversation));
            deaths += usize::from(!finished);
            erase(&house.world, &conversation).await;
            let left = stored(&house, &conversation).await;
            assert_eq!(left.len(), before.len(), "the skeletons stay");
            for item in left {
                assert!(!item.contains("secret") && !item.contains("\"42\""), "call {call}, {after}: {item}");
            }
        }
        if finished {
            break;
        }
    }
    assert!(deaths > 20, "{deaths} deaths");
}

#[tokio::test]
async fn what_is_written_after_an_erasure_stays() {
    let (house, conversation) = lived_in().await;
    erase(&house.world, &conversation).await;
    house.world.pass(5_000);
    house.delivers(9, "something new", Some(SECRET)).await;
    assert!(house.turns().await);
    let gone =
        Table::of(&house.world).forget(&conversation, &Limits::default()).await.expect("nothing to do");
    assert_eq!(gone, io::table::Forgotten::default());
    let left = stored(&house, &conversation).await;
    assert!(left.iter().any(|item| item.contains("something new")), "{left:#?}");
}

#[tokio::test]
async fn what_is_written_while_the_words_still_stand_begins_anew() {
    let (house, conversation) = lived_in().await;
    let table = Table::of(&house.world);
    table.erase(&conversation, &MessageHash::of("erasure")).await.expect("a fence");
    house.world.pass(5_000);
    house.delivers(9, "hello", Some(SECRET)).await;
    assert!(house.turns().await);
    assert_eq!(house.world.asked(), ["hello"], "the model is told nothing of before");
}

#[tokio::test]
async fn what_is_chosen_while_the_words_still_stand_stays() {
    let (house, conversation) = lived_in().await;
    let table = Table::of(&house.world);
    let chosen = table.erase(&conversation, &MessageHash::of("erasure")).await.expect("a fence");
    assert_eq!(chosen.map(|chosen| chosen.subscriptions), Some(1));
    house.world.pass(5_000);
    house.delivers(9, "/set tone short", Some(SECRET)).await;
    assert!(house.turns().await);
    table.forget(&conversation, &Limits::default()).await.expect("all of it");
    let state = table.state(&conversation).await.expect("a read");
    assert_eq!(state.settings, [("tone".to_owned(), "short".to_owned())].into());
    assert!(state.subscriptions.is_empty(), "nothing of before");
    for item in stored(&house, &conversation).await {
        assert!(!item.contains("secret"), "{item}");
    }
}

/// Whoever passed the gate before the fence says what was to be said, and changes nothing.
#[tokio::test]
async fn a_turn_that_runs_on_does_not_bring_back_what_was_chosen() {
    for chose_before in [false, true] {
        let (house, conversation) = if chose_before {
            lived_in().await
        } else {
            (house_with("[settings.tone]\nvalues = []\n"), conversation())
        };
        let table = Table::of(&house.world);
        house.delivers(9, "hello", Some(SECRET)).await;
        let token = house.world.token();
        table.claim(&conversation, &token, NOW + 60_000, 0).await.expect("a claim");
        let mailbox = table.mailbox(&conversation).await.expect("a read").expect("a mailbox");
        let settled: Vec<_> =
            mailbox.waiting.iter().map(|(hash, w)| MessageKey::new(w.sent_at, hash.clone())).collect();
        let before = table.state(&conversation).await.expect("a read");
        let mut after = before.clone();
        after.settings.insert("tone".to_owned(), "secret again".to_owned());
        let patch = before.patch_to(after);
        table.erase(&conversation, &MessageHash::of("erasure")).await.expect("a fence");
        let ending = Ending {
            mailbox: &mailbox,
            settled: &settled,
            patch: patch.as_ref(),
            notes: &[],
            session_start: NOW,
            busy_told: false,
        };
        let limits = Limits::default();
        assert!(table.commit(&conversation, &token, &ending, &limits).await.expect("a commit"));
        table.forget(&conversation, &limits).await.expect("all of it");
        let state = table.state(&conversation).await.expect("a read");
        assert!(state.settings.is_empty(), "{state:?}");
    }
}

/// One that nobody can read is found as well, and one whose platform's clock is ahead.
#[tokio::test]
async fn every_dead_letter_of_a_conversation_is_erased() {
    let (house, conversation) = lived_in().await;
    let dead_letter = DeadLetter {
        world: house.world.clone(),
        http: house.world.clone(),
        credentials: credentials(SECRET).into(),
        bot: house.processor.bot.clone(),
        news: None,
    };
    let letter = |body: &str| Record {
        id: "5d2b0b1c".to_owned(),
        queue: "dead-letters.fifo".to_owned(),
        receipt: "none".to_owned(),
        body: body.to_owned(),
        group: conversation.to_string(),
        received: 1,
        trace: String::new(),
    };
    dead_letter.handle(letter("an unreadable secret"), house.world.now() + 60_000).await;
    let ahead = house.world.now().0 + 3_600_000;
    let ahead = format!("{}.{ahead}.00000000001#8", conversation.as_str().replace(':', "."));
    let table = Table::of(&house.world);
    table.keep_dead_letter(&ahead, "an early secret", &Limits::default()).await.expect("kept");
    let before = stored(&house, &conversation).await;
    assert!(before.iter().any(|item| item.contains("an unreadable secret")), "{before:#?}");
    erase(&house.world, &conversation).await;
    for item in stored(&house, &conversation).await {
        assert!(!item.contains("secret"), "{item}");
    }
}
