//! The protocol on the real handlers, in one process: what a turn costs, what a mailbox weighs, what a forged
//! request touches.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

mod budget;
mod figures;
mod forgetting;
mod frozen;
mod messages;
mod notes;
mod persons;
mod proof;
mod upgrade;
mod weight;

use std::path::Path;
use std::sync::Arc;

use batch::{Record, Verdict};
use bot::Bot;
use domain::Millis;
use gateway::Request;
use io::world::World;
use mail::NoMailer;
use processor::{Means, Processor, Shelf};
use scheduler::NoScheduler;
use simulation::{Simulation, credentials};
use stand_ins::sqs::rules::Received;
use turn::Chain;
use webhook::Webhook;

/// When the clocks begin, the platform's and ours.
const NOW: Millis = Millis(1_795_165_200_000);
const SECRET: &str = "a-secret";

/// The webhook and the processor on one simulated world.
struct House {
    world: Simulation,
    webhook: Webhook<Simulation>,
    processor: Processor<Simulation, Simulation>,
}

fn house() -> House {
    house_with("")
}

/// With these limits besides.
fn house_with(limits: &str) -> House {
    let toml = format!("name = \"demo\"\n[limits]\ndebounce_ms = 0\ncircuit_look_ms = 0\n{limits}");
    let files = [("bot.toml", toml.as_str()), ("prompts/default.md", "Be kind.")];
    let files = files.map(|(name, text)| (name.to_owned(), text.to_owned())).into();
    let bot = Bot::of(Path::new("demo"), &files).expect("a bot");
    let world = Simulation::new(NOW).expect("a world");
    House {
        webhook: Webhook { world: world.clone(), bot: bot.clone(), credentials: credentials(SECRET).into() },
        processor: Processor {
            world: world.clone(),
            http: world.clone(),
            means: Means {
                credentials: credentials(SECRET),
                models: Chain::single(Arc::new(world.clone())),
                skills: simulation::skills(&bot).expect("skills"),
                mailer: Arc::new(NoMailer),
            }
            .into(),
            bot,
            scheduler: Arc::new(NoScheduler),
            news: None,
            shelf: Shelf::default(),
        },
        world,
    }
}

impl House {
    /// A message of user 42, delivered with this proof.
    async fn delivers(&self, message_id: u64, text: &str, proof: Option<&str>) -> u16 {
        self.delivers_of(42, message_id, text, proof).await
    }

    /// A message of this user's.
    async fn delivers_of(&self, user: u64, message_id: u64, text: &str, proof: Option<&str>) -> u16 {
        let from = serde_json::json!({ "id": user, "is_bot": false, "first_name": "Ann" });
        self.delivers_from(&from, message_id, text, proof).await
    }

    /// A message of somebody who is described so.
    async fn delivers_from(
        &self,
        from: &serde_json::Value,
        message_id: u64,
        text: &str,
        proof: Option<&str>,
    ) -> u16 {
        let body = serde_json::json!({
            "update_id": message_id,
            "message": {
                "message_id": message_id,
                "from": from,
                "chat": { "id": from["id"], "type": "private" },
                "date": self.world.now().seconds(),
                "text": text,
            },
        });
        let header = proof.map(|proof| ("x-telegram-bot-api-secret-token".to_owned(), proof.to_owned()));
        let request = Request {
            method: "POST".into(),
            path: "/webhook/telegram".into(),
            query: String::new(),
            headers: header.into_iter().collect(),
            body: body.to_string().into_bytes(),
            id: message_id.to_string(),
            socket: None,
        };
        self.webhook.receive(&request).await.status
    }

    /// One round of the event source mapping. Answers whether there was a doorbell.
    async fn turns(&self) -> bool {
        let Some(received) = self.world.receive_doorbell() else { return false };
        if self.processor.handle(record(&received), NOW + 60_000).await == Verdict::Done {
            assert!(self.world.delete_doorbell(&received.receipt_handle));
        }
        true
    }
}

/// A doorbell as the event source mapping hands it on.
fn record(received: &Received) -> Record {
    Record {
        id: received.sequence.to_string(),
        queue: "doorbells.fifo".to_owned(),
        receipt: received.receipt_handle.clone(),
        body: received.content.body.clone(),
        group: received.content.group.clone().unwrap_or_default(),
        received: 1,
        trace: String::new(),
    }
}
