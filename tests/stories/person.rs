//! Somebody who writes to the bot on Telegram, and what they hear of it.

use serde_json::{Value, json};

use crate::stack::{Stack, number, until};

/// Somebody on Telegram.
pub struct Person<'s> {
    stack: &'s Stack,
    chat: i64,
}

impl Stack {
    /// A person on Telegram.
    pub fn person(&self) -> Person<'_> {
        let chat = 1_000_000 + i64::try_from(number()).expect("a small number");
        self.canaries().id(&chat.to_string());
        Person { stack: self, chat }
    }
}

impl Person<'_> {
    /// Sends a message; the stand-in signs and delivers the webhook. Answers with what it reports.
    pub async fn says(&self, text: &str) -> Value {
        let delivered = self.tries_to_say(text).await;
        let status = delivered["status"].as_u64().unwrap_or_default();
        // On a busy machine an engine may answer late: then the platform delivers again, as it does in life.
        assert!(status == 200 || status >= 500, "`{text}`: {delivered}");
        delivered
    }

    /// The same, whatever the webhook answers.
    pub async fn tries_to_say(&self, text: &str) -> Value {
        let url = format!("{}/user/{}/say", self.stack.telegram(), self.chat);
        self.stack.post(url, &json!({ "text": text })).await
    }

    /// Telegram delivers an update once more.
    pub async fn is_delivered_again(&self, update: &Value) {
        let url = format!("{}/redeliver/{}", self.stack.telegram(), update["update_id"]);
        self.stack.post(url, &json!({})).await;
    }

    /// Everything the bot has sent, in order.
    pub async fn heard(&self) -> Vec<String> {
        let chat = self.stack.get(format!("{}/user/{}/messages", self.stack.telegram(), self.chat)).await;
        let lines = chat.as_array().or(chat["messages"].as_array()).expect("a list").clone();
        let from_bot = lines.iter().filter(|line| line["from"] == "bot");
        from_bot.map(|line| line["text"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Waits for a message of the bot that contains `text`.
    pub async fn hears(&self, text: &str) {
        until(&format!("the bot says `{text}`"), || async {
            self.heard().await.iter().any(|line| line.contains(text)).then_some(())
        })
        .await;
    }

    /// Waits until the bot has said as many things.
    pub async fn hears_in_all(&self, count: usize) -> Vec<String> {
        until(&format!("the bot says {count} things"), || async {
            let heard = self.heard().await;
            (heard.len() >= count).then_some(heard)
        })
        .await
    }
}
