//! A user of a chat platform's stand-in, alone with the bot.

use domain::Channel;
use serde_json::Value;
use stand_ins::{chat, telegram};

use crate::cli::Failure;
use crate::stories::stage::Stage;

/// A chat of two.
pub struct Chat<'s> {
    platform: Platform<'s>,
    /// Its id there.
    id: String,
    number: i64,
    /// How many of the bot's messages were heard before.
    heard: usize,
}

/// The stand-ins, of which Telegram's is older than the others.
enum Platform<'s> {
    Telegram(&'s telegram::Handle),
    Other(&'s chat::Handle),
}

impl<'s> Chat<'s> {
    /// The chat of the `number`th user.
    pub fn new(stage: &'s Stage, channel: Channel, number: u64) -> Result<Chat<'s>, Failure> {
        let engines = &stage.stack.engines;
        let telegram = engines.telegram.as_ref().filter(|_| channel.name() == "telegram");
        let other = || engines.platforms.stand_ins.get(channel.name());
        let platform = telegram.map(Platform::Telegram).or_else(|| other().map(Platform::Other));
        let platform = platform.ok_or_else(|| format!("there is no stand-in for {channel}"))?;
        let id = id(channel.name(), number);
        let number = id.parse().unwrap_or_default();
        Ok(Chat { platform, id, number, heard: 0 })
    }

    /// Says a text.
    pub async fn says(&self, text: &str, language: Option<String>) -> Result<(), Failure> {
        match &self.platform {
            Platform::Telegram(telegram) => {
                let say = telegram::Say {
                    text: text.to_owned(),
                    language_code: language,
                    ..telegram::Say::default()
                };
                taken(telegram.say(self.number, say).await.status)
            }
            Platform::Other(platform) => {
                let say = chat::Say { language, ..written(platform.channel(), text) };
                taken(platform.say(&self.id, say).await?.status)
            }
        }
    }

    /// Sends a voice message.
    pub async fn speaks(&self, sound: Vec<u8>, language: Option<String>) -> Result<(), Failure> {
        match &self.platform {
            Platform::Telegram(telegram) => {
                let (voice, language_code) = (Some(sound), language);
                let say = telegram::Say { voice, language_code, ..telegram::Say::default() };
                taken(telegram.say(self.number, say).await.status)
            }
            Platform::Other(platform) => {
                let say = chat::Say { voice: Some(sound), language, ..chat::Say::default() };
                taken(platform.say(&self.id, say).await?.status)
            }
        }
    }

    /// Presses a button.
    pub async fn taps(&self, data: &str) -> Result<(), Failure> {
        match &self.platform {
            Platform::Telegram(telegram) => taken(telegram.press(self.number, data).await.status),
            Platform::Other(platform) => {
                let press = chat::Press { data: data.to_owned(), user: None };
                taken(platform.press(&self.id, press).await?.status)
            }
        }
    }

    /// What the bot has said since this was asked last.
    pub fn hears(&mut self) -> Vec<String> {
        let said: Vec<String> = self.lines().into_iter().map(|(text, _)| text).collect();
        let new = said.get(self.heard..).unwrap_or_default().to_vec();
        self.heard = said.len();
        new
    }

    /// The buttons under the bot's last message.
    pub fn buttons(&self) -> Vec<(String, String)> {
        self.lines().pop().map(|(_, buttons)| buttons).unwrap_or_default()
    }

    /// What the bot has said, with the buttons under it.
    fn lines(&self) -> Vec<(String, Vec<(String, String)>)> {
        match &self.platform {
            Platform::Telegram(telegram) => {
                let lines = telegram.messages(self.number).into_iter();
                let lines = lines.filter(|line| line.from == telegram::Author::Bot);
                lines.map(|line| (line.text, keyboard(line.reply_markup.as_ref()))).collect()
            }
            Platform::Other(platform) => {
                let lines = platform.messages(&self.id).into_iter();
                let lines = lines.filter(|line| line.from == chat::Author::Bot && !line.unsent);
                let buttons = |buttons: Vec<chat::Button>| {
                    buttons.into_iter().map(|button| (button.label, button.data)).collect()
                };
                lines.map(|line| (line.text, buttons(line.buttons))).collect()
            }
        }
    }
}

/// Ids of the platforms' own forms.
fn id(channel: &str, number: u64) -> String {
    match channel {
        "line" => format!("U{number:032x}"),
        "whatsapp" => format!("35840{number:07}"),
        "slack" => format!("D0STORY{number:04}"),
        "discord" => (1_185_000_000_000_000_000 + number).to_string(),
        _ => (7_000_000_000 + number).to_string(),
    }
}

/// A text as it is written there: on Discord, whatever begins with a slash is a command of its own.
fn written(channel: &str, text: &str) -> chat::Say {
    match text.strip_prefix('/').filter(|_| channel == "discord") {
        None => chat::Say { text: Some(text.to_owned()), ..chat::Say::default() },
        Some(command) => {
            let (command, rest) = command.split_once(' ').unwrap_or((command, ""));
            let text = Some(rest.to_owned()).filter(|rest| !rest.is_empty());
            chat::Say { command: Some(command.to_owned()), text, ..chat::Say::default() }
        }
    }
}

/// A webhook that fails is called again, as in life; one that refuses says why nobody will answer.
fn taken(status: Option<u16>) -> Result<(), Failure> {
    match status {
        Some(refused) if (400..500).contains(&refused) => {
            Err(format!("the webhook answered {refused}").into())
        }
        _ => Ok(()),
    }
}

/// The buttons of an inline keyboard.
fn keyboard(markup: Option<&Value>) -> Vec<(String, String)> {
    let rows = markup.and_then(|markup| markup.get("inline_keyboard")?.as_array()).into_iter().flatten();
    let buttons = rows.filter_map(Value::as_array).flatten();
    let text = |button: &Value, field: &str| Some(button.get(field)?.as_str()?.to_owned());
    buttons.filter_map(|button| Some((text(button, "text")?, text(button, "callback_data")?))).collect()
}
