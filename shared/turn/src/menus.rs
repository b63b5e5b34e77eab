//! Menus and modes: gone into by tapping, by typing what is written there, or by a mode's own words.

use bot::{Does, Item, MAIN, Menu, Mode};
use domain::command::{self, fold};
use domain::turn::Button;
use domain::wording::{Phrase, Sentence};
use domain::{Message, State};

use crate::Worker;

/// What is said, and what may be tapped next.
pub(crate) type Told = (String, Vec<Button>);

impl Worker<'_> {
    /// Obeys a message that leads to a menu or a mode, or asks for help. `None`: it does not.
    pub(crate) fn place(&self, state: &mut State, message: &Message, said: &str) -> Option<Told> {
        let language = message.language.as_deref();
        let comes = said.split_whitespace().next() == Some(command::START);
        if let Some(welcome) = self.bot.welcome.as_ref().filter(|_| comes) {
            return Some(self.with_menu(self.put_into(welcome, language), state, language));
        }
        if said == "/help" {
            return Some((self.help(language), Vec::new()));
        }
        let mut words = said.splitn(2, ' ');
        match (words.next(), words.next().map(str::trim)) {
            (Some("/menu"), Some(name)) => return Some(self.open(state, name, language)),
            (Some("/mode"), Some(name)) => return Some(self.begin(state, name, language)),
            _ => {}
        }
        let folded = fold(said);
        let mode = self.bot.modes.iter().find(|mode| mode.words.contains(&folded));
        mode.map(|mode| self.enter(state, mode, language))
    }

    /// What a message stands for: an entry of the menu its user is in, when it says what is written there.
    pub(crate) fn meant(&self, state: &State, message: &Message) -> String {
        let folded = fold(&message.text);
        let is_it = |item: &&Item| item.label.texts().any(|label| fold(label) == folded);
        let item = self.menu(state).and_then(|menu| menu.items.iter().find(is_it));
        item.map_or_else(|| message.text.clone(), |item| self.says(item, message.language.as_deref()))
    }

    /// The menu that somebody is in, with what may be tapped there. `None`: the bot has no menus.
    pub(crate) fn shown_menu(&self, state: &State, language: Option<&str>) -> Option<Told> {
        let menu = self.menu(state)?;
        Some((self.put_into(&menu.says, language), self.buttons(menu, language)))
    }

    /// A sentence, and the menu below it.
    pub(crate) fn with_menu(&self, said: String, state: &State, language: Option<&str>) -> Told {
        match self.shown_menu(state, language) {
            Some((menu, buttons)) => (format!("{said}\n\n{menu}"), buttons),
            None => (said, Vec::new()),
        }
    }

    /// What is said when a mode begins, or is taken to be meant.
    pub(crate) fn switched_to(&self, mode: &Mode, language: Option<&str>) -> String {
        let title = self.put_into(&mode.title, language);
        self.bot.wording.say_of(Sentence::ModeSwitched, language, &title)
    }

    fn open(&self, state: &mut State, name: &str, language: Option<&str>) -> Told {
        if !self.bot.menus.contains_key(name) {
            return self.unknown(state, language);
        }
        if name == MAIN {
            state.menu.clear();
        } else if state.menu.last().map(String::as_str) != Some(name) {
            // One that was gone into before is gone back to: no menu is deeper than there are menus.
            let before = state.menu.iter().position(|menu| menu == name);
            state.menu.truncate(before.unwrap_or(state.menu.len()));
            state.menu.push(name.to_owned());
        }
        self.shown_menu(state, language).unwrap_or_default()
    }

    fn begin(&self, state: &mut State, name: &str, language: Option<&str>) -> Told {
        match self.bot.modes.iter().find(|mode| mode.name == name) {
            Some(mode) => self.enter(state, mode, language),
            None => self.unknown(state, language),
        }
    }

    fn enter(&self, state: &mut State, mode: &Mode, language: Option<&str>) -> Told {
        state.mode = Some(mode.name.clone());
        let named = || {
            let title = self.put_into(&mode.title, language);
            self.bot.wording.say_of(Sentence::ModeEntered, language, &title)
        };
        let said = mode.says.as_ref().map_or_else(named, |says| self.put_into(says, language));
        (said, Vec::new())
    }

    /// A button of an older bot.
    fn unknown(&self, state: &State, language: Option<&str>) -> Told {
        self.with_menu(self.bot.wording.say(Sentence::ChoiceUnknown, language, 0), state, language)
    }

    fn menu(&self, state: &State) -> Option<&Menu> {
        let inner = state.menu.iter().rev().find_map(|name| self.bot.menus.get(name));
        inner.or_else(|| self.bot.menus.get(MAIN))
    }

    fn buttons(&self, menu: &Menu, language: Option<&str>) -> Vec<Button> {
        let button = |item: &Item| Button {
            label: self.put_into(&item.label, language),
            says: self.says(item, language),
        };
        menu.items.iter().map(button).collect()
    }

    fn says(&self, item: &Item, language: Option<&str>) -> String {
        match &item.does {
            Does::Mode(mode) => format!("/mode {mode}"),
            Does::Menu(menu) => format!("/menu {menu}"),
            Does::Says(says) => self.put_into(says, language),
        }
    }

    fn help(&self, language: Option<&str>) -> String {
        if let Some(own) = &self.bot.help {
            return self.put_into(own, language);
        }
        let settings = Some(Sentence::HelpSettings).filter(|_| !self.bot.settings.is_empty());
        let schedules = Some(Sentence::HelpSchedules).filter(|_| !self.bot.schedules.is_empty());
        let sentences = [Some(Sentence::Help), settings, schedules].into_iter().flatten();
        sentences.map(|sentence| self.bot.wording.say(sentence, language, 0)).collect::<Vec<_>>().join("\n")
    }

    pub(crate) fn put_into(&self, phrase: &Phrase, language: Option<&str>) -> String {
        self.bot.wording.put_into(phrase, language)
    }
}
