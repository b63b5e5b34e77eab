//! A person answers in the bot's place, and gives the conversation back.

use serde_json::{Value, json};

use crate::audit::{audit, dynamodb};
use crate::news::Client;
use crate::restarts::foreign_engines;
use crate::stack::{Setup, Stack, asked, turnwise, until};
use crate::web::uuid_v7;

const HELD: &str = "A person will answer you from here on.";
const BACK: &str = "The assistant answers you again.";

/// The owner's routes.
pub struct Owner<'s> {
    stack: &'s Stack,
    token: String,
}

impl Stack {
    /// The keys of everything in the table.
    async fn keys(&self) -> Vec<(String, String)> {
        let table = &self.state().await["table"];
        let items = dynamodb(self, "Scan", json!({ "TableName": table })).await;
        let key = |item: &Value, name: &str| item[name]["S"].as_str().unwrap().to_owned();
        items["Items"].as_array().unwrap().iter().map(|item| (key(item, "pk"), key(item, "sk"))).collect()
    }

    /// The conversation on a platform where there is but one.
    pub async fn conversation_of(&self, platform: &str) -> String {
        let is_its = |pk: &String| pk.split_once(':').is_some_and(|(channel, _)| channel == platform);
        until("a conversation", || async {
            self.keys().await.into_iter().find(|(pk, sk)| sk == "M" && is_its(pk)).map(|(pk, _)| pk)
        })
        .await
    }

    pub async fn owner(&self) -> Owner<'_> {
        let token = self.state().await["secrets"]["OWNER_TOKEN"].as_str().expect("a token").to_owned();
        Owner { stack: self, token }
    }
}

impl Owner<'_> {
    /// Asks for something, and answers with the status and what is said.
    pub async fn does(&self, conversation: &str, action: &str, body: Value) -> (u16, Value) {
        let url = self.stack.url(&format!("/api/owner/conversations/{conversation}/{action}"));
        let mut body = body;
        if action == "say" && body["message_id"].is_null() {
            // Asked again, it is the same words.
            body["message_id"] = uuid_v7(0).into();
        }
        // An engine that is busy is asked again, as the commands' user is told to.
        until("an answer of the owner's route", async || {
            self.stack.canaries().heard(&body);
            let asked = self.stack.http().post(&url).bearer_auth(&self.token).json(&body);
            let answer = asked.send().await.unwrap();
            let status = answer.status().as_u16();
            if status == 503 { None } else { Some((status, answer.json().await.unwrap())) }
        })
        .await
    }

    async fn sees(&self, conversation: &str) -> Value {
        let url = self.stack.url(&format!("/api/owner/conversations/{conversation}"));
        let answer = self.stack.http().get(url).bearer_auth(&self.token).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        answer.json().await.unwrap()
    }

    /// The one conversation there is on Telegram.
    async fn conversation(&self) -> String {
        self.stack.conversation_of("telegram").await
    }
}

#[tokio::test]
async fn a_person_takes_over_speaks_and_gives_back_and_the_bot_knows_what_was_said() {
    let stack = Setup::quick().up().await;
    let owner = stack.owner().await;
    for platform in crate::guests::PLATFORMS {
        let ann = stack.guest(platform.name);
        ann.says("hello").await;
        ann.hears("You said: hello").await;
        let conversation = stack.conversation_of(platform.name).await;
        let (status, held) = owner.does(&conversation, "takeover", json!({ "person": "Eve" })).await;
        assert_eq!((status, held["held_by"].as_str()), (200, Some("Eve")), "{}: {held}", platform.name);
        ann.hears(HELD).await;
        ann.says("are you real?").await;
        until("it is a person's", || async {
            let seen = owner.sees(&conversation).await;
            let lines = seen["lines"].as_array().unwrap();
            lines
                .iter()
                .any(|line| line["outcome"] == "handed-over" && line["text"] == "are you real?")
                .then_some(())
        })
        .await;
        let before = ann.heard().await.len();
        for text in ["I am Eve.", "Your parcel left today."] {
            let (status, said) = owner.does(&conversation, "say", json!({ "text": text })).await;
            assert_eq!(status, 200, "{}: {said}", platform.name);
        }
        ann.hears("Your parcel left today.").await;
        assert_eq!(
            ann.heard().await[before..],
            ["I am Eve.", "Your parcel left today."],
            "{}",
            platform.name
        );
        assert_eq!(owner.does(&conversation, "release", json!({})).await.0, 200);
        ann.hears(BACK).await;
        ann.says("thanks, bot").await;
        ann.hears("You said: thanks, bot").await;
        let request = stack.model_requests().await.pop().unwrap();
        assert_eq!(asked(&request), "thanks, bot");
        // The prompt, hello and its answer, the takeover, a question, two replies, the end of it, and the thanks.
        assert_eq!(request["messages"], 9, "{}: {request}", platform.name);
    }
    assert_eq!(stack.model_requests().await.len(), 2 * crate::guests::PLATFORMS.len());
    assert_eq!(audit(&stack).await.0, Some(0));
}

#[tokio::test]
async fn a_transcript_is_read_newest_first_and_by_who_spoke() {
    let stack = Setup::quick().up().await;
    let owner = stack.owner().await;
    let ann = stack.guest("telegram");
    for text in ["one", "two", "three"] {
        ann.says(text).await;
        ann.hears(&format!("You said: {text}")).await;
    }
    let conversation = owner.conversation().await;
    let seen = async |wanted: &str| {
        let seen = owner.sees(&format!("{conversation}?{wanted}")).await;
        let lines = seen["lines"].as_array().unwrap().clone();
        lines.iter().map(|line| line["text"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(seen("from=user&order=newest&lines=2").await, ["three", "two"]);
    assert_eq!(seen("from=user").await, ["one", "two", "three"]);
    let answers = seen("from=bot&order=newest").await;
    assert!(answers[0].ends_with("You said: three") && answers[2].ends_with("You said: one"), "{answers:?}");
    assert_eq!(seen("order=newest").await.len(), 6);
    assert_eq!(seen("from=person").await, Vec::<String>::new());
    let nobody = stack.url(&format!("/api/owner/conversations/{conversation}?from=nobody"));
    let refused = stack.http().get(nobody).bearer_auth(&owner.token).send().await.unwrap();
    assert_eq!(refused.status(), 400);
}

#[tokio::test]
async fn an_answer_that_is_being_made_is_stopped_by_a_takeover_and_told_once() {
    let stack = Setup::quick().up().await;
    let owner = stack.owner().await;
    stack.model_rules(json!([{ "contains": "slow", "delay_ms": 30_000 }])).await;
    let ann = stack.person();
    ann.says("slow").await;
    stack.model_is_asked("slow").await;
    let conversation = owner.conversation().await;
    for _ in 0..3 {
        assert_eq!(owner.does(&conversation, "takeover", json!({ "person": "Eve" })).await.0, 200);
    }
    ann.hears(HELD).await;
    until("nothing waits", || async {
        (owner.sees(&conversation).await["waiting"] == json!([])).then_some(())
    })
    .await;
    assert_eq!(owner.does(&conversation, "takeover", json!({ "person": "Ben" })).await.1["held_by"], "Ben");
    for _ in 0..2 {
        assert_eq!(owner.does(&conversation, "release", json!({})).await.0, 200);
    }
    ann.hears(BACK).await;
    ann.says("hello").await;
    ann.hears("You said: hello").await;
    assert_eq!(ann.heard().await, [HELD, BACK, "[scripted model] You said: hello"]);
    let (_, found) = audit(&stack).await;
    assert_eq!(found["outcomes"], json!({ "answered": 1, "handed-over": 1 }), "{found}");
}

#[tokio::test]
async fn what_a_person_says_survives_a_notify_that_dies() {
    let stack = Setup::quick().set("notify_timeout_s=4").set("notices_visibility_timeout_s=4").up().await;
    let owner = stack.owner().await;
    let ann = stack.person();
    ann.says("hello").await;
    ann.hears("You said: hello").await;
    let conversation = owner.conversation().await;
    owner.does(&conversation, "takeover", json!({ "person": "Eve" })).await;
    ann.hears(HELD).await;
    stack.kill_next("notify", 1).await;
    let said = json!({ "text": "I am Eve.", "message_id": uuid_v7(0) });
    let (_, one) = owner.does(&conversation, "say", said.clone()).await;
    let (_, two) = owner.does(&conversation, "say", said).await;
    assert_eq!(one["message_id"], two["message_id"], "the same request is the same words");
    ann.hears("I am Eve.").await;
    owner.does(&conversation, "say", json!({ "text": "Bye." })).await;
    ann.hears("Bye.").await;
    assert_eq!(ann.heard().await[1..], [HELD, "I am Eve.", "Bye."]);
}

#[tokio::test]
async fn a_web_session_reads_what_a_person_says() {
    let stack = Setup::quick().up().await;
    let owner = stack.owner().await;
    let chat = async |body: Value| -> Value {
        stack.canaries().heard(&body);
        let answer = stack.http().post(stack.url("/api/chat")).json(&body).send().await.unwrap();
        answer.json().await.unwrap()
    };
    let first = chat(json!({ "message": "hello" })).await;
    let (session, request) = (first["session_id"].clone(), first["request_id"].as_str().unwrap().to_owned());
    assert_eq!(owner.does(&request, "takeover", json!({ "person": "Eve" })).await.0, 200);
    let handed = chat(json!({ "message": "anybody there?", "session_id": session })).await;
    assert_eq!((&handed["outcome"], &handed["response"]), (&json!("handed-over"), &json!(HELD)));
    owner.does(&request, "say", json!({ "text": "I am Eve." })).await;
    let read = async |after: &str| -> Vec<Value> {
        let request = stack.http().get(stack.url(&format!("/api/chat/messages{after}")));
        let answer = request.bearer_auth(session.as_str().unwrap()).send().await.unwrap();
        answer.json::<Value>().await.unwrap()["messages"].as_array().unwrap().clone()
    };
    let all = read("").await;
    let texts: Vec<&str> = all.iter().map(|message| message["text"].as_str().unwrap()).collect();
    assert_eq!(texts, [HELD, "I am Eve."]);
    let newer = read(&format!("?after={}", all[0]["id"].as_str().unwrap())).await;
    assert_eq!((newer.len(), &newer[0]["kind"]), (1, &json!("said")));
    let stranger = stack.http().get(stack.url("/api/chat/messages")).send().await.unwrap();
    assert_eq!(stranger.status(), 401);
    owner.does(&request, "release", json!({})).await;
    let back = chat(json!({ "message": "bot?", "session_id": session })).await;
    assert_eq!(back["response"], "[scripted model] You said: bot?");
}

/// A web client that asks for what a person says, from where it left off.
struct Reader<'s> {
    client: Client<'s>,
    next: Option<String>,
}

impl<'s> Reader<'s> {
    /// Whose conversation a person has just taken over: the person, and the request by which it is known.
    async fn of_a_takeover(stack: &'s Stack) -> (Owner<'s>, String, Reader<'s>) {
        let owner = stack.owner().await;
        let client = Client::begins(stack, "hello").await;
        let request = client.request_id.clone();
        owner.does(&request, "takeover", json!({ "person": "Eve" })).await;
        (owner, request, Reader { client, next: None })
    }

    /// Asks until there is no more. The texts of each page.
    async fn reads(&mut self) -> Vec<Vec<String>> {
        let mut pages = Vec::new();
        loop {
            let after = self.next.as_ref().map_or(String::new(), |next| format!("?after={next}"));
            let page = self.client.asks(&format!("/api/chat/messages{after}")).await;
            let texts = page["messages"].as_array().unwrap().iter();
            pages.push(texts.map(|message| message["text"].as_str().unwrap().to_owned()).collect());
            self.next = page["next"].as_str().map(ToOwned::to_owned);
            if page["more"] == false {
                return pages;
            }
        }
    }
}

#[tokio::test]
async fn a_web_client_that_was_away_reads_all_that_a_person_said_page_by_page() {
    if foreign_engines() {
        return;
    }
    let stack = Setup::quick().up().await;
    let (owner, request, mut reader) = Reader::of_a_takeover(&stack).await;
    assert_eq!(reader.reads().await, [[HELD]]);

    let said: Vec<String> = (0..120).map(|number| format!("word {number}")).collect();
    for words in said.chunks(40) {
        let waits = reader.client.says("go on").await;
        assert_eq!(reader.client.outcome(&waits).await, "handed-over");
        for text in words {
            assert_eq!(owner.does(&request, "say", json!({ "text": text })).await.0, 200);
        }
    }
    let pages = reader.reads().await;
    assert!(pages.len() == 2 && pages.iter().all(|page| page.len() <= 100), "{pages:?}");
    assert_eq!(pages.concat()[1..], said, "what was just said may have come late: it is read again");
    let step = json!({ "by_ms": 10 * 60_000 });
    stack.post(stack.url("/local/clock"), &step).await;
    reader.reads().await;
    assert_eq!(reader.reads().await, [Vec::<String>::new()], "and once more only so long");
}

/// By then the client has read on, and whoever was slow was earlier.
#[tokio::test]
async fn words_that_a_slower_clock_has_stamped_are_read_though_others_were_before() {
    let stack = Setup::quick().up().await;
    let (owner, request, mut reader) = Reader::of_a_takeover(&stack).await;
    let says = async |text: &str, ahead_ms: u128| {
        let body = json!({ "text": text, "message_id": uuid_v7(ahead_ms) });
        assert_eq!(owner.does(&request, "say", body).await.0, 200);
    };
    says("the parcel left", 120_000).await;
    assert_eq!(reader.reads().await.concat(), [HELD, "the parcel left"]);
    says("and is on its way", 0).await;
    assert!(reader.reads().await.concat().contains(&"and is on its way".to_owned()));
}

#[tokio::test]
async fn the_owners_routes_are_the_owners_alone() {
    let stack = Setup::quick().up().await;
    let owner = stack.owner().await;
    let ann = stack.person();
    ann.says("hello").await;
    ann.hears("You said: hello").await;
    let conversation = owner.conversation().await;
    for token in ["", "a-guess", "a-guess-that-is-as-long-as-the-token"] {
        let stranger = Owner { stack: &stack, token: token.to_owned() };
        let (status, refused) = stranger.does(&conversation, "takeover", json!({ "person": "Eve" })).await;
        assert_eq!((status, refused["error"].as_str()), (401, Some("unauthorized")));
    }
    assert_eq!(owner.does(&conversation, "say", json!({ "text": "hi" })).await.1["error"], "not-held");
    assert_eq!(owner.does(&conversation, "takeover", json!({})).await.0, 400);
    let nobody = "telegram:AAAAAAAAAAAAAAAAAAAAAA";
    assert_eq!(owner.does(nobody, "takeover", json!({ "person": "Eve" })).await.0, 404);
    owner.does(&conversation, "takeover", json!({ "person": "Eve" })).await;
    let (status, long) = owner.does(&conversation, "say", json!({ "text": "x".repeat(5_000) })).await;
    assert_eq!((status, long["error"].as_str()), (413, Some("too-long")), "nothing is cut in silence");
}

#[tokio::test]
async fn a_person_takes_over_by_command() {
    let stack = Setup::quick().up().await;
    let ann = stack.guest("telegram");
    ann.says("hello").await;
    ann.hears("You said: hello").await;
    let conversation = stack.owner().await.conversation().await;
    let port = stack.url("").rsplit(':').next().unwrap().to_owned();
    let command = async |arguments: &[&str]| -> String {
        let output = turnwise().args(arguments).args(["--port", &port]).output().await.unwrap();
        let said = [output.stdout, output.stderr].concat();
        String::from_utf8_lossy(&said).into_owned()
    };
    let refused = command(&["say", &conversation, "hi"]).await;
    assert_eq!(refused.trim_end(), "turnwise: take the conversation over first");
    let held = command(&["takeover", &conversation, "--person", "Eve"]).await;
    assert_eq!(held.trim_end(), format!("{conversation}: Eve answers"));
    command(&["say", &conversation, "I am Eve."]).await;
    ann.hears("I am Eve.").await;
    let shown = command(&["show", &conversation]).await;
    assert!(shown.contains("Eve      I am Eve.") && shown.contains("user     hello [answered]"), "{shown}");
    let who = format!("telegram:{}", ann.chat);
    let shown = command(&["show", &who]).await;
    assert!(shown.contains("user     hello [answered]"), "by its chat, too: {shown}");
    let back = command(&["release", &conversation]).await;
    assert_eq!(back.trim_end(), format!("{conversation}: the bot answers"));
    ann.hears(BACK).await;
}
