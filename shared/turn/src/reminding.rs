//! `/remind`: what a user wants to be told at a time of their own.

use domain::errand::{Errand, Task};
use domain::wording::Sentence;
use domain::{Message, Millis, Reminder, State, Subscriber};
use scheduler::Calendar;

use crate::Worker;

/// Milliseconds that a reminder that was said, but whose turn broke off, is kept: then it is forgotten.
const KEPT_MS: u64 = 86_400_000;

/// The setting that names a user's own time zone.
const TIMEZONE: &str = "timezone";

impl Worker<'_> {
    /// Obeys a message about reminders, and words the answer. `None`: it is not about them.
    pub(crate) fn reminder(
        &self,
        state: &mut State,
        message: &Message,
        errands: &mut Vec<Errand>,
    ) -> Option<String> {
        let rest =
            message.text.strip_prefix("/remind").filter(|rest| rest.is_empty() || rest.starts_with(' '))?;
        let now = self.world.now();
        state.reminders.retain(|reminder| reminder.at + KEPT_MS > now);
        let (word, text) = rest.trim().split_once(char::is_whitespace).unwrap_or((rest.trim(), ""));
        Some(match word {
            "" | "list" => self.listed_reminders(state, message),
            "cancel" => self.cancel_reminder(state, message, text),
            when => self.set_reminder(state, message, (when, text.trim()), errands),
        })
    }

    /// What was said at its time needs no reminding any more.
    pub(crate) fn forget_reminder(state: &mut State, said: &Message) {
        state.reminders.retain(|reminder| reminder.occurrence().key() != said.key);
    }

    fn set_reminder(
        &self,
        state: &mut State,
        message: &Message,
        (when, text): (&str, &str),
        errands: &mut Vec<Errand>,
    ) -> String {
        let say = |sentence, count| self.bot.wording.say(sentence, message.language.as_deref(), count);
        let (limits, now, calendar) = (&self.bot.limits, self.world.now(), self.calendar(state));
        let latest = now + limits.reminder_days_max * 86_400_000;
        let chars_max = usize::try_from(limits.reminder_chars_max).unwrap_or(usize::MAX);
        let fits = (1..=chars_max).contains(&text.chars().count());
        let at = calendar.time(when, now).ok().filter(|at| *at <= latest && fits);
        let Some(at) = at else { return say(Sentence::ReminderUnclear, 0) };
        let standing = state.reminders.iter().filter(|reminder| reminder.at > now).count();
        if standing as u64 >= limits.reminders_max {
            return say(Sentence::RemindersFull, standing);
        }
        let name = Reminder::name(message);
        errands.push(Errand {
            asked_by: message.key.clone(),
            part: 0,
            task: Task::Alarm { name: name.clone(), at },
        });
        let subscriber = Subscriber::of(message);
        state.reminders.push(Reminder { name, at, text: text.to_owned(), subscriber });
        format!("{} {} ({text})", say(Sentence::ReminderSet, 0), calendar.written(at))
    }

    fn listed_reminders(&self, state: &State, message: &Message) -> String {
        let calendar = self.calendar(state);
        let standing = standing(state, self.world.now());
        let line = |(at, reminder): (usize, &Reminder)| {
            format!("{}. {} {}", at + 1, calendar.written(reminder.at), reminder.text)
        };
        let lines: Vec<String> = standing.into_iter().enumerate().map(line).collect();
        if lines.is_empty() {
            return self.bot.wording.say(Sentence::RemindersNone, message.language.as_deref(), 0);
        }
        lines.join("\n")
    }

    /// The alarm still rings, and finds nothing to say.
    fn cancel_reminder(&self, state: &mut State, message: &Message, number: &str) -> String {
        let say = |sentence| self.bot.wording.say(sentence, message.language.as_deref(), 0);
        let at = number.trim().parse::<usize>().ok().and_then(|number| number.checked_sub(1));
        let name =
            at.and_then(|at| standing(state, self.world.now()).get(at).map(|chosen| chosen.name.clone()));
        let Some(name) = name else { return say(Sentence::ReminderUnknown) };
        state.reminders.retain(|reminder| reminder.name != name);
        say(Sentence::ReminderCancelled)
    }

    /// The user's own, the bot's, or that of UTC.
    pub(crate) fn calendar(&self, state: &State) -> Calendar {
        let own = state.settings.get(TIMEZONE).and_then(|own| Calendar::of(own));
        own.or_else(|| Calendar::of(&self.bot.timezone)).unwrap_or_else(Calendar::utc)
    }
}

/// Those to come, the next first.
fn standing(state: &State, now: Millis) -> Vec<&Reminder> {
    let mut standing: Vec<&Reminder> = state.reminders.iter().filter(|reminder| reminder.at > now).collect();
    standing.sort_by_key(|reminder| reminder.at);
    standing
}
