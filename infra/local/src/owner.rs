//! `takeover`, `say`, `release`, `show`: the owner's routes by command, of the local stack or a deployment.

use std::time::Duration;

use domain::Millis;
use io::clock::Clock;
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};

use crate::cli::{Conversation, Failure, Lines};
use crate::clock::StackClock;
use crate::whose;

/// Times that a request is made, while nobody knows what became of it: it carries its own id.
const ATTEMPTS: u32 = 3;

/// How long one attempt may take: an HTTP API gives up after 30 seconds.
const TIMEOUT: Duration = Duration::from_secs(31);

/// What an owner does.
pub enum Deed<'d> {
    /// A person of this name answers from now on.
    TakeOver(&'d str),
    /// They say this.
    Say(&'d str),
    /// The bot answers again.
    Release,
    /// Who holds it, what waits, these lines.
    Show(&'d Lines),
}

/// Does it, and prints what the stack says of it.
pub fn run(of: &Conversation, deed: &Deed<'_>) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let said = runtime.block_on(async {
        let door = Door::of(of).await?;
        let conversation = whose::talked_of(of).await?;
        door.ask(conversation.as_str(), deed).await
    })?;
    match deed {
        Deed::Show(_) => show(&said),
        Deed::Say(_) => println!("{}: on its way", of.name),
        Deed::TakeOver(_) | Deed::Release => match text(&said, "held_by") {
            Some(person) => println!("{}: {person} answers", of.name),
            None => println!("{}: the bot answers", of.name),
        },
    }
    Ok(())
}

/// Where the routes are, what opens them, and what time it is there.
struct Door {
    url: String,
    token: String,
    clock: Clock,
}

impl Door {
    /// With the environment's token, or that of the local stack.
    async fn of(of: &Conversation) -> Result<Door, Failure> {
        let given = std::env::var(startup::OWNER_TOKEN).ok();
        let given = given.and_then(|tokens| tokens.split(',').next().map(|token| token.trim().to_owned()));
        let given = given.filter(|token| !token.is_empty());
        match (&of.url, given) {
            (Some(url), Some(token)) => {
                Ok(Door { url: url.trim_end_matches('/').to_owned(), token, clock: Clock::default() })
            }
            (Some(_), None) => Err("set OWNER_TOKEN to the token of that deployment".into()),
            (None, given) => Door::of_local_stack(of.port, given).await,
        }
    }

    async fn of_local_stack(port: u16, given: Option<String>) -> Result<Door, Failure> {
        let state = local_state(port).await?;
        let made_up = state.pointer("/secrets/OWNER_TOKEN").and_then(Value::as_str);
        let token = given.or_else(|| made_up.map(ToOwned::to_owned));
        let token = token.ok_or("the stack was started with an OWNER_TOKEN: set the same one here")?;
        Ok(Door { url: format!("http://127.0.0.1:{port}"), token, clock: StackClock::told(&state) })
    }

    async fn ask(&self, conversation: &str, deed: &Deed<'_>) -> Result<Value, Failure> {
        let Door { url, token, clock } = self;
        let place = format!("{url}/api/owner/conversations/{}", conversation.replace(':', "%3A"));
        let id = made_at(clock.now());
        let (method, place, body) = match deed {
            Deed::TakeOver(person) => {
                (Method::POST, format!("{place}/takeover"), json!({ "person": person, "message_id": id }))
            }
            Deed::Say(text) => {
                (Method::POST, format!("{place}/say"), json!({ "text": text, "message_id": id }))
            }
            Deed::Release => (Method::POST, format!("{place}/release"), json!({ "message_id": id })),
            Deed::Show(lines) => (Method::GET, format!("{place}?{}", lines.query()), Value::Null),
        };
        let http = Client::builder().timeout(TIMEOUT).build()?;
        let mut attempt = 1;
        loop {
            let request = http.request(method.clone(), &place).bearer_auth(token);
            let request = if body.is_null() { request } else { request.json(&body) };
            let why = match request.send().await {
                Ok(answer) if !answer.status().is_server_error() => return understood(answer).await,
                Ok(answer) => format!("it answers {}", answer.status()),
                Err(error) => error.to_string(),
            };
            if attempt == ATTEMPTS {
                return Err(format!("{url} cannot be asked: {why}").into());
            }
            attempt += 1;
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }
}

/// What the local stack says of itself.
pub async fn local_state(port: u16) -> Result<Value, Failure> {
    let url = format!("http://127.0.0.1:{port}/local/state");
    let state = async { reqwest::get(&url).await?.json::<Value>().await };
    state
        .await
        .map_err(|_| format!("no local stack answers on port {port}; name its port with --port").into())
}

/// A UUID of version 7.
fn made_at(at: Millis) -> String {
    let (seconds, nanos) = (at.0.div_euclid(1_000), at.0.rem_euclid(1_000) * 1_000_000);
    let (seconds, nanos) = (u64::try_from(seconds).unwrap_or(0), u32::try_from(nanos).unwrap_or(0));
    uuid::Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, seconds, nanos)).to_string()
}

async fn understood(answer: reqwest::Response) -> Result<Value, Failure> {
    let status = answer.status();
    let said: Value = answer.json().await.unwrap_or_default();
    if status == StatusCode::OK {
        return Ok(said);
    }
    Err(text(&said, "message")
        .map_or_else(|| format!("the stack answers {status}"), ToOwned::to_owned)
        .into())
}

fn show(said: &Value) {
    let list = |name| said.get(name).and_then(Value::as_array).into_iter().flatten();
    let of = text(said, "conversation").unwrap_or_default();
    println!("{of}: {} answers", text(said, "held_by").unwrap_or("the bot"));
    for waits in list("waiting").filter_map(Value::as_str) {
        println!("waits  {waits}");
    }
    for line in list("lines") {
        let field = |name| text(line, name);
        let from = field("person").or(field("from")).unwrap_or_default();
        let mark = field("outcome").or(field("told")).unwrap_or_default();
        let (at, said) = (field("at").unwrap_or_default(), field("text").unwrap_or_default());
        println!("{at} {from:<8} {said} [{mark}]");
    }
}

fn text<'v>(of: &'v Value, name: &str) -> Option<&'v str> {
    of.get(name).and_then(Value::as_str)
}
