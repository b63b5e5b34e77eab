//! What a person says is told: once, and also when much was written since.

use batch::{Record, Verdict};
use domain::http::{HttpError, HttpRequest, HttpResponse};
use domain::{Address, Channel, ConversationKey, Limits, MessageHash, MessageKey};
use intake::{Done, Intake, Request, Wish};
use io::Table;
use io::envelope::NoticeV1;
use io::world::{Http, Pending, World};
use notify::Notify;
use simulation::{Simulation, credentials};

use super::{House, SECRET, house, house_with};

/// A platform that never answers.
struct Silent;

impl Http for Silent {
    fn send(&self, _: HttpRequest) -> Pending<'_, Result<HttpResponse, HttpError>> {
        Box::pin(std::future::pending())
    }
}

fn conversation() -> ConversationKey {
    let address = Address { channel: Channel::of("telegram"), chat: "42".into(), thread: None };
    ConversationKey::of("demo", &address)
}

impl House {
    /// What a person wishes, as the request of that name.
    async fn acts(&self, wish: Wish<'_>, request: &str) -> Done {
        let intake = Intake { world: &self.world, bot: &self.processor.bot };
        let (conversation, event, at) = (&conversation(), &MessageHash::of(request), self.world.now());
        intake.act(Request { conversation, wish, event, at }).await.expect("an end")
    }

    /// The key of what was said so.
    async fn says_as_person(&self, text: &str) -> MessageKey {
        match self.acts(Wish::Say(text), text).await {
            Done::Yes { act: Some(act), .. } => act.key,
            other => unreachable!("{other:?}"),
        }
    }

    fn notify<H: Http>(&self, http: H) -> Notify<Simulation, H> {
        let bot = self.processor.bot.clone();
        Notify { world: self.world.clone(), http, credentials: credentials(SECRET).into(), bot, news: None }
    }
}

fn notice(act: &MessageKey) -> Record {
    let body = serde_json::to_string(&NoticeV1::person(&conversation(), act)).expect("a notice");
    let (queue, receipt) = ("notices".to_owned(), "none".to_owned());
    Record {
        id: "1".to_owned(),
        queue,
        receipt,
        body,
        group: String::new(),
        received: 1,
        trace: String::new(),
    }
}

#[tokio::test]
async fn words_are_told_though_more_than_a_transcript_was_written_since() {
    let house = house_with("history_items_max = 22\n");
    house.delivers(1, "hello", Some(SECRET)).await;
    assert!(house.turns().await);
    house.acts(Wish::TakeOver("Eve"), "takeover").await;
    let said = house.says_as_person("I am here").await;
    for id in 2..30 {
        house.world.pass(1_000);
        house.delivers(id, "and", Some(SECRET)).await;
        while house.turns().await {}
    }
    house.world.count_anew();
    let verdict = house.notify(house.world.clone()).handle(notice(&said), house.world.now() + 60_000).await;
    assert_eq!((verdict, house.world.counted().http), (Verdict::Done, 1));
    let act = Table::of(&house.world).stored_act(&conversation(), &said).await.expect("a read");
    assert!(act.is_some_and(|act| !act.is_open()));
}

#[tokio::test]
async fn a_person_goes_on_and_hands_back_in_the_users_language_after_more_words_than_a_transcript_holds() {
    let house = house_with("history_items_max = 22\n");
    let reader_of_japanese = serde_json::json!({ "id": 42, "is_bot": false, "language_code": "ja" });
    house.delivers_from(&reader_of_japanese, 1, "hello", Some(SECRET)).await;
    assert!(house.turns().await);
    house.acts(Wish::TakeOver("Eve"), "takeover").await;
    for number in 0..30 {
        house.world.pass(1_000);
        house.says_as_person(&format!("word {number}")).await;
    }
    let Done::Yes { act: Some(act), .. } = house.acts(Wish::HandBack, "back").await else { unreachable!() };
    assert_eq!((act.to.chat.as_str(), act.text.as_str()), ("42", "再びアシスタントがお答えします。"));
}

/// Whose end another's clock sees early may be telling them still.
#[tokio::test]
async fn telling_is_taken_over_only_when_the_clocks_cannot_be_wrong() {
    let house = house();
    house.delivers(1, "hello", Some(SECRET)).await;
    assert!(house.turns().await);
    house.acts(Wish::TakeOver("Eve"), "takeover").await;
    let said = house.says_as_person("I am here").await;
    let limits = Limits::default();
    let deadline = house.world.now() + 10_000;
    let slow = house.notify(Silent);
    {
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        let telling = std::pin::pin!(slow.handle(notice(&said), deadline));
        assert!(telling.poll(&mut context).is_pending(), "on its way");
    }
    house.world.count_anew();
    let another = house.notify(house.world.clone());
    let passes = |ms: u64| house.world.pass(i64::try_from(ms).expect("some time"));
    passes(10_000 + limits.lease_margin_ms + limits.clock_skew_ms - 1);
    another.handle(notice(&said), house.world.now() + 10_000).await;
    assert_eq!(house.world.counted().http, 0);
    passes(1);
    another.handle(notice(&said), house.world.now() + 10_000).await;
    assert!(house.world.counted().http > 0);
}

#[tokio::test]
async fn a_wish_that_is_repeated_says_who_holds_the_conversation_now() {
    let house = house();
    house.delivers(1, "hello", Some(SECRET)).await;
    let holder = |done| match done {
        Done::Yes { held_by, .. } => held_by,
        other => unreachable!("{other:?}"),
    };
    assert_eq!(holder(house.acts(Wish::TakeOver("Ann"), "first").await).as_deref(), Some("Ann"));
    assert_eq!(holder(house.acts(Wish::TakeOver("Ben"), "second").await).as_deref(), Some("Ben"));
    assert_eq!(holder(house.acts(Wish::TakeOver("Ann"), "first").await).as_deref(), Some("Ben"));
    assert_eq!(holder(house.acts(Wish::HandBack, "third").await), None);
    assert_eq!(holder(house.acts(Wish::TakeOver("Ben"), "second").await), None);
}

#[tokio::test]
async fn nobody_is_spoken_to_where_everything_was_erased() {
    let house = house();
    house.delivers(1, "hello", Some(SECRET)).await;
    assert!(house.turns().await);
    house.acts(Wish::TakeOver("Eve"), "takeover").await;
    house.world.pass(1_000);
    let table = Table::of(&house.world);
    table.erase(&conversation(), &MessageHash::of("erasure")).await.expect("a fence");
    house.world.pass(1_000);
    assert_eq!(
        house.acts(Wish::Say("still there?"), "early").await,
        Done::NobodyThere,
        "its words still stand"
    );
    table.forget(&conversation(), &Limits::default()).await.expect("all of it");
    assert_eq!(house.acts(Wish::Say("still there?"), "late").await, Done::NobodyThere);
    house.world.pass(5_000);
    house.delivers(2, "me again", Some(SECRET)).await;
    assert!(matches!(house.acts(Wish::Say("good"), "then").await, Done::Yes { .. }));
}
