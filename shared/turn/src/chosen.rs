//! What a turn does without the model: one menu back, the main menu, settings.

use domain::command::Command;
use domain::wording::Sentence;
use domain::{Message, State, StatePatch};

use crate::Worker;

/// Longest value of a setting, in Unicode scalar values.
const VALUE_CHARS_MAX: usize = 100;

/// What the messages of a turn choose.
pub(crate) struct Chosen<'m> {
    /// The rest of them, for the model.
    pub talk: Vec<&'m Message>,
    /// What to say of each choice, in order.
    pub said: Vec<String>,
    /// The state afterwards.
    pub patch: Option<StatePatch>,
}

impl Worker<'_> {
    /// Obeys what is a choice, in order, and leaves the rest.
    pub(crate) fn choose<'m>(&self, state: &State, messages: &[&'m Message]) -> Chosen<'m> {
        let mut changed = state.clone();
        let mut chosen = Chosen { talk: Vec::new(), said: Vec::new(), patch: None };
        for message in messages {
            match self.choice(&mut changed, message) {
                Some(said) => chosen.said.push(said),
                None => chosen.talk.push(message),
            }
        }
        chosen.patch = state.patch_to(changed);
        chosen
    }

    /// Obeys a message that is a choice, and words the answer.
    fn choice(&self, state: &mut State, message: &Message) -> Option<String> {
        let say = |sentence| self.bot.wording.say(sentence, message.language.as_deref(), 0);
        match self.bot.words.recognise(&message.text) {
            Some(Command::Back) => {
                state.back();
                return Some(say(Sentence::WentBack));
            }
            Some(Command::MainMenu) => {
                state.main_menu();
                return Some(say(Sentence::AtMainMenu));
            }
            Some(Command::Cancel) | None => {}
        }
        let mut words = message.text.split_whitespace();
        match words.next()? {
            "/settings" => Some(self.listed(state)),
            "/set" => {
                let (name, value) = (words.next().unwrap_or_default(), words.collect::<Vec<_>>().join(" "));
                if !self.allows(name, &value) {
                    return Some(format!("{}\n{}", say(Sentence::SettingUnknown), self.listed(state)));
                }
                state.settings.insert(name.to_owned(), value);
                Some(say(Sentence::SettingSaved))
            }
            _ => None,
        }
        .filter(|_| !self.bot.settings.is_empty())
    }

    /// Whether a message is a choice: one is never superseded by a newer message, for nothing else does what it asks.
    pub(crate) fn is_choice(&self, message: &Message) -> bool {
        self.choice(&mut State::default(), message).is_some()
    }

    fn allows(&self, name: &str, value: &str) -> bool {
        let length = value.chars().count();
        let allowed = self.bot.settings.get(name);
        (1..=VALUE_CHARS_MAX).contains(&length)
            && allowed
                .is_some_and(|values| values.is_empty() || values.iter().any(|allowed| allowed == value))
    }

    /// The settings, a line each: `target = ja (en, ja)`.
    fn listed(&self, state: &State) -> String {
        let line = |(name, values): (&String, &Vec<String>)| {
            let value = state.settings.get(name).map_or("-", String::as_str);
            let choice = if values.is_empty() { String::new() } else { format!(" ({})", values.join(", ")) };
            format!("{name} = {value}{choice}")
        };
        self.bot.settings.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}
