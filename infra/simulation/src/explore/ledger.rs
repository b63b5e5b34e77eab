//! What must hold, checked while a run goes on; at its end, see `closing`.

mod closing;

use std::collections::{BTreeMap, BTreeSet};

use domain::mailbox::{Lease, Phase};
use domain::turn::Strategy;
use domain::{Address, Channel, ConversationKey, Mailbox, MessageHash, Millis, Occurrence, Outcome};
use io::table::expressions as ex;
use io::world::{Action, Item, QueueRequest, TableRequest, Write};

use super::people::{Deed, Said};
use super::{BOT, Setup};

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
    /// Tokens that the model counted, those of turns that died included.
    pub tokens: u64,
    /// Processes that died.
    pub deaths: u64,
    /// Calls over the seam.
    pub calls: u64,
    /// Dead letters put back into the queue.
    pub replayed: u64,
    /// Messages by outcome.
    pub by_outcome: BTreeMap<&'static str, u64>,
}

/// Something a user saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// When, in milliseconds since the start.
    pub at_ms: i64,
    /// Who: the chat id.
    pub chat: String,
    /// What.
    pub text: String,
    /// By which process.
    process: u64,
}

/// Who writes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Writer {
    pub process: u64,
    /// Clocks are not to be trusted in this run.
    pub clocks_differ: bool,
}

/// Something the model was shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// When, in milliseconds since the start.
    pub at_ms: i64,
    /// In whose conversation: the chat id.
    pub chat: String,
    /// The lines of the conversation, those of the model included.
    pub lines: Vec<String>,
}

/// One message of one conversation, by partition key and hash.
type Place = (String, MessageHash);

pub(super) struct Ledger {
    pub violations: BTreeSet<String>,
    pub figures: Figures,
    pub outcomes: BTreeMap<(u64, u64), Outcome>,
    /// Everything shown.
    pub shown: Vec<Shown>,
    /// Everything the model was shown.
    pub prompts: Vec<Asked>,
    /// When its calls begin and end, in milliseconds since the start.
    pub calls_in_flight: Vec<(i64, i64)>,
    /// When it took no request.
    pub turned_away: Vec<i64>,
    /// An answer may be one that somebody else was given.
    pub shares_answers: bool,
    /// Processes that died, or live on past their deadline.
    unfinished: BTreeSet<u64>,
    strategy: Strategy,
    drops_oldest: bool,
    /// Every mailbox as last written.
    mailboxes: BTreeMap<String, Mailbox>,
    /// Sequence of every message ever admitted.
    admitted: BTreeMap<Place, u64>,
    /// Highest sequence that a turn has settled, by conversation.
    committed: BTreeMap<String, u64>,
    /// What an acknowledged cancel has stopped.
    stopped: BTreeSet<Place>,
    /// What was a person's to answer when they gave the conversation back.
    handed: BTreeSet<Place>,
    /// What was settled while they held it: later turns show it to the model as what was said before.
    said_to_person: BTreeSet<Place>,
    /// Processes that are at work, and may be.
    pub living: BTreeSet<u64>,
    /// The process that each lease was given to, by token.
    holders: BTreeMap<String, u64>,
    /// Turns that have passed their gate: conversation, turns before it, first sequence.
    passed: BTreeSet<(String, u64, u64)>,
    /// Conversations whose state or menus somebody chooses, by message.
    choices: BTreeSet<Place>,
    /// How often the model was asked about a text, by chat.
    asked: BTreeMap<(String, String), u32>,
    acknowledged: BTreeSet<Said>,
    /// The same, in order.
    order: Vec<Said>,
    /// Everything anybody has done.
    done: BTreeSet<Said>,
}

impl Ledger {
    pub(super) fn of(setup: &Setup) -> Ledger {
        Ledger {
            violations: BTreeSet::new(),
            figures: Figures::default(),
            outcomes: BTreeMap::new(),
            shown: Vec::new(),
            prompts: Vec::new(),
            calls_in_flight: Vec::new(),
            turned_away: Vec::new(),
            shares_answers: setup.bot.contains("[cache]"),
            unfinished: BTreeSet::new(),
            strategy: Strategy::named(setup.strategy).unwrap_or_default(),
            drops_oldest: setup.when_full == "drop_oldest",
            mailboxes: BTreeMap::new(),
            admitted: BTreeMap::new(),
            committed: BTreeMap::new(),
            stopped: BTreeSet::new(),
            handed: BTreeSet::new(),
            said_to_person: BTreeSet::new(),
            living: BTreeSet::new(),
            holders: BTreeMap::new(),
            passed: BTreeSet::new(),
            choices: BTreeSet::new(),
            asked: BTreeMap::new(),
            acknowledged: BTreeSet::new(),
            order: Vec::new(),
            done: BTreeSet::new(),
        }
    }

    pub(super) fn violate(&mut self, what: &str) {
        self.violations.insert(what.to_owned());
    }

    /// A process died, or lives on past its deadline.
    pub(super) fn fell(&mut self, process: u64) {
        self.unfinished.insert(process);
        self.living.remove(&process);
    }

    fn hold(&mut self, holds: bool, otherwise: &str) {
        if !holds {
            self.violate(otherwise);
        }
    }

    pub(super) fn acknowledged(&mut self, said: &Said) {
        if self.acknowledged.insert(said.clone()) {
            self.order.push(said.clone());
        }
    }

    /// Somebody does something, whether or not it arrives.
    pub(super) fn said(&mut self, said: &Said) {
        let pk = ConversationKey::of(BOT, &said.address()).to_string();
        if said.deed.is_choice() {
            self.choices.insert((pk, MessageHash::counted(said.message_id)));
        } else if let Deed::Due(schedule) = said.deed {
            // What a schedule says is obeyed as a choice is: nothing interrupts it.
            let occurrence = Occurrence { schedule: schedule.to_owned(), at: said.sent_at() };
            self.choices.insert((pk, occurrence.key().hash));
        }
        self.done.insert(said.clone());
    }

    pub(super) fn is_acknowledged(&self, said: &Said) -> bool {
        self.acknowledged.contains(said)
    }

    /// The model is asked about these words. After an interruption it is shown the words before it again, as context:
    /// there only the newest are what it is asked about.
    pub(super) fn asked(&mut self, chat: &str, words: &[String]) {
        self.figures.model_requests += 1;
        let asked = if self.strategy == Strategy::Interrupt { words.len().saturating_sub(1) } else { 0 };
        for word in words.iter().take(asked) {
            self.asked.entry((chat.to_owned(), word.clone())).or_default();
        }
        for word in words.iter().skip(asked) {
            if self.was_a_persons(chat, word) {
                continue;
            }
            let times = self.asked.entry((chat.to_owned(), word.clone())).or_default();
            *times += 1;
            if *times > 1 {
                self.figures.model_requests_repeated += 1;
                self.violations.insert("the model was asked again".to_owned());
            }
        }
    }

    /// Whether these words were said to a person: they are what was said before, not what the model is asked.
    fn was_a_persons(&self, chat: &str, word: &str) -> bool {
        // A setting names its message at its end.
        let word = word.rsplit(' ').next().unwrap_or(word);
        let digits =
            word.strip_prefix(&format!("u{chat}m")).map(|rest| rest.split('e').next().unwrap_or(rest));
        let Some(message_id) = digits.and_then(|digits| digits.parse().ok()) else { return false };
        let address = Address { channel: Channel::of("telegram"), chat: chat.to_owned(), thread: None };
        let place = (ConversationKey::of(BOT, &address).to_string(), MessageHash::counted(message_id));
        self.handed.contains(&place) || self.said_to_person.contains(&place)
    }

    /// Most model calls at the same time.
    pub(super) fn in_flight_max(&self) -> usize {
        let at = |begun: i64| {
            self.calls_in_flight.iter().filter(|(from, to)| *from <= begun && begun < *to).count()
        };
        self.calls_in_flight.iter().map(|(begun, _)| at(*begun)).max().unwrap_or(0)
    }

    /// A user sees something.
    pub(super) fn heard(&mut self, chat: &str, text: &str, process: u64, at_ms: i64) {
        self.figures.shown += 1;
        let is_answer = text.starts_with("answer ") || text.starts_with("person ");
        let before = self.shown.iter().filter(|shown| is_answer && shown.chat == chat && shown.text == text);
        let before: Vec<u64> = before.map(|shown| shown.process).collect();
        if !before.is_empty() {
            self.figures.shown_twice += 1;
            let outlived = self.unfinished.contains(&process);
            let in_window = outlived || before.iter().all(|process| self.died_showing(*process, text));
            self.hold(in_window, "a part was shown twice outside the one window");
        }
        self.shown.push(Shown { at_ms, chat: chat.to_owned(), text: text.to_owned(), process });
    }

    /// The one window: the process died, and this was the last it had shown: it died before recording it.
    fn died_showing(&self, process: u64, text: &str) -> bool {
        let last = self.shown.iter().rev().find(|shown| shown.process == process);
        self.unfinished.contains(&process) && last.is_some_and(|shown| shown.text == text)
    }

    /// How many wait in the conversation a doorbell is rung for.
    pub(super) fn waiting_now(&self, request: &QueueRequest) -> usize {
        match request {
            QueueRequest::Ring { group, .. } => {
                self.mailboxes.get(group).map_or(0, |mailbox| mailbox.waiting.len())
            }
            _ => 0,
        }
    }

    /// Whether a message was admitted once and waits no more.
    pub(super) fn has_settled(&self, pk: &str, hash: &MessageHash) -> bool {
        let waits = self.mailboxes.get(pk).is_some_and(|mailbox| mailbox.waiting.contains_key(hash));
        !waits && self.admitted.contains_key(&(pk.to_owned(), hash.clone()))
    }

    /// A request has written a mailbox.
    /// A mailbox stands in the index of busy ones while something waits, under a time at which something was admitted.
    pub(super) fn finds(&mut self, item: &Item, mailbox: &Mailbox) {
        let busy_since =
            item.get("bs").and_then(|since| since.as_n().ok()).and_then(|since| since.parse().ok());
        let is_in = busy_since.map(Millis).filter(|_| item.contains_key("bp"));
        let waits = |since: Millis| mailbox.waiting.values().any(|waiting| waiting.admitted_at == since);
        self.hold(
            is_in.is_some() != mailbox.waiting.is_empty(),
            "a busy mailbox is not found, or an idle one is",
        );
        self.hold(
            is_in.is_none_or(waits),
            "a mailbox is found under a time at which nothing came that waits",
        );
    }

    pub(super) fn saw(&mut self, request: &TableRequest, pk: &str, after: Mailbox, by: Writer) {
        let before = self.mailboxes.get(pk).cloned().unwrap_or_default();
        for (hash, waiting) in &after.waiting {
            self.admitted.insert((pk.to_owned(), hash.clone()), waiting.sequence);
        }
        let most = if self.strategy == Strategy::Reject { 1 } else { 10 };
        self.hold(after.waiting.len() <= most, "more waited than may");
        let expression = mailbox_update(request);
        if expression.starts_with(ex::CANCEL) {
            self.cancelled(pk, &after, expression.contains(ex::ERASE));
        } else if expression.starts_with(ex::HAND_BACK) {
            let begun = spared(&after, self.strategy);
            let left = after.waiting.iter().filter(|(_, waiting)| !begun(waiting.sequence));
            self.handed.extend(left.map(|(hash, _)| (pk.to_owned(), hash.clone())));
        } else if expression.starts_with(ex::GATE) {
            self.passed_gate(pk, &after);
        } else if expression.starts_with("SET r = :ring, n = n - :removed") {
            self.committed(pk, &before, &after);
        } else if let Some(lease) = &after.lease {
            self.claimed(before.lease.as_ref(), lease, by);
        }
        self.mailboxes.insert(pk.to_owned(), after);
    }

    /// Where clocks agree, a turn is taken from the dead only.
    fn claimed(&mut self, before: Option<&Lease>, lease: &Lease, by: Writer) {
        let taken_from = before.filter(|before| before.token != lease.token);
        let holder = taken_from.and_then(|before| self.holders.get(&before.token.0)).copied();
        let lives = holder.is_some_and(|holder| self.living.contains(&holder));
        self.hold(by.clocks_differ || !lives, "a living worker's turn was taken over");
        self.holders.entry(lease.token.0.clone()).or_insert(by.process);
    }

    /// What waits is stopped, unless it is being sent: by an erasure all of it, whatever its clock says.
    fn cancelled(&mut self, pk: &str, mailbox: &Mailbox, is_erasure: bool) {
        let spared = spared(mailbox, self.strategy);
        let covered = mailbox
            .waiting
            .iter()
            .filter(|(_, w)| (is_erasure || mailbox.is_cancelled(w)) && !spared(w.sequence));
        let covered: Vec<Place> = covered.map(|(hash, _)| (pk.to_owned(), hash.clone())).collect();
        self.stopped.extend(covered);
    }

    /// An answer starts to be sent: nobody else must answer, and nothing newer must have interrupted it.
    fn passed_gate(&mut self, pk: &str, mailbox: &Mailbox) {
        let Some(Lease { first_sequence, .. }) = mailbox.lease else { return };
        if !self.passed.insert((pk.to_owned(), mailbox.turns, first_sequence)) {
            return;
        }
        self.hold(mailbox.held_by.is_none(), "an answer started after a person took over");
        let newer = mailbox.waiting.values().any(|waiting| waiting.sequence > first_sequence);
        // A choice is obeyed, whatever comes after it.
        let chooses = mailbox.waiting.iter().any(|(hash, waiting)| {
            waiting.sequence <= first_sequence && self.choices.contains(&(pk.to_owned(), hash.clone()))
        });
        let may_start = self.strategy != Strategy::Interrupt || !newer || chooses;
        self.hold(may_start, "an interrupted answer started");
    }

    /// Turns come in the order of acceptance: what is settled now was accepted after what was settled before.
    fn committed(&mut self, pk: &str, before: &Mailbox, after: &Mailbox) {
        let removed = before.waiting.iter().filter(|(hash, _)| !after.waiting.contains_key(hash));
        if before.held_by.is_some() {
            let settled = removed.clone().map(|(hash, _)| (pk.to_owned(), hash.clone()));
            self.said_to_person.extend(settled);
        }
        let sequences: Vec<u64> = removed.map(|(_, waiting)| waiting.sequence).collect();
        let last = self.committed.entry(pk.to_owned()).or_default();
        let in_order = sequences.iter().all(|sequence| sequence > last);
        *last = sequences.into_iter().chain([*last]).max().unwrap_or_default();
        self.hold(in_order, "turns out of order");
    }
}

/// Which messages are being sent an answer already: a fence comes too late for them.
fn spared(mailbox: &Mailbox, strategy: Strategy) -> impl Fn(u64) -> bool {
    let begun = mailbox.lease.as_ref().filter(|lease| lease.phase == Phase::Sending);
    let first = mailbox.waiting.values().map(|waiting| waiting.sequence).min().unwrap_or(0);
    let up_to = begun.map(|lease| if strategy.takes_one() { first } else { lease.first_sequence });
    move |sequence| up_to.is_some_and(|up_to| sequence <= up_to)
}

/// The update expression with which a request writes a mailbox.
fn mailbox_update(request: &TableRequest) -> &str {
    let of_write = |write: &'_ Write| match &write.action {
        Action::Update { sk, .. } => sk == io::table::MAILBOX,
        _ => false,
    };
    let write = match request {
        TableRequest::Write(write) => Some(write),
        TableRequest::Transact(writes) => writes.iter().find(|write| of_write(write)),
        _ => None,
    };
    match write.map(|write| &write.action) {
        Some(Action::Update { update, .. }) => update,
        _ => "",
    }
}
