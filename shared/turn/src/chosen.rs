//! What a turn does without the model: menus, modes, settings, what is asked for ahead of time.

use bot::Setting;
use domain::command::{Command, fold};
use domain::errand::{Errand, Task};
use domain::turn::Button;
use domain::wording::Sentence;
use domain::{Message, MessageKind, State, StatePatch};

use crate::menus::Told;
use crate::{Turn, Worker};

/// Longest value of a setting, in Unicode scalar values.
const VALUE_CHARS_MAX: usize = 100;

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
    pub state: State,
    /// What leads there.
    pub patch: Option<StatePatch>,
    /// What is to be done beside; the part that tells of it counted in `said`.
    pub errands: Vec<Errand>,
}

impl Worker<'_> {
    /// Obeys what is a choice, in order, and leaves the rest.
    pub(crate) fn choose<'m>(&self, turn: &Turn<'_>, messages: &[&'m Message]) -> Chosen<'m> {
        let state = &turn.transcript.state;
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
        chosen.state = changed.placed(state, turn.session_start);
        chosen.patch = state.patch_to(chosen.state.clone());
        chosen
    }

    /// Obeys a message that is a choice, and words the answer, with what may be chosen next.
    fn choice(&self, state: &mut State, message: &Message, errands: &mut Vec<Errand>) -> Option<Told> {
        let language = message.language.as_deref();
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
                return Some(self.arrived(Sentence::WentBack, state, language));
            }
            Some(Command::MainMenu) => {
                state.main_menu();
                return Some(self.arrived(Sentence::AtMainMenu, state, language));
            }
            Some(Command::Cancel) | None => {}
        }
        let said = self.meant(state, message);
        self.place(state, message, &said).or_else(|| self.setting(state, language, &said))
    }

    /// Where somebody went: the menu there, or in a bot without menus a sentence.
    fn arrived(&self, sentence: Sentence, state: &State, language: Option<&str>) -> Told {
        let said = || (self.bot.wording.say(sentence, language, 0), Vec::new());
        self.shown_menu(state, language).unwrap_or_else(said)
    }

    /// Obeys words that show or change settings.
    fn setting(&self, state: &mut State, language: Option<&str>, said: &str) -> Option<Told> {
        let say = |sentence| self.bot.wording.say(sentence, language, 0);
        let mut words = said.split_whitespace();
        match fold(words.next()?).as_str() {
            "/settings" => Some((self.listed(state, None, language), self.offered(None))),
            "/set" => {
                let name = fold(words.next().unwrap_or_default());
                let value = words.collect::<Vec<_>>().join(" ");
                if value.is_empty() && self.bot.settings.contains_key(&name) {
                    return Some((self.listed(state, Some(&name), language), self.offered(Some(&name))));
                }
                let Some(value) = self.allowed(&name, value) else {
                    let listed = self.listed(state, None, language);
                    return Some((
                        format!("{}\n{listed}", say(Sentence::SettingUnknown)),
                        self.offered(None),
                    ));
                };
                state.settings.insert(name, value);
                Some((say(Sentence::SettingSaved), Vec::new()))
            }
            _ => None,
        }
        .filter(|_| !self.bot.settings.is_empty())
    }

    /// Whether a message is a choice: one is never superseded by a newer message, for nothing else does what it asks.
    pub(crate) fn is_choice(&self, state: &State, message: &Message) -> bool {
        self.choice(&mut state.clone(), message, &mut Vec::new()).is_some()
    }

    /// The value as the owner spells it, in whatever case and width it was written. `None`: it may not be.
    fn allowed(&self, name: &str, value: String) -> Option<String> {
        let Setting { values, .. } = self.bot.settings.get(name)?;
        if values.is_empty() {
            return Some(value).filter(|value| (1..=VALUE_CHARS_MAX).contains(&value.chars().count()));
        }
        let written = fold(&value);
        values.iter().find(|allowed| fold(allowed) == written).cloned()
    }

    /// The values to choose from, of one setting or of all, or the settings where all values are too many; a value that no
    /// button can carry has to be typed.
    fn offered(&self, only: Option<&str>) -> Vec<Button> {
        let count: usize = self.bot.settings.values().map(|setting| setting.values.len()).sum();
        if only.is_none() && count > Button::COUNT_MAX {
            let names = self.bot.settings.keys().take(Button::COUNT_MAX);
            return names.map(|name| Button { label: name.clone(), says: format!("/set {name}") }).collect();
        }
        let settings = self.bot.settings.iter().filter(|(name, _)| only.is_none_or(|only| only == *name));
        let alone = only.is_some() || self.bot.settings.len() == 1;
        let buttons = settings.flat_map(|(name, setting)| {
            setting.values.iter().map(move |value| Button {
                label: if alone { value.clone() } else { format!("{name}: {value}") },
                says: format!("/set {name} {value}"),
            })
        });
        buttons.filter(|button| button.says.len() <= Button::SAYS_BYTES_MAX).take(Button::COUNT_MAX).collect()
    }

    /// The settings, a line each: `target = ja (en, ja): the language to translate to`.
    fn listed(&self, state: &State, only: Option<&str>, language: Option<&str>) -> String {
        let line = |(name, setting): (&String, &Setting)| {
            let value = state.settings.get(name).or(setting.default.as_ref()).map_or("-", String::as_str);
            let values = setting.values.join(", ");
            let choice = if values.is_empty() { String::new() } else { format!(" ({values})") };
            let about = setting.about.as_ref().map(|about| format!(": {}", self.put_into(about, language)));
            format!("{name} = {value}{choice}{}", about.unwrap_or_default())
        };
        let settings = self.bot.settings.iter().filter(|(name, _)| only.is_none_or(|only| only == *name));
        settings.map(line).collect::<Vec<_>>().join("\n")
    }
}

fn has_mail(errands: &[Errand]) -> bool {
    errands.iter().any(|errand| matches!(errand.task, Task::Mail { .. }))
}
