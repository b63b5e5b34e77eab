//! What a newer code wrote, met by this one: after a rollback, or while an upgrade is under way.

use aws_sdk_dynamodb::types::AttributeValue;
use batch::{Record, Verdict};
use dead_letter::DeadLetter;
use domain::turn::{Answer, Strategy};
use domain::wording::Sentence;
use domain::{MessageKey, Outcome};
use io::Table;
use io::envelope::NoticeV1;
use io::table::Claim;
use io::world::World;
use notify::Notify;
use simulation::credentials;

use super::super::{House, NOW, SECRET, record};
use super::{choosing, conversation, text_of};

/// What this code does not know.
const TOMORROW: &str = "zz";

#[tokio::test]
async fn what_a_newer_code_keeps_beside_is_left_alone() {
    let house = choosing();
    for (id, text) in [(1, "hello"), (2, "/set tone short"), (3, "waits")] {
        house.says_so(id, text).await;
        if id < 3 {
            assert!(house.turns().await);
        }
    }
    let before: Vec<String> = house.items().await.into_iter().map(|(sk, _)| sk).collect();
    for sk in &before {
        house.sets(sk, TOMORROW, AttributeValue::S("tomorrow's".to_owned())).await;
    }
    // Every kind of write to what is there: an edit, a claim, a commit, another choice, a cancel.
    house.edits(3, "waited").await;
    assert!(house.turns().await);
    for (id, text) in [(4, "/set tone long"), (5, "cancel"), (6, "again")] {
        house.says_so(id, text).await;
        while house.turns().await {}
    }
    let items = house.items().await;
    let kept = items.iter().filter(|(sk, _)| before.contains(sk));
    assert!(kept.clone().count() == before.len() && before.iter().any(|sk| sk == "S"), "{before:?}");
    for (sk, item) in kept {
        assert_eq!(text_of(item, TOMORROW), "tomorrow's", "{sk}");
    }
    let state = Table::of(&house.world).state(&conversation()).await.expect("a state");
    assert_eq!(state.settings["tone"], "long");
}

#[tokio::test]
async fn a_notice_of_a_newer_code_stays_in_its_queue_and_is_counted_as_failed() {
    let house = choosing();
    house.says_so(1, "hello").await;
    let message = house.message().await;
    let known = serde_json::to_string(&NoticeV1::watch(&message)).expect("JSON");
    let [version, kind] =
        [("\"v\":1", "\"v\":2"), ("watch", "dance")].map(|(now, later)| known.replace(now, later));
    let say = serde_json::to_string(&NoticeV1::say((Sentence::Stopped, 2), &message)).expect("JSON");
    let sentence = say.replace(Sentence::Stopped.key(), "danced");
    let notify = Notify {
        world: house.world.clone(),
        http: house.world.clone(),
        credentials: credentials(SECRET).into(),
        bot: house.processor.bot.clone(),
        news: None,
    };
    for body in [version, kind, sentence, "nobody's".to_owned()] {
        house.world.count_anew();
        let record = Record { id: "1".to_owned(), body: body.clone(), ..Record::default() };
        assert_eq!(notify.handle(record, NOW + 30_000).await, Verdict::Failed, "{body}");
        assert_eq!(house.world.counted().notices, 1, "put off: {body}");
    }
}

#[tokio::test]
async fn a_doorbell_that_only_a_newer_code_reads_drains_until_nothing_waits() {
    let mut house = choosing();
    house.processor.bot.strategy = Strategy::Queue;
    for id in 1..=2 {
        house.says_so(id, "hello").await;
    }
    let received = house.world.receive_doorbell().expect("a doorbell");
    let unread = || Record { body: "{\"v\":2}".to_owned(), ..record(&received) };
    let mut verdicts = Vec::new();
    while verdicts.last() != Some(&Verdict::Done) {
        verdicts.push(house.processor.handle(unread(), NOW + 60_000).await);
    }
    assert_eq!(verdicts, [Verdict::Again, Verdict::Done]);
    assert!(house.mailbox().await.waiting.is_empty());
    assert_eq!(house.world.counted().model, 2);
}

#[tokio::test]
async fn a_message_that_only_a_newer_code_reads_waits_for_it() {
    let house = choosing();
    house.says_so(1, "hello").await;
    let sk = house.newest("").await;
    house.becomes(&sk, 2).await;
    house.is_put_back().await;
    house.world.pass(61_000);
    house.becomes(&sk, 1).await;
    let received = house.world.receive_doorbell().expect("it came again");
    let deadline = house.world.now() + 60_000;
    assert_eq!(house.processor.handle(record(&received), deadline).await, Verdict::Done);
    assert_eq!(
        (house.world.counted().model, house.mailbox().await.turns),
        (1, 1),
        "answered by who can read it"
    );
}

#[tokio::test]
async fn what_no_newer_code_came_for_is_ended_by_the_last_rites_and_told() {
    let house = choosing();
    house.says_so(1, "hello").await;
    house.becomes(&house.newest("").await, 2).await;
    let received = house.world.receive_doorbell().expect("a doorbell");
    let dead_letter = DeadLetter {
        world: house.world.clone(),
        http: house.world.clone(),
        credentials: credentials(SECRET).into(),
        bot: house.processor.bot.clone(),
        news: None,
    };
    house.world.count_anew();
    assert_eq!(dead_letter.handle(record(&received), NOW + 60_000).await, Verdict::Done);
    assert_eq!(house.world.counted().http, 1, "its user was told");
    assert!(house.mailbox().await.waiting.is_empty());
}

#[tokio::test]
async fn a_state_that_only_a_newer_code_reads_is_neither_used_nor_overwritten() {
    let house = choosing();
    house.says_so(1, "/set tone short").await;
    assert!(house.turns().await);
    house.becomes("S", 2).await;
    house.says_so(2, "/set tone long").await;
    house.is_put_back().await;
    house.becomes("S", 1).await;
    let state = Table::of(&house.world).state(&conversation()).await.expect("a state");
    assert_eq!((state.version, state.settings["tone"].as_str()), (1, "short"));
}

/// A newer code answered and died before its user saw it.
#[tokio::test]
async fn an_answer_that_only_a_newer_code_reads_is_said_by_it() {
    let house = choosing();
    house.says_so(1, "hello").await;
    let table = Table::of(&house.world);
    let (token, message) = (house.world.token(), house.message().await);
    let claim = table.claim(&conversation(), &token, NOW - 120_000, 0).await.expect("a claim");
    assert_eq!(claim, Claim::Mine { taken_over: false });
    let answer = Answer {
        outcome: Outcome::Answered,
        parts: vec!["standing".to_owned()],
        buttons: Vec::new(),
        progress: 0,
        unknown: Vec::new(),
        covers: vec![(message.key.clone(), Outcome::Answered)],
        written_by: token,
        written_at: NOW,
        tokens: (1, 1),
        patch: None,
        errands: Vec::new(),
        notes: Vec::new(),
    };
    table
        .decide(&conversation(), &message.key, answer, &house.processor.bot.limits)
        .await
        .expect("an answer");
    let sk = house.newest("#A").await;
    house.becomes(&sk, 2).await;
    let received = house.world.receive_doorbell().expect("a doorbell");
    house.world.count_anew();
    assert_eq!(house.processor.handle(record(&received), NOW + 60_000).await, Verdict::Failed);
    assert_eq!((house.world.counted().http, house.world.counted().model), (0, 0));
    house.becomes(&sk, 1).await;
    // The lease of who met it has to end first.
    let later = house.world.now() + 300_000;
    house.world.pass(300_000);
    assert_eq!(house.processor.handle(record(&received), later + 60_000).await, Verdict::Done);
    assert_eq!((house.world.counted().http, house.world.counted().model), (1, 0));
}

impl House {
    async fn mailbox(&self) -> domain::Mailbox {
        Table::of(&self.world).mailbox(&conversation()).await.expect("a read").unwrap_or_default()
    }

    /// The newest message, as stored.
    async fn message(&self) -> domain::Message {
        let sk = self.newest("").await;
        let key = MessageKey::parse(&sk[2..]).expect("a key");
        let request = domain::RequestId { conversation: conversation(), key };
        Table::of(&self.world).message(&request).await.expect("a read").expect("a message")
    }

    /// A doorbell is tried: nobody is asked or told, nothing is settled, and it comes again.
    async fn is_put_back(&self) {
        let waiting = self.mailbox().await.waiting.len();
        let received = self.world.receive_doorbell().expect("a doorbell");
        self.world.count_anew();
        assert_eq!(self.processor.handle(record(&received), NOW + 60_000).await, Verdict::Failed);
        let counted = self.world.counted();
        assert_eq!((counted.model, counted.http, counted.doorbells), (0, 0, 1), "put off, and that is all");
        let mailbox = self.mailbox().await;
        assert_eq!((mailbox.waiting.len(), mailbox.lease), (waiting, None));
    }

    /// User 42 edits what they wrote.
    async fn edits(&self, message_id: u64, text: &str) {
        let seconds = self.world.now().seconds();
        let body = serde_json::json!({
            "update_id": 900 + message_id,
            "edited_message": {
                "message_id": message_id,
                "from": { "id": 42, "is_bot": false, "first_name": "Ann" },
                "chat": { "id": 42, "type": "private" },
                "date": seconds,
                "edit_date": seconds + 1,
                "text": text,
            },
        });
        let proof = ("x-telegram-bot-api-secret-token".to_owned(), SECRET.to_owned());
        let request = gateway::Request {
            method: "POST".into(),
            path: "/webhook/telegram".into(),
            query: String::new(),
            headers: [proof].into(),
            body: body.to_string().into_bytes(),
            id: "edit".to_owned(),
            socket: None,
        };
        assert_eq!(self.webhook.receive(&request).await.status, 200);
    }
}
