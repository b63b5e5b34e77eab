//! What a user states is stored with the turn's commit: once, and not when it was stopped or erased.

use std::path::Path;

use bot::Bot;
use domain::turn::Answer;
use domain::{ConversationKey, MessageHash, Millis, Note};
use io::Table;
use io::table::{Claim, Ending, Gate};
use io::world::World;

use super::{House, NOW, SECRET, house};

/// The house with a bot that sorts messages by their words.
fn remembering() -> House {
    let files = [
        ("bot.toml", "name = \"demo\"\n[classify]\nby = \"rules\"\n[limits]\ndebounce_ms = 0"),
        ("prompts/default.md", "Be kind."),
    ];
    let files = files.map(|(name, text)| (name.to_owned(), text.to_owned())).into();
    let bot = Bot::of(Path::new("demo"), &files).expect("a bot");
    let mut house = house();
    house.webhook.bot = bot.clone();
    house.processor.bot = bot;
    house
}

impl House {
    async fn notes(&self, conversation: &ConversationKey) -> Vec<String> {
        let table = Table::of(&self.world);
        let mailbox = table.mailbox(conversation).await.expect("a read").unwrap_or_default();
        let notes = table.notes(conversation, &mailbox, &self.processor.bot.limits).await.expect("a read");
        notes.into_iter().map(|note| note.text).collect()
    }

    /// The conversation of user 42, from the doorbell that rang for it.
    async fn says(&self, message_id: u64, text: &str) -> ConversationKey {
        assert_eq!(self.delivers(message_id, text, Some(SECRET)).await, 200);
        let address =
            domain::Address { channel: domain::Channel::of("telegram"), chat: "42".into(), thread: None };
        ConversationKey::of("demo", &address)
    }
}

#[tokio::test]
async fn a_statement_costs_one_transaction_and_no_answer_of_the_model() {
    let house = remembering();
    let conversation = house.says(1, "Remember that I am allergic to nuts").await;
    house.world.count_anew();
    assert!(house.turns().await);
    let counted = house.world.counted();
    assert_eq!(counted.model, 0, "sorted by its words");
    assert_eq!(house.notes(&conversation).await, ["Remember that I am allergic to nuts"]);
    house.says(1, "Remember that I am allergic to nuts").await;
    while house.turns().await {}
    assert_eq!(house.notes(&conversation).await.len(), 1, "delivered again, remembered once");
}

/// A worker that died between the answer and the commit, at any of the steps: the next one stores what the answer says.
#[tokio::test]
async fn a_takeover_stores_what_the_answer_says() {
    for has_passed_the_gate in [false, true] {
        let house = remembering();
        let conversation = house.says(1, "Remember my locker: 4417").await;
        let table = Table::of(&house.world);
        let limits = &house.processor.bot.limits;
        let token = house.world.token();
        let claim = table.claim(&conversation, &token, NOW - 120_000, 0).await.expect("a claim");
        assert_eq!(claim, Claim::Mine { taken_over: false });
        let mailbox = table.mailbox(&conversation).await.expect("a read").expect("a mailbox");
        let answer = answer(&house, &mailbox);
        let key = answer.notes[0].of.clone();
        table.decide(&conversation, &key, answer, limits).await.expect("an answer");
        if has_passed_the_gate {
            let gate = table.gate(&conversation, &token, &mailbox, &[key], None).await.expect("a gate");
            assert_eq!(gate, Gate::Open);
        }
        assert_eq!(house.notes(&conversation).await, [] as [String; 0], "nothing before the commit");
        assert!(house.turns().await);
        assert_eq!(house.notes(&conversation).await, ["Remember my locker: 4417"]);
    }
}

#[tokio::test]
async fn what_was_erased_is_not_remembered_and_what_was_remembered_is_gone() {
    let house = remembering();
    let conversation = house.says(1, "Remember the first").await;
    assert!(house.turns().await);
    assert_eq!(house.notes(&conversation).await.len(), 1);

    house.says(2, "Remember the second").await;
    let (table, limits) = (Table::of(&house.world), &house.processor.bot.limits);
    let token = house.world.token();
    table.claim(&conversation, &token, NOW + 60_000, 0).await.expect("a claim");
    let mailbox = table.mailbox(&conversation).await.expect("a read").expect("a mailbox");
    let Answer { notes, .. } = answer(&house, &mailbox);
    // The erasure comes when the turn is past its gate, and its commit comes after the erasure.
    assert!(table.erase(&conversation, &MessageHash::of("erasure")).await.expect("an erasure").is_some());
    let settled = [notes[0].of.clone()];
    let ending = Ending {
        mailbox: &mailbox,
        settled: &settled,
        patch: None,
        notes: &notes,
        session_start: NOW,
        busy_told: false,
    };
    assert!(table.commit(&conversation, &token, &ending, limits).await.expect("a commit"));
    let unfenced = domain::Mailbox::default();
    let left = table.notes(&conversation, &unfenced, limits).await.expect("a read");
    assert_eq!(left, [], "neither stored nor readable, even to one who does not know of the erasure");
}

/// The answer of the turn of what waits, as a worker would store it.
fn answer(house: &House, mailbox: &domain::Mailbox) -> Answer {
    let (hash, waiting) = mailbox.waiting.iter().next().expect("a message");
    let of = domain::MessageKey::new(waiting.sent_at, hash.clone());
    let note = Note { of: of.clone(), text: "Remember my locker: 4417".into(), direction: None };
    Answer {
        outcome: domain::Outcome::Answered,
        parts: vec!["I will remember that.".into()],
        buttons: Vec::new(),
        progress: 0,
        unknown: Vec::new(),
        covers: vec![(of, domain::Outcome::Answered)],
        written_by: house.world.token(),
        written_at: Millis(NOW.0),
        tokens: (0, 0),
        patch: None,
        errands: Vec::new(),
        notes: vec![note],
    }
}
