//! What must hold at the end of a run.

use std::collections::BTreeMap;

use domain::turn::{Answer, Strategy, Transcript};
use domain::{ConversationKey, MessageHash, MessageKey, Outcome};

use super::Ledger;
use crate::explore::BOT;
use crate::explore::people::{Deed, Said};

impl Ledger {
    /// The end of a run: everything acknowledged has exactly one outcome, and the user was told.
    pub(in crate::explore) fn close(&mut self, transcripts: &BTreeMap<u64, Transcript>) {
        for (user, transcript) in transcripts {
            let done: Vec<Said> = self.done.iter().filter(|said| said.user == *user).cloned().collect();
            let life = Life { user: *user, done: &done, transcript };
            self.check_mailbox(&life);
            self.check_outcomes(&life);
            self.check_answers(&life);
            self.check_told(&life);
            self.check_state(&life);
            self.check_changes(&life);
        }
    }

    fn check_mailbox(&mut self, life: &Life<'_>) {
        let Some(mailbox) = &life.transcript.mailbox else { return };
        self.hold(mailbox.waiting.is_empty(), "a message waits for ever");
        self.hold(mailbox.lease.is_none(), "a lease was left");
    }

    /// Exactly one each, and none that the circumstances do not allow.
    fn check_outcomes(&mut self, life: &Life<'_>) {
        let covers = || life.transcript.answers.values().flat_map(|answer| &answer.covers);
        let mut outcomes: BTreeMap<&MessageHash, Vec<Outcome>> = BTreeMap::new();
        for (key, outcome) in covers() {
            outcomes.entry(&key.hash).or_default().push(*outcome);
            self.hold(self.may_end_in(life, key, *outcome), &format!("{} for no reason", outcome.name()));
        }
        for (hash, all) in &outcomes {
            self.hold(all.len() == 1, "a message has two outcomes");
            for outcome in all {
                self.figures.outcomes += 1;
                *self.figures.by_outcome.entry(outcome.name()).or_default() += 1;
            }
            let was_stopped = self.stopped.contains(&(life.pk(), (*hash).clone()));
            let answered = was_stopped && all.contains(&Outcome::Answered);
            self.hold(!answered, "an answer was sent after its cancel was acknowledged");
            let was_handed = self.handed.contains(&(life.pk(), (*hash).clone()));
            let answered = was_handed && all.contains(&Outcome::Answered);
            self.hold(!answered, "the bot answered what a person was to answer");
        }
        let scheduled = life.transcript.messages.values().filter(|message| message.kind.is_scheduled());
        let unsettled = scheduled.filter(|message| !outcomes.contains_key(&message.key.hash)).count();
        self.hold(unsettled == 0, "a scheduled message has no outcome");
        let acknowledged: Vec<Said> =
            self.acknowledged.iter().filter(|said| said.user == life.user).cloned().collect();
        for said in acknowledged.iter().filter(|said| said.deed.has_outcome()) {
            self.figures.acknowledged += 1;
            match outcomes.get(&MessageHash::counted(said.message_id)).and_then(|all| all.first()) {
                Some(outcome) => drop(self.outcomes.insert((life.user, said.message_id), *outcome)),
                None => self.violate("an acknowledged message has no outcome"),
            }
        }
    }

    fn may_end_in(&self, life: &Life<'_>, key: &MessageKey, outcome: Outcome) -> bool {
        let has_done = |wanted: fn(&Deed) -> bool| life.done.iter().any(|said| wanted(&said.deed));
        match outcome {
            Outcome::Cancelled => {
                let stops = |said: &&Said| matches!(said.deed, Deed::Cancel | Deed::Leave | Deed::Erase);
                let erased = has_done(|deed| *deed == Deed::Erase);
                let last = life.done.iter().filter(stops).map(Said::sent_at).max();
                erased || last.is_some_and(|last| key.sent_at <= last)
            }
            Outcome::Superseded => matches!(self.strategy, Strategy::Latest | Strategy::Interrupt),
            Outcome::Dropped => self.drops_oldest,
            Outcome::HandedOver => has_done(|deed| *deed == Deed::Hold),
            Outcome::Withdrawn => life
                .done
                .iter()
                .any(|said| matches!(said.deed, Deed::Unsend(of) if MessageHash::counted(of) == key.hash)),
            _ => true,
        }
    }

    /// An answer of the model's is one to what was stored; what was taken back was never shown to it.
    fn check_answers(&mut self, life: &Life<'_>) {
        for answer in life.transcript.answers.values() {
            let all_cancelled = answer.covers.iter().all(|(_, outcome)| *outcome == Outcome::Cancelled);
            let sent_all_the_same = answer.outcome == Outcome::Answered && all_cancelled;
            self.hold(!sent_all_the_same, "an answer was sent after its cancel was acknowledged");
            let by_model = answer.parts.first().is_some_and(|part| part.starts_with("answer "));
            let answered = answer.live().iter().filter(|key| !life.is_choice(&key.hash)).count();
            let only_newest = answer.outcome != Outcome::Answered || answered <= 1;
            self.hold(self.strategy != Strategy::Latest || only_newest, "not only the newest was answered");
            for key in answer.live().iter().filter(|_| by_model) {
                let message = life.transcript.messages.get(key);
                let was_asked = message
                    .is_some_and(|message| life.is_choice(&key.hash) || self.was_asked(life, &message.text));
                self.hold(was_asked, "a message was answered unread, or as it no longer stood");
            }
            for (key, _) in answer.covers.iter().filter(|(_, outcome)| *outcome == Outcome::Withdrawn) {
                let read = life.texts_of(&key.hash).any(|text| self.was_asked(life, text));
                self.hold(!read, "the model was shown what had been taken back");
            }
        }
    }

    fn was_asked(&self, life: &Life<'_>, text: &str) -> bool {
        let by_anybody = |text: &str| self.asked.keys().any(|(_, asked)| asked == text);
        self.asked.contains_key(&(life.user.to_string(), text.to_owned()))
            || self.shares_answers && by_anybody(text)
    }

    /// Every part of every answer was shown, every refusal, drop and cancel told.
    fn check_told(&mut self, life: &Life<'_>) {
        let chat = life.user.to_string();
        let shown =
            |text: &str| self.shown.iter().filter(|shown| shown.chat == chat && shown.text == text).count();
        let shown_with = |start: &str| {
            self.shown.iter().filter(|shown| shown.chat == chat && shown.text.starts_with(start)).count()
        };
        let mut wanted: BTreeMap<&str, usize> = BTreeMap::new();
        for part in life.transcript.answers.values().flat_map(|answer| &answer.parts) {
            *wanted.entry(part).or_default() += 1;
        }
        let untold = wanted.into_iter().any(|(text, times)| shown(text) < times);
        let ended = |wanted: Outcome| {
            let covers = life.transcript.answers.values().flat_map(|answer| &answer.covers);
            covers.filter(|(key, outcome)| *outcome == wanted && !life.is_scheduled(&key.hash)).count()
        };
        let told_refused = [
            "Too many pending requests",
            "This message could not be processed",
            "The limit for today",
            "You are writing faster",
        ];
        let told_refused: usize = told_refused.iter().map(|start| shown_with(start)).sum();
        let refusals_told = told_refused >= ended(Outcome::Refused);
        let drops_told = shown_with("Too many messages were waiting") >= ended(Outcome::Dropped);
        let told_stopped = shown_with("Stopped")
            + shown_with("There is nothing to stop")
            + shown_with("Your answer is already on its way");
        let of_user = self.acknowledged.iter().filter(|said| said.user == life.user);
        let cancels_told = told_stopped >= of_user.filter(|said| said.deed == Deed::Cancel).count();
        // What was erased before it was told is told to nobody.
        let erased = life.done.iter().any(|said| said.deed == Deed::Erase);
        let of_person =
            self.acknowledged.iter().filter(|said| said.user == life.user && said.deed == Deed::Says);
        let words_told = erased || of_person.into_iter().all(|said| shown(&said.text) > 0);
        self.hold(words_told, "a person's words were never told");
        self.hold(!untold, "an outcome was never told");
        self.hold(refusals_told, "a refusal was never told");
        self.hold(drops_told, "a drop was never told");
        self.hold(cancels_told, "a cancel was never told");
    }

    /// An edit or an unsend of a message that had been acknowledged is obeyed, or refused in words.
    fn check_changes(&mut self, life: &Life<'_>) {
        let chat = life.user.to_string();
        let told = self
            .shown
            .iter()
            .any(|shown| shown.chat == chat && shown.text.starts_with("That message is already"));
        let acknowledged: Vec<&Said> = self.order.iter().filter(|said| said.user == life.user).collect();
        let mut ignored = false;
        for (at, change) in acknowledged.iter().enumerate() {
            let (Deed::Edit(of) | Deed::Unsend(of)) = change.deed else { continue };
            let before = acknowledged.get(..at).unwrap_or_default();
            let Some(message) = before.iter().find(|said| said.message_id == of && said.deed.has_outcome())
            else {
                continue;
            };
            let hash = MessageHash::counted(of);
            let stored =
                life.transcript.messages.iter().find(|(key, _)| key.hash == hash).map(|(_, m)| &m.text);
            let still_as_written = stored == Some(&message.text);
            let ended = self.outcomes.get(&(life.user, of)).copied();
            let remembered = life.transcript.mailbox.as_ref().is_some_and(|mailbox| mailbox.mark.is_none());
            ignored |= still_as_written && ended == Some(Outcome::Answered) && remembered && !told;
        }
        self.hold(!ignored, "an edit or unsend was neither obeyed nor refused in words");
    }

    /// The state is what the turns that were answered made of it, each once.
    fn check_state(&mut self, life: &Life<'_>) {
        let choosing = |answer: &&Answer| answer.outcome == Outcome::Answered && answer.patch.is_some();
        let mut turns: Vec<&Answer> = life.transcript.answers.values().filter(choosing).collect();
        let accepted = |answer: &Answer| {
            let sequences = answer.covers.iter();
            sequences.filter_map(|(key, _)| self.admitted.get(&(life.pk(), key.hash.clone()))).max().copied()
        };
        turns.sort_by_key(|answer| accepted(answer));
        let state = &life.transcript.state;
        let wrong = "the state is not what the turns made of it";
        if life.transcript.mailbox.as_ref().is_some_and(|mailbox| mailbox.erased_until.is_some()) {
            // An erasure is a change of its own, after which a turn that runs on changes nothing.
            let nothing = domain::State { version: state.version, ..domain::State::default() };
            let mut patches = turns.iter().filter_map(|answer| answer.patch.as_ref());
            let is_so = *state == nothing || patches.any(|patch| patch.state == *state);
            self.hold(is_so, wrong);
            return;
        }
        let last = turns.last().and_then(|answer| answer.patch.as_ref());
        let as_chosen = last.is_none_or(|patch| patch.state == *state);
        let each_once = state.version == turns.len() as u64;
        self.hold(as_chosen && each_once, wrong);
    }
}

/// One user's conversation at the end.
struct Life<'l> {
    user: u64,
    done: &'l [Said],
    transcript: &'l Transcript,
}

impl Life<'_> {
    fn pk(&self) -> String {
        let address = domain::Address {
            channel: domain::Channel::of("telegram"),
            chat: self.user.to_string(),
            thread: None,
        };
        ConversationKey::of(BOT, &address).to_string()
    }

    fn is_choice(&self, hash: &MessageHash) -> bool {
        let of_hash = |said: &&Said| MessageHash::counted(said.message_id) == *hash;
        self.is_scheduled(hash) || self.done.iter().filter(of_hash).any(|said| said.deed.is_choice())
    }

    /// Whether nobody wrote it: nobody is told what became of it.
    fn is_scheduled(&self, hash: &MessageHash) -> bool {
        let stored = self.transcript.messages.values().find(|message| message.key.hash == *hash);
        stored.is_some_and(|message| message.kind.is_scheduled())
    }

    /// The text of a message and of all its edits.
    fn texts_of(&self, hash: &MessageHash) -> impl Iterator<Item = &String> {
        let of_message = |said: &&Said| match said.deed {
            Deed::Edit(of) => MessageHash::counted(of) == *hash,
            _ => MessageHash::counted(said.message_id) == *hash,
        };
        self.done.iter().filter(of_message).map(|said| &said.text)
    }
}
