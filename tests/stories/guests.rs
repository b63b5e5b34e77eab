//! People on every chat platform, acting through its stand-in.

use serde_json::{Value, json};

use crate::stack::{Stack, number, until};

/// Every chat platform, and what people can do there as far as it tells a bot of it.
pub const PLATFORMS: [Platform; 6] = [
    Platform { name: "discord", groups: Groups::SpokenTo, edits: false, unsends: false },
    Platform { name: "line", groups: Groups::Overheard, edits: false, unsends: true },
    Platform { name: "messenger", groups: Groups::None, edits: true, unsends: true },
    Platform { name: "slack", groups: Groups::Overheard, edits: true, unsends: true },
    Platform { name: "telegram", groups: Groups::Overheard, edits: true, unsends: false },
    Platform { name: "whatsapp", groups: Groups::None, edits: true, unsends: true },
];

/// A chat platform.
#[derive(Clone, Copy)]
pub struct Platform {
    /// As in the list of channels.
    pub name: &'static str,
    /// Several people and the bot in one chat.
    pub groups: Groups,
    /// A message can be changed in a chat of two.
    pub edits: bool,
    /// A message can be taken back, and the bot is told.
    pub unsends: bool,
}

/// What a bot hears in a group.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Groups {
    /// There are none, or none where it can be spoken to by its name.
    None,
    /// What is said to it.
    SpokenTo,
    /// Everything.
    Overheard,
}

/// Somebody on a platform.
pub struct Guest<'s> {
    stack: &'s Stack,
    /// Where.
    pub platform: &'static str,
    /// The chat's id there.
    pub chat: String,
}

impl Stack {
    /// Somebody new, alone with the bot.
    pub fn guest(&self, platform: &'static str) -> Guest<'_> {
        let number = number();
        let chat = match platform {
            "line" => format!("U{number:032x}"),
            "whatsapp" => format!("35840{number:07}"),
            "slack" => format!("D0STORY{number:04}"),
            "discord" => (1_185_000_000_000_000_000 + number).to_string(),
            _ => (7_000_000_000_u64 + number).to_string(),
        };
        Guest { stack: self, platform, chat }
    }

    /// A chat of several people.
    pub fn group(&self, platform: &'static str) -> Guest<'_> {
        let number = number();
        let chat = match platform {
            "line" => format!("C{number:032x}"),
            "slack" => format!("C0STORY{number:04}"),
            "telegram" => format!("-{}", 4_000_000_000 + number),
            _ => (1_182_000_000_000_000_000 + number).to_string(),
        };
        Guest { stack: self, platform, chat }
    }
}

impl Guest<'_> {
    /// Says a text; the platform signs and delivers the webhook. Answers with what it reports.
    pub async fn says(&self, text: &str) -> Value {
        self.sends(json!({ "text": text })).await
    }

    /// Sends whatever a platform can send.
    pub async fn sends(&self, say: Value) -> Value {
        self.tells("say", say).await
    }

    /// Does something that the bot is told of, and waits until it has taken it.
    pub async fn tells(&self, what: &str, how: Value) -> Value {
        let told = self.does(what, how).await;
        if is_taken(&told) {
            return told;
        }
        // On a busy machine an engine may answer late, or a platform's patience end first: then the platform delivers again,
        // where it does in life.
        let is_late = told["status"].as_u64().is_none_or(|status| status >= 500);
        assert!(is_late && self.platform != "discord", "{}: {told}", self.platform);
        until("the bot takes it", || async { is_taken(&self.is_delivered_again(&told).await).then_some(()) })
            .await;
        told
    }

    /// Says something in a group, as its `member`th member.
    pub async fn says_in_group(&self, member: u64, text: &str, to_the_bot: bool) -> Value {
        let user = match self.platform {
            "line" => format!("U{member:032x}"),
            "slack" => format!("U0MEMBER{member}"),
            _ => (1_184_000_000_000_000_000 + member).to_string(),
        };
        let say = match self.platform {
            "telegram" => json!({ "text": text, "group_member": 5_000 + member, "mention": to_the_bot }),
            "discord" => json!({ "text": text, "group": true, "user": user }),
            _ => json!({ "text": text, "group": true, "user": user, "mention": to_the_bot }),
        };
        self.sends(say).await
    }

    /// Taps the button with this label under a message of the bot.
    pub async fn taps(&self, label: &str) {
        let data = until(&format!("{}: a button `{label}`", self.platform), || async {
            self.lines().await.iter().find_map(|line| button(line, label))
        })
        .await;
        self.does("press", json!({ "data": data })).await;
    }

    /// Does something in the chat.
    pub async fn does(&self, what: &str, how: Value) -> Value {
        let url = format!("{}/user/{}/{what}", self.stack.platform(self.platform), self.chat);
        self.stack.post(url, &how).await
    }

    /// The platform delivers an event once more.
    pub async fn is_delivered_again(&self, event: &Value) -> Value {
        let id = match self.platform {
            "telegram" => event["update_id"].to_string(),
            _ => event["event"].as_str().expect("an event").to_owned(),
        };
        self.stack.post(format!("{}/redeliver/{id}", self.stack.platform(self.platform)), &json!({})).await
    }

    /// The platform's next answers go wrong like this.
    pub async fn platform_fails(&self, faults: Value) {
        self.stack.post(format!("{}/control/faults", self.stack.platform(self.platform)), &faults).await;
    }

    /// Calls of the bot to the platform, by the platform's name for them. On Discord an answer that overtakes the reply to its
    /// interaction is not found, and sent once more: that does not count.
    pub async fn calls(&self, operation: &str) -> usize {
        let journal = self.stack.get(format!("{}/journal", self.stack.platform(self.platform))).await;
        let name = if self.platform == "telegram" { "method" } else { "operation" };
        journal
            .as_array()
            .expect("a list")
            .iter()
            .filter(|call| call[name] == operation)
            .filter(|call| !(self.platform == "discord" && call["status"] == 404))
            .count()
    }

    /// What the bot has said and still stands there, in order.
    pub async fn heard(&self) -> Vec<String> {
        let lines = self.lines().await;
        let said = lines.iter().filter(|line| line["from"] == "bot" && line["unsent"] != true);
        said.map(|line| line["text"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Waits for something the bot says.
    pub async fn hears(&self, text: &str) {
        until(&format!("{}: the bot says `{text}`", self.platform), || async {
            self.heard().await.iter().any(|line| line.contains(text)).then_some(())
        })
        .await;
    }

    /// Signs that the bot is at work, as the user sees them.
    pub async fn signs(&self) -> Vec<String> {
        let url = format!("{}/user/{}/signs", self.stack.platform(self.platform), self.chat);
        let signs = self.stack.get(url).await;
        let kinds = signs.as_array().expect("a list").iter();
        kinds.map(|sign| sign["kind"].as_str().unwrap_or_default().to_owned()).collect()
    }

    async fn lines(&self) -> Vec<Value> {
        let url = format!("{}/user/{}/messages", self.stack.platform(self.platform), self.chat);
        self.stack.get(url).await.as_array().expect("a list").clone()
    }
}

/// Whether the webhook has taken what was delivered to it.
pub fn is_taken(delivered: &Value) -> bool {
    delivered["status"].as_u64().is_some_and(|status| (200..300).contains(&status))
}

/// What the button with this label carries.
fn button(line: &Value, label: &str) -> Option<String> {
    let rows = line["reply_markup"]["inline_keyboard"].as_array().into_iter().flatten();
    let telegrams = rows.flat_map(|row| row.as_array().into_iter().flatten());
    let telegrams = telegrams.map(|button| (&button["text"], &button["callback_data"]));
    let others = line["buttons"].as_array().into_iter().flatten();
    let others = others.map(|button| (&button["label"], &button["data"]));
    telegrams.chain(others).find(|(found, _)| *found == label)?.1.as_str().map(ToOwned::to_owned)
}
