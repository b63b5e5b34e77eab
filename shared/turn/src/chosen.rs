//! What a turn does without the model: one menu back, the main menu, settings.

use domain::command::Command;
use domain::errand::{Errand, Task};
use domain::turn::Button;
use domain::wording::Sentence;
use domain::{Message, MessageKind, State, StatePatch};

use crate::Worker;

/// Longest value of a setting, in Unicode scalar values.
const VALUE_CHARS_MAX: usize = 100;

/// Longest thing a button can say: Telegram's `callback_data`, in bytes.
const BUTTON_BYTES_MAX: usize = 64;

/// Most buttons under one message: WhatsApp's lists have 10 rows.
pub(crate) const BUTTONS_MAX: usize = 10;

/// What the messages of a turn choose.
#[derive(Default)]
pub(crate) struct Chosen<'m> {
    /// The rest of them, for the model.
    pub talk: Vec<&'m Message>,
    /// What to say of each choice, in order.
    pub said: Vec<String>,
    /// What may be chosen next, for tapping.
    pub buttons: Vec<Button>,
    /// The state afterwards.
    pub patch: Option<StatePatch>,
    /// What is to be done beside; the part that tells of it counted in `said`.
    pub errands: Vec<Errand>,
}

impl Worker<'_> {
    /// Obeys what is a choice, in order, and leaves the rest.
    pub(crate) fn choose<'m>(&self, state: &State, messages: &[&'m Message]) -> Chosen<'m> {
        let mut changed = state.clone();
        let mut chosen = Chosen::default();
        for message in messages {
            let mut errands = Vec::new();
            let is_mailed = has_mail(&chosen.errands);
            match self.choice(&mut changed, message, &mut errands) {
                // One mail a turn: how far it has come stands in the answer once.
                Some(_) if is_mailed && has_mail(&errands) => {
                    let language = message.language.as_deref();
                    chosen.said.push(self.bot.wording.say(Sentence::EmailFailed, language, 0));
                }
                Some((said, buttons)) => {
                    let part = chosen.said.len();
                    chosen.errands.extend(errands.into_iter().map(|errand| Errand { part, ..errand }));
                    chosen.said.push(said);
                    chosen.buttons = buttons;
                }
                None => chosen.talk.push(message),
            }
        }
        chosen.patch = state.patch_to(changed);
        chosen
    }

    /// Obeys a message that is a choice, and words the answer, with what may be chosen next.
    fn choice(
        &self,
        state: &mut State,
        message: &Message,
        errands: &mut Vec<Errand>,
    ) -> Option<(String, Vec<Button>)> {
        let say = |sentence| self.bot.wording.say(sentence, message.language.as_deref(), 0);
        let alone = |sentence| Some((say(sentence), Vec::new()));
        if message.kind == MessageKind::Announced {
            Self::forget_reminder(state, message);
            return Some((message.text.clone(), Vec::new()));
        }
        if message.kind == MessageKind::Prompted {
            return None;
        }
        if let Some(done) = self.subscription(state, message) {
            return Some(done);
        }
        let said = self.reminder(state, message, errands).or_else(|| self.email(state, message, errands));
        if let Some(said) = said {
            return Some((said, Vec::new()));
        }
        match self.bot.words.recognise(&message.text) {
            Some(Command::Back) => {
                state.back();
                return alone(Sentence::WentBack);
            }
            Some(Command::MainMenu) => {
                state.main_menu();
                return alone(Sentence::AtMainMenu);
            }
            Some(Command::Cancel) | None => {}
        }
        let mut words = message.text.split_whitespace();
        match words.next()? {
            "/settings" => Some((self.listed(state, None), self.offered(None))),
            "/set" => {
                let (name, value) = (words.next().unwrap_or_default(), words.collect::<Vec<_>>().join(" "));
                if value.is_empty() && self.bot.settings.contains_key(name) {
                    return Some((self.listed(state, Some(name)), self.offered(Some(name))));
                }
                if !self.allows(name, &value) {
                    let listed = self.listed(state, None);
                    return Some((
                        format!("{}\n{listed}", say(Sentence::SettingUnknown)),
                        self.offered(None),
                    ));
                }
                state.settings.insert(name.to_owned(), value);
                alone(Sentence::SettingSaved)
            }
            _ => None,
        }
        .filter(|_| !self.bot.settings.is_empty())
    }

    /// Whether a message is a choice: one is never superseded by a newer message, for nothing else does what it asks.
    pub(crate) fn is_choice(&self, message: &Message) -> bool {
        self.choice(&mut State::default(), message, &mut Vec::new()).is_some()
    }

    fn allows(&self, name: &str, value: &str) -> bool {
        let length = value.chars().count();
        let allowed = self.bot.settings.get(name);
        (1..=VALUE_CHARS_MAX).contains(&length)
            && allowed
                .is_some_and(|values| values.is_empty() || values.iter().any(|allowed| allowed == value))
    }

    /// The values to choose from, of one setting or of all; a value that no button can carry has to be typed.
    fn offered(&self, only: Option<&str>) -> Vec<Button> {
        let settings = self.bot.settings.iter().filter(|(name, _)| only.is_none_or(|only| only == *name));
        let alone = only.is_some() || self.bot.settings.len() == 1;
        let buttons = settings.flat_map(|(name, values)| {
            values.iter().map(move |value| Button {
                label: if alone { value.clone() } else { format!("{name}: {value}") },
                says: format!("/set {name} {value}"),
            })
        });
        buttons.filter(|button| button.says.len() <= BUTTON_BYTES_MAX).take(BUTTONS_MAX).collect()
    }

    /// The settings, a line each: `target = ja (en, ja)`.
    fn listed(&self, state: &State, only: Option<&str>) -> String {
        let line = |(name, values): (&String, &Vec<String>)| {
            let value = state.settings.get(name).map_or("-", String::as_str);
            let choice = if values.is_empty() { String::new() } else { format!(" ({})", values.join(", ")) };
            format!("{name} = {value}{choice}")
        };
        let settings = self.bot.settings.iter().filter(|(name, _)| only.is_none_or(|only| only == *name));
        settings.map(line).collect::<Vec<_>>().join("\n")
    }
}

fn has_mail(errands: &[Errand]) -> bool {
    errands.iter().any(|errand| matches!(errand.task, Task::Mail { .. }))
}
