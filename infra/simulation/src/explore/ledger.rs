//! What must hold, checked while a run goes on and at its end.

use std::collections::{BTreeMap, BTreeSet};

use domain::mailbox::Phase;
use domain::turn::{Answer, Transcript};
use domain::{Address, Channel, ConversationKey, MessageHash, Outcome};
use io::table::{expressions as ex, read_mailbox};
use io::world::{Action, QueueRequest, TableError, TableReply, TableRequest, Write};

use super::people::{CANCEL, Said};

/// The name of the bot in all runs.
pub(super) const BOT: &str = "demo";

/// Counts of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Figures {
    /// Messages the webhook acknowledged.
    pub acknowledged: u64,
    /// Messages with an outcome.
    pub outcomes: u64,
    /// Model requests.
    pub model_requests: u64,
    /// Model requests for a message that had been asked about before.
    pub model_requests_repeated: u64,
    /// Parts and sentences shown to users.
    pub shown: u64,
    /// Parts shown twice, inside the window that is allowed.
    pub shown_twice: u64,
    /// Processes that died.
    pub deaths: u64,
    /// Calls over the seam.
    pub calls: u64,
    /// Messages by outcome.
    pub by_outcome: BTreeMap<&'static str, u64>,
}

/// One message of one conversation, by partition key and hash.
type Place = (String, MessageHash);

#[derive(Default)]
pub(super) struct Ledger {
    pub violations: BTreeSet<String>,
    pub figures: Figures,
    /// Sequence of every message ever admitted.
    admitted: BTreeMap<Place, u64>,
    /// Every message ever settled.
    settled: BTreeSet<Place>,
    /// Highest sequence settled so far, by conversation.
    committed: BTreeMap<String, u64>,
    /// How many wait, by conversation.
    waiting: BTreeMap<String, usize>,
    /// What an acknowledged cancel has stopped.
    stopped: BTreeSet<Place>,
    asked: BTreeMap<String, u32>,
    /// Everything shown: chat, text, and by which process.
    shown: Vec<(String, String, u64)>,
    /// Processes that died, or live on past their deadline.
    pub unfinished: BTreeSet<u64>,
    acknowledged: BTreeSet<(u64, u64, String)>,
    /// When each user last cancelled, by the platform's clock.
    cancelled_at: BTreeMap<u64, i64>,
}

impl Ledger {
    pub(super) fn violate(&mut self, what: &str) {
        self.violations.insert(what.to_owned());
    }

    pub(super) fn acknowledged(&mut self, said: &Said) {
        self.acknowledged.insert((said.user, said.message_id, said.text.clone()));
    }

    /// A user says something, whether or not it arrives.
    pub(super) fn said(&mut self, said: &Said) {
        if said.text == CANCEL {
            let at = said.sent_at().0;
            let last = self.cancelled_at.entry(said.user).or_insert(at);
            *last = at.max(*last);
        }
    }

    pub(super) fn is_acknowledged(&self, said: &Said) -> bool {
        self.acknowledged.contains(&(said.user, said.message_id, said.text.clone()))
    }

    /// The model is asked about these words.
    pub(super) fn asked(&mut self, words: &[String]) {
        self.figures.model_requests += 1;
        for word in words {
            let times = self.asked.entry(word.clone()).or_default();
            *times += 1;
            if *times > 1 {
                self.figures.model_requests_repeated += 1;
                self.violations.insert("the model was asked again".to_owned());
            }
        }
    }

    /// A user sees something.
    pub(super) fn heard(&mut self, chat: &str, text: &str, process: u64) {
        self.figures.shown += 1;
        let is_answer = text.starts_with("answer ");
        let before = self.shown.iter().filter(|(c, t, _)| is_answer && c == chat && t == text);
        let before: Vec<u64> = before.map(|(_, _, process)| *process).collect();
        if !before.is_empty() {
            self.figures.shown_twice += 1;
            let outlived = self.unfinished.contains(&process);
            if !outlived && !before.iter().all(|process| self.died_showing(*process, text)) {
                self.violate("a part was shown twice outside the one window");
            }
        }
        self.shown.push((chat.to_owned(), text.to_owned(), process));
    }

    /// The one window: the process died, and this was the last it had shown: it died before recording it.
    fn died_showing(&self, process: u64, text: &str) -> bool {
        let last = self.shown.iter().rev().find(|(_, _, shown_by)| *shown_by == process);
        self.unfinished.contains(&process) && last.is_some_and(|(_, shown, _)| shown == text)
    }

    /// How many wait in the conversation a doorbell is rung for.
    pub(super) fn waiting_now(&self, request: &QueueRequest) -> usize {
        match request {
            QueueRequest::Ring { group, .. } => self.waiting.get(group).copied().unwrap_or(0),
            _ => 0,
        }
    }

    /// A request to the table has had its effect.
    pub(super) fn saw(
        &mut self,
        request: &TableRequest,
        reply: &Result<TableReply, TableError>,
        _process: u64,
    ) {
        let TableRequest::Write(Write { action: Action::Update { pk, update, .. }, values, .. }) = request
        else {
            return;
        };
        let Ok(TableReply::Written(Some(item))) = reply else { return };
        let Ok(mailbox) = read_mailbox(item) else { return };
        self.waiting.insert(pk.clone(), mailbox.waiting.len());
        if update.starts_with(ex::ADMIT) {
            if mailbox.waiting.len() > 10 {
                self.violate("more than ten waited");
            }
            for (hash, waiting) in &mailbox.waiting {
                self.admitted.insert((pk.clone(), hash.clone()), waiting.sequence);
            }
        } else if update.starts_with(ex::CANCEL) {
            let Some(cancel) = &mailbox.cancel else { return };
            let begun = mailbox.lease.as_ref().filter(|lease| lease.phase == Phase::Sending);
            let too_late = begun.map_or(0, |lease| lease.first_sequence);
            let covered =
                mailbox.waiting.iter().filter(|(_, w)| mailbox.is_cancelled(w) && w.sequence > too_late);
            debug_assert_eq!(
                cancel.met == Some(Phase::Sending),
                begun.is_some(),
                "the fence copies the phase"
            );
            self.stopped.extend(covered.map(|(hash, _)| (pk.clone(), hash.clone())));
        } else if values.contains_key(":ring") {
            self.committed(pk, &mailbox.settled.iter().map(|key| key.hash.clone()).collect::<Vec<_>>());
        }
    }

    /// Turns come in the order of acceptance: what is settled now was accepted after what was settled before.
    fn committed(&mut self, pk: &str, settled: &[MessageHash]) {
        let places = settled.iter().map(|hash| (pk.to_owned(), hash.clone()));
        let new: Vec<Place> = places.filter(|place| self.settled.insert(place.clone())).collect();
        let sequences: Vec<u64> = new.iter().filter_map(|place| self.admitted.get(place).copied()).collect();
        let last = self.committed.entry(pk.to_owned()).or_default();
        let out_of_order = sequences.iter().any(|sequence| sequence < last);
        *last = sequences.into_iter().chain([*last]).max().unwrap_or_default();
        if out_of_order {
            self.violate("turns out of order");
        }
    }

    /// The end of a run: everything acknowledged has exactly one outcome, and the user was told.
    pub(super) fn close(&mut self, transcripts: &BTreeMap<u64, Transcript>) {
        for (user, transcript) in transcripts {
            self.close_conversation(*user, transcript);
        }
    }

    fn close_conversation(&mut self, user: u64, transcript: &Transcript) {
        let chat = user.to_string();
        let address = Address { channel: Channel::Telegram, chat: chat.clone(), thread: None };
        let pk = ConversationKey::of(BOT, &address).to_string();
        if let Some(mailbox) = &transcript.mailbox {
            if !mailbox.waiting.is_empty() {
                self.violate("a message waits for ever");
            }
            if mailbox.lease.is_some() {
                self.violate("a lease was left");
            }
        }
        let mut outcomes: BTreeMap<&MessageHash, Vec<Outcome>> = BTreeMap::new();
        for answer in transcript.answers.values() {
            for (key, outcome) in &answer.covers {
                outcomes.entry(&key.hash).or_default().push(*outcome);
            }
        }
        let last_cancel = self.cancelled_at.get(&user).copied().unwrap_or(i64::MIN);
        let covers = transcript.answers.values().flat_map(|answer| &answer.covers);
        if covers
            .into_iter()
            .any(|(key, outcome)| *outcome == Outcome::Cancelled && key.sent_at.0 > last_cancel)
        {
            self.violate("a cancel killed newer work");
        }
        let all_cancelled =
            |answer: &Answer| answer.covers.iter().all(|(_, outcome)| *outcome == Outcome::Cancelled);
        if transcript
            .answers
            .values()
            .any(|answer| answer.outcome == Outcome::Answered && all_cancelled(answer))
        {
            self.violate("an answer was sent after its cancel was acknowledged");
        }
        for (hash, all) in &outcomes {
            if all.len() > 1 {
                self.violate("a message has two outcomes");
            }
            for outcome in all {
                self.figures.outcomes += 1;
                *self.figures.by_outcome.entry(outcome.name()).or_default() += 1;
            }
            let was_stopped = self.stopped.contains(&(pk.clone(), (*hash).clone()));
            if was_stopped && all.contains(&Outcome::Answered) {
                self.violate("an answer was sent after its cancel was acknowledged");
            }
        }
        let acknowledged = self.acknowledged.iter().filter(|(u, _, text)| *u == user && text != CANCEL);
        let acknowledged: Vec<u64> = acknowledged.map(|(_, id, _)| *id).collect();
        for id in acknowledged {
            self.figures.acknowledged += 1;
            if !outcomes.contains_key(&MessageHash::counted(id)) {
                self.violate("an acknowledged message has no outcome");
            }
        }
        self.check_told(&chat, transcript);
    }

    /// Every part of every answer was shown, every refusal and every cancel told.
    fn check_told(&mut self, chat: &str, transcript: &Transcript) {
        let mut wanted: BTreeMap<&str, usize> = BTreeMap::new();
        for part in transcript.answers.values().flat_map(|answer| &answer.parts) {
            *wanted.entry(part).or_default() += 1;
        }
        let shown = |text: &str| self.shown.iter().filter(|(c, t, _)| c == chat && t == text).count();
        let untold = wanted.into_iter().any(|(text, times)| shown(text) < times);
        let refused = transcript.answers.values().filter(|answer| answer.outcome == Outcome::Refused).count();
        let told_refused = shown("Too many pending requests, please wait for the current one.")
            + shown("This message could not be processed. Please send it again.");
        if untold {
            self.violate("an outcome was never told");
        }
        if told_refused < refused {
            self.violate("a refusal was never told");
        }
    }
}
