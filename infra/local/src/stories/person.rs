//! The user of a story, on the channel where it is told.

mod chat;
mod web;

use domain::Channel;

use super::stage::Stage;
use crate::cli::Failure;
use chat::Chat;
use web::Browser;

/// A user. Nobody has written before as this one.
pub struct Person<'s> {
    language: Option<String>,
    seat: Seat<'s>,
}

/// Where a user sits.
enum Seat<'s> {
    Chat(Chat<'s>),
    Browser(Browser<'s>),
}

impl<'s> Person<'s> {
    /// The `number`th user of this stage.
    pub fn new(
        stage: &'s Stage,
        channel: Channel,
        number: u64,
        language: Option<String>,
    ) -> Result<Person<'s>, Failure> {
        let seat = if channel == Channel::WEB {
            Seat::Browser(Browser::new(stage, language.clone()))
        } else {
            Seat::Chat(Chat::new(stage, channel, number)?)
        };
        Ok(Person { language, seat })
    }

    /// The user writes. Returns when it is taken in.
    pub async fn says(&mut self, text: &str) -> Result<(), Failure> {
        match &mut self.seat {
            Seat::Browser(browser) => browser.says(text).await,
            Seat::Chat(chat) => chat.says(text, self.language.clone()).await,
        }
    }

    /// The user sends a voice message.
    pub async fn speaks(&mut self, sound: Vec<u8>) -> Result<(), Failure> {
        match &mut self.seat {
            Seat::Browser(_) => Err("the web takes no voice messages".into()),
            Seat::Chat(chat) => chat.speaks(sound, self.language.clone()).await,
        }
    }

    /// The user presses what such a button carries.
    pub async fn taps(&mut self, data: &str) -> Result<(), Failure> {
        match &mut self.seat {
            Seat::Browser(browser) => browser.says(data).await,
            Seat::Chat(chat) => chat.taps(data).await,
        }
    }

    /// What the bot has said since this was asked last.
    pub async fn hears(&mut self) -> Result<Vec<String>, Failure> {
        match &mut self.seat {
            Seat::Browser(browser) => browser.hears().await,
            Seat::Chat(chat) => Ok(chat.hears()),
        }
    }

    /// The buttons under the bot's last message: label, and what it carries. `None`: this channel shows none.
    pub fn buttons(&self) -> Option<Vec<(String, String)>> {
        match &self.seat {
            Seat::Browser(_) => None,
            Seat::Chat(chat) => Some(chat.buttons()),
        }
    }
}
