//! Where stories are told: a stack of its own that asks nobody outside, and what it knows of its users.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::DisplayErrorContext;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::ConversationKey;
use io::table::stored::{Kind, Stored};
use stand_ins::model;

use crate::cli::{Failure, Outside, Up};
use crate::resources;
use crate::stack::Stack;

/// Nothing waits longer than it has to; a crash is overcome within seconds. These go before the bot's own limits.
const SETTINGS: &[&str] = &[
    "model_delay_ms=1",
    "answer_timeout_ms=8000",
    "deadline_reserve_ms=500",
    "lease_margin_ms=100",
    "clock_skew_ms=0",
    "processor_timeout_s=10",
    "visibility_timeout_s=11",
    "poll_ms=20",
    "debounce_ms=0",
    "model_backoff_ms=1",
    // A story does not hear of what an earlier one did to the model.
    "circuit_look_ms=0",
    // No step lasts so long: whoever waits for the queues does not wait for watches.
    "watch_after_s=900",
];
/// How long a step may take. One with a killed processor takes its timeout.
const PATIENCE: Duration = Duration::from_mins(1);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(4);
/// What is due later than this is no part of the step.
const SOON_MS: u64 = 60_000;
/// How many turns may run at a time: a user's own and those that follow from it.
const MODEL_CONCURRENCY: u16 = 2;
/// Names the table and the queues.
const NAME: &str = "stories";

/// A stack for the stories of one bot.
pub struct Stage {
    /// The stack.
    pub stack: Stack,
    /// Its model.
    pub model: model::Handle,
    /// For the web's users.
    pub http: reqwest::Client,
    table: Client,
}

impl Stage {
    /// Starts the stack with the bot of a folder.
    pub async fn start(bot: &Path) -> Result<Stage, Failure> {
        let settings = SETTINGS.iter().map(|setting| (*setting).to_owned()).collect();
        let up = Up { outside: Outside::LeftAlone, ..Up::passing(bot, NAME, settings, MODEL_CONCURRENCY) };
        let stack = Stack::start(&up, None, |_| {}).await?;
        let model = stack.engines.model.scripted.clone().ok_or("there is no scripted model")?;
        let (table, _) = resources::clients(&stack.engines.places.dynamodb, &stack.engines.places.sqs).await;
        Ok(Stage { stack, model, http: reqwest::Client::new(), table })
    }

    /// Waits until nothing is on its way any more. `false`: it does not come to that.
    pub async fn is_done(&self) -> bool {
        let begin = Instant::now();
        while !self.is_quiet() {
            if begin.elapsed() > PATIENCE {
                return false;
            }
            tokio::time::sleep(PAUSE).await;
        }
        true
    }

    /// Waits until the model holds a request. `false`: the step was over before.
    pub async fn is_held(&self, asked_before: usize) -> bool {
        loop {
            let records = self.model.journal();
            let mut asked = records.iter().skip(asked_before);
            if asked.any(|record| record.outcome == model::Outcome::Running && !self.sorts(record)) {
                return true;
            }
            if self.is_quiet() {
                return false;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Whether a request only sorts a message into a class.
    pub fn sorts(&self, record: &model::Record) -> bool {
        self.model.shown(record.sequence).is_some_and(|shown| shown.contains(turn::SORTING))
    }

    /// Looked at in the order in which things go, so that nothing slips through between two looks: a message stays in its
    /// queue until its function is done.
    fn is_quiet(&self) -> bool {
        let engines = &self.stack.engines;
        let telegram = engines.telegram.as_ref().map_or(0, stand_ins::telegram::Handle::pending);
        let others = engines.platforms.stand_ins.values().map(stand_ins::chat::Handle::pending);
        if telegram + others.sum::<usize>() > 0 {
            return false;
        }
        let lambda = &self.stack.lambda;
        let works = lambda.sandboxes().iter().any(|sandbox| sandbox.state == "busy");
        if works || lambda.backlog().values().any(|waiting| *waiting > 0) {
            return false;
        }
        let Some(queues) = &engines.queues else { return false };
        let queues = queues.snapshot();
        let soon = queues.at + SOON_MS;
        let messages = queues.queues.iter().flat_map(|queue| &queue.messages);
        messages.filter(|message| message.until.is_none_or(|until| until <= soon)).count() == 0
    }

    /// Everything of a conversation.
    pub async fn stored(&self, conversation: &ConversationKey) -> Result<Vec<Kind>, Failure> {
        let query = self.table.query().table_name(NAME).consistent_read(true);
        let query = query.key_condition_expression("pk = :pk");
        let query = query.expression_attribute_values(":pk", AttributeValue::S(conversation.to_string()));
        let mut pages = query.into_paginator().items().send();
        let mut stored = Vec::new();
        while let Some(item) = pages.next().await {
            let item = item.map_err(|error| unreadable(&error))?;
            stored.extend(Stored::read(item).map(|stored| stored.kind));
        }
        Ok(stored)
    }

    /// The conversations that have begun.
    pub async fn conversations(&self) -> Result<BTreeSet<ConversationKey>, Failure> {
        let keys = self.keys().await?.into_iter();
        Ok(keys.filter_map(|(pk, _)| ConversationKey::parse(pk.as_s().ok()?)).collect())
    }

    /// Forgets what conversations share, so that no story depends on those before it: a model's health, kept answers, budgets.
    pub async fn forget_what_is_shared(&self) -> Result<(), Failure> {
        for (pk, sk) in self.keys().await? {
            if pk.as_s().is_ok_and(|pk| ConversationKey::parse(pk).is_none()) {
                let delete = self.table.delete_item().table_name(NAME).key("pk", pk).key("sk", sk);
                delete.send().await.map_err(|error| unreadable(&error))?;
            }
        }
        if self.stack.bot.keeps_answers {
            self.stack.lambda.retire();
        }
        Ok(())
    }

    /// Of all items.
    async fn keys(&self) -> Result<Vec<(AttributeValue, AttributeValue)>, Failure> {
        let scan = self.table.scan().table_name(NAME).consistent_read(true).projection_expression("pk, sk");
        let mut pages = scan.into_paginator().items().send();
        let mut keys = Vec::new();
        while let Some(item) = pages.next().await {
            let mut item = item.map_err(|error| unreadable(&error))?;
            keys.extend(item.remove("pk").zip(item.remove("sk")));
        }
        Ok(keys)
    }
}

fn unreadable(error: &(dyn std::error::Error + 'static)) -> Failure {
    format!("the table cannot be read: {}", DisplayErrorContext(error)).into()
}
