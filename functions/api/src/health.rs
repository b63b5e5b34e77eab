//! `GET /health`: whether messages can be taken in, and how the parts are that answer them. Nothing is asked that costs
//! anything: a model's state is what the turns have found out, and so is that of the queues and of the post.

use domain::figures::Figures;
use domain::{Address, Channel, ConversationKey, Passage};
use futures_util::future::{Either, join, select};
use gateway::Reply;
use io::table::Table;
use io::world::{TableError, World};
use serde_json::{Value, json};

use crate::Api;
use crate::stats::{Window, added_up};

/// Milliseconds after which the table counts as unavailable.
const TIMEOUT_MS: u64 = 1_500;

/// How a part is, and what to say of it.
struct Part {
    name: &'static str,
    state: &'static str,
    says: String,
}

const OK: &str = "ok";
const DEGRADED: &str = "degraded";
const UNAVAILABLE: &str = "unavailable";

impl<W: World> Api<W> {
    /// 200 while messages can be taken in, 503 when they cannot: without the table.
    pub(crate) async fn health(&self) -> Reply {
        let now = self.world.now();
        if let Some(reply) = self.looks.health.fresh(now) {
            return reply;
        }
        let parts = match select(Box::pin(self.parts()), self.world.sleep(TIMEOUT_MS)).await {
            Either::Left((Ok(parts), _)) => parts,
            Either::Left((Err(error), _)) => {
                tracing::warn!(%error, "the table does not answer");
                without_table()
            }
            Either::Right(_) => without_table(),
        };
        let is_any = |state: &str| parts.iter().any(|part| part.state == state);
        let state = [UNAVAILABLE, DEGRADED].into_iter().find(|state| is_any(state)).unwrap_or(OK);
        let shown = parts
            .iter()
            .map(|part| (part.name.to_owned(), json!({ "status": part.state, "says": part.says })));
        let shown = Value::Object(shown.collect());
        let body = json!({ "status": state, "bot": self.bot.name, "parts": shown });
        let reply = Reply::json(if state == UNAVAILABLE { 503 } else { 200 }, body.to_string());
        self.looks.health.keep(now, &reply);
        reply
    }

    async fn parts(&self) -> Result<Vec<Part>, TableError> {
        let nobody = Address { channel: Channel::WEB, chat: "health".to_owned(), thread: None };
        let probe = ConversationKey::of(&self.bot.name, &nobody);
        let table = Table::of(&self.world);
        table.mailbox(&probe).await?;
        let window = Window::before(self.world.now());
        let (minute, model) = join(self.read(&window), self.model()).await;
        let minute = minute?;
        let lately = added_up(minute.iter().rev().take(2));
        let cache =
            if self.bot.keeps_answers { "answers are kept for all" } else { "this bot keeps no answers" };
        Ok(vec![
            part("table", OK, "it answers"),
            queues(&lately),
            model?,
            part("cache", OK, cache),
            mail(&added_up(minute.iter())),
        ])
    }

    /// The bot's models as all instances know them.
    async fn model(&self) -> Result<Part, TableError> {
        let (table, now) = (Table::of(&self.world), self.world.now());
        let mut left_alone = Vec::new();
        let models = || [&self.bot.model].into_iter().chain(&self.bot.fallbacks);
        for model in models() {
            let circuit = table.circuit(model).await?;
            match circuit.passage(now) {
                Passage::Open(until) => {
                    left_alone
                        .push(format!("{model} is not asked for {} s", until.since(now).div_ceil(1_000)));
                }
                Passage::HalfOpen => left_alone.push(format!("{model} is tried by the next turn")),
                Passage::Closed if circuit.failures > 0 => {
                    left_alone.push(format!("{model} has failed {} times in a row", circuit.failures));
                }
                Passage::Closed => {}
            }
        }
        Ok(if left_alone.is_empty() {
            part("model", OK, "no model has failed last")
        } else {
            part("model", DEGRADED, &format!("{}; messages are taken in all the same", left_alone.join(", ")))
        })
    }
}

/// By what the processes have counted in the last ten to twenty seconds.
fn queues(lately: &Figures) -> Part {
    let failed = lately.queue_failures;
    let taken_in = lately.requests.count();
    match (failed, taken_in) {
        (0, _) => part("queues", OK, "no send has failed in the last 10 s"),
        (_, 0) => part(
            "queues",
            DEGRADED,
            &format!("{failed} sends have failed in the last 10 s, and nothing was taken in meanwhile"),
        ),
        _ => part(
            "queues",
            DEGRADED,
            &format!("{failed} sends have failed in the last 10 s; platforms deliver again"),
        ),
    }
}

fn mail(minute: &Figures) -> Part {
    match (minute.mail_failures, minute.mails) {
        (0, mails) => part("mail", OK, &format!("{mails} mails in the last minute")),
        (failed, mails) => part(
            "mail",
            DEGRADED,
            &format!("{failed} of {mails} mails in the last minute were not taken; users were told"),
        ),
    }
}

/// What can be said when the table says nothing.
fn without_table() -> Vec<Part> {
    let unknown = |name| part(name, DEGRADED, "not known without the table");
    let table = part("table", UNAVAILABLE, "it does not answer: platforms get 5xx and deliver again");
    vec![table, unknown("queues"), unknown("model"), unknown("cache"), unknown("mail")]
}

fn part(name: &'static str, state: &'static str, says: &str) -> Part {
    Part { name, state, says: says.to_owned() }
}
