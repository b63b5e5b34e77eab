//! What it costs that a web client asks for what a person said in the bot's place.

use api::{Api, Looks, Proofs};
use domain::{MessageHash, RequestId};
use gateway::Request;
use intake::{Done, Intake, Wish};
use io::world::World;
use serde_json::{Value, json};
use simulation::{Counted, Simulation, credentials};

use super::{House, SECRET, house};

/// A web client, by its session.
struct Client<'h> {
    house: &'h House,
    api: Api<Simulation>,
    session: String,
    first: RequestId,
}

impl<'h> Client<'h> {
    /// Says hello, and is answered.
    async fn begins(house: &'h House) -> Client<'h> {
        let proofs = Proofs { credentials: credentials(SECRET), owner_tokens: Vec::new() };
        let api = Api {
            world: house.world.clone(),
            bot: house.processor.bot.clone(),
            proofs: proofs.into(),
            origins: Vec::new(),
            looks: Looks::default(),
            new_session: |_| uuid::Uuid::from_u128(1),
        };
        let said = posts(&api, None).await;
        let field = |name: &str| said.get(name).and_then(Value::as_str).expect("a field").to_owned();
        let (session, first) = (field("session_id"), RequestId::parse(&field("request_id")).expect("an id"));
        assert!(house.turns().await);
        Client { house, api, session, first }
    }

    /// Writes something, which is the person's.
    async fn says(&self) {
        posts(&self.api, Some(&self.session)).await;
        assert!(self.house.turns().await);
    }

    /// What a person wishes for this conversation, as the request of that name.
    async fn meets(&self, wish: Wish<'_>, request: &str) {
        let intake = Intake { world: &self.house.world, bot: &self.api.bot };
        let (conversation, event, at) =
            (&self.first.conversation, &MessageHash::of(request), self.api.world.now());
        let done = intake.act(intake::Request { conversation, wish, event, at }).await.expect("an end");
        assert!(matches!(done, Done::Yes { .. }), "{done:?}");
    }

    /// Asks for what came after this, and what that cost.
    async fn asks(&self, after: &Value) -> (Value, Counted) {
        self.house.world.count_anew();
        let query = after.as_str().map(|next| format!("after={next}")).unwrap_or_default();
        let headers = vec![("authorization".to_owned(), format!("Bearer {}", self.session))];
        let path = "/api/chat/messages".to_owned();
        let request = Request { method: "GET".into(), path, query, headers, ..Request::default() };
        let reply = self.api.serve(&request).await;
        (serde_json::from_str(&reply.body).expect("JSON"), self.house.world.counted())
    }
}

async fn posts(api: &Api<Simulation>, session: Option<&str>) -> Value {
    let headers = [("content-type", "application/json"), ("prefer", "respond-async")];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let body = json!({ "message": "hello", "session_id": session }).to_string().into_bytes();
    let id = api.world.now().0.to_string();
    let request = Request { method: "POST".into(), path: "/api/chat".into(), ..Request::default() };
    let reply = api.serve(&Request { headers, body, id, ..request }).await;
    serde_json::from_str(&reply.body).expect("JSON")
}

#[tokio::test]
async fn a_client_asks_by_one_read_and_by_two_where_there_is_more() {
    let house = house();
    let client = Client::begins(&house).await;
    client.meets(Wish::TakeOver("Eve"), "takeover").await;
    let (page, cost) = client.asks(&Value::Null).await;
    assert_eq!((&page["more"], cost), (&json!(false), Counted { reads: 1, ..Counted::default() }));

    for number in 0..150 {
        house.world.pass(100);
        if number % 40 == 0 {
            client.says().await;
        }
        client.meets(Wish::Say("a word"), &number.to_string()).await;
    }
    // Of a page that ends among the words, whether they were erased is asked for besides.
    let (mut page, cost) = client.asks(&page["next"]).await;
    assert_eq!((&page["more"], cost.reads, cost.writes), (&json!(true), 2, 0));
    house.world.pass(600_000);
    while page["more"] == true {
        page = client.asks(&page["next"]).await.0;
    }
    let (page, cost) = client.asks(&page["next"]).await;
    assert_eq!((&page["messages"], cost), (&json!([]), Counted { reads: 1, ..Counted::default() }));
}

#[tokio::test]
async fn pages_in_which_nobody_said_anything_are_read_over() {
    let house = house();
    let client = Client::begins(&house).await;
    for _ in 0..60 {
        house.world.pass(1_000);
        client.says().await;
    }
    house.world.pass(1_000);
    client.meets(Wish::TakeOver("Eve"), "takeover").await;
    house.world.pass(1_000);
    client.meets(Wish::Say("a word"), "a word").await;
    let (page, cost) = client.asks(&Value::Null).await;
    let said: Vec<&Value> =
        page["messages"].as_array().into_iter().flatten().map(|message| &message["text"]).collect();
    assert_eq!((said.last(), &page["more"], cost.reads), (Some(&&json!("a word")), &json!(false), 2));
}
