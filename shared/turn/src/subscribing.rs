//! `/subscribe` and `/unsubscribe`: what a user wants to be told ahead of time.

use domain::turn::Button;
use domain::wording::Sentence;
use domain::{Message, State, Subscriber, Subscription};

use crate::Worker;

impl Worker<'_> {
    /// Obeys a message that changes the user's subscriptions, and words the answer. `None`: it does not.
    pub(crate) fn subscription(&self, state: &mut State, message: &Message) -> Option<(String, Vec<Button>)> {
        let mut words = message.text.split_whitespace();
        let is_on = match words.next()? {
            "/subscribe" => true,
            "/unsubscribe" => false,
            _ => return None,
        };
        if self.bot.schedules.is_empty() {
            return None;
        }
        let say = |sentence| self.bot.wording.say(sentence, message.language.as_deref(), 0);
        let Some(name) = words.next() else { return Some(self.subscribable(state)) };
        if !self.bot.schedules.contains_key(name) && !subscribes(state, name) {
            let (listed, buttons) = self.subscribable(state);
            return Some((format!("{}\n{listed}", say(Sentence::SubscriptionUnknown)), buttons));
        }
        let subscriber = Subscriber::of(message);
        let subscription = Subscription { subscriber, is_on, changed_in: state.version + 1 };
        state.subscriptions.insert(name.to_owned(), subscription);
        let said = if is_on { Sentence::Subscribed } else { Sentence::Unsubscribed };
        Some((say(said), Vec::new()))
    }

    /// What there is, a line each, and the other choice for tapping.
    fn subscribable(&self, state: &State) -> (String, Vec<Button>) {
        let line = |name: &String| format!("{} {name}", if subscribes(state, name) { "✓" } else { "–" });
        let lines: Vec<String> = self.bot.schedules.keys().map(line).collect();
        let button = |name: &String| {
            let word = if subscribes(state, name) { "/unsubscribe" } else { "/subscribe" };
            Button { label: name.clone(), says: format!("{word} {name}") }
        };
        let buttons = self.bot.schedules.keys().map(button).take(Button::COUNT_MAX).collect();
        (lines.join("\n"), buttons)
    }
}

fn subscribes(state: &State, name: &str) -> bool {
    state.subscriptions.get(name).is_some_and(|subscription| subscription.is_on)
}
