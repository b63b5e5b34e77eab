//! `/local/ledger` and a chat's outcomes: what the table says has become of every message.

use std::collections::{BTreeSet, HashMap, HashSet};

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::mailbox::Phase;
use domain::{Address, Channel, ConversationKey, Mailbox, MessageHash, Millis, Outcome};
use io::table::audit::{Ledger, Tolerance, Violation};
use io::table::stored::{Kind, Stored};
use serde_json::{Value, json};

use super::Control;
use super::deeds::Deeds;
use super::since::Since;
use crate::audit::{LEASE_MS, Table, as_json};
use crate::cli::Failure;
use crate::clock::StackClock;

/// The newest answers, of which the page says how long they took.
const ANSWERS_MAX: usize = 300;
/// The fullest mailboxes, which the page shows.
const MAILBOXES_MAX: usize = 24;
/// As in `audit`.
const OPEN_MS: u64 = 900_000;

/// The audit of this moment, the mailboxes in which something happens, and how long the newest answers took.
pub(super) async fn ledger(State(control): State<Control>) -> Response {
    answer(read(&control.table, control.lambda.clock(), &control.deeds).await)
}

/// What has become of the messages of one chat, in the order in which they were written.
pub(super) async fn outcomes(
    State(control): State<Control>,
    Path((channel, chat)): Path<(String, String)>,
) -> Response {
    let Some(channel) = Channel::named(&channel) else { return StatusCode::NOT_FOUND.into_response() };
    let address = Address { channel, chat, thread: None };
    answer(of_conversation(&control.table, &ConversationKey::of(&control.facts.bot, &address)).await)
}

/// The same of Telegram.
pub(super) async fn telegram_outcomes(control: State<Control>, Path(chat): Path<String>) -> Response {
    outcomes(control, Path(("telegram".to_owned(), chat))).await
}

fn answer(read: Result<Value, Failure>) -> Response {
    match read {
        Ok(value) => Json(value).into_response(),
        Err(error) => (StatusCode::BAD_GATEWAY, error.to_string()).into_response(),
    }
}

/// A scan is no snapshot: where something seems wrong, the conversation is read again as a whole.
async fn read(table: &Table, clock: &StackClock, deeds: &Deeds) -> Result<Value, Failure> {
    let deeds = deeds.moments();
    let (now, jumped_ms) = (clock.now(), clock.jumped_ms());
    let tolerance = Tolerance { open_ms: OPEN_MS + jumped_ms, lease_ms: LEASE_MS + jumped_ms };
    let (mut ledger, mut seen) = (Ledger::default(), Seen::default());
    let take = |item: HashMap<_, _>| {
        ledger.add(item.clone());
        seen.add(Stored::read(item));
    };
    table.each_item(take).await?;
    let mut audit = ledger.audit(now, tolerance);
    let suspects: BTreeSet<_> = audit.violations.iter().map(Violation::conversation).cloned().collect();
    for conversation in &suspects {
        table.look_again(&mut ledger, conversation).await?;
    }
    if !suspects.is_empty() {
        audit = ledger.audit(now, tolerance);
    }
    let mut shown = as_json(&audit);
    if let Some(fields) = shown.as_object_mut() {
        fields.insert("mailboxes".to_owned(), seen.mailboxes(now).into());
        fields.insert("since".to_owned(), seen.since(&deeds).into());
        fields.insert("answers".to_owned(), seen.answers().into());
    }
    Ok(shown)
}

/// What the page shows besides the audit.
#[derive(Default)]
struct Seen {
    mailboxes: Vec<(ConversationKey, Mailbox)>,
    came: HashMap<(ConversationKey, MessageHash), Millis>,
    /// Whose, the message, when its answer was written, and what it made of it.
    settled: Vec<(ConversationKey, MessageHash, Millis, Outcome)>,
}

impl Seen {
    fn add(&mut self, stored: Option<Stored>) {
        let Some(Stored { conversation, kind, .. }) = stored else { return };
        match kind {
            Kind::Mailbox(Ok(mailbox)) => self.mailboxes.push((conversation, *mailbox)),
            Kind::Message(key, Ok(message)) => {
                self.came.insert((conversation, key.hash), message.received_at);
            }
            Kind::Answer(_, Ok(answer)) => {
                let covers = answer.covers.iter();
                let settled = covers.map(|(key, outcome)| {
                    (conversation.clone(), key.hash.clone(), answer.written_at, *outcome)
                });
                self.settled.extend(settled);
            }
            _ => {}
        }
    }

    /// Those in which something waits or somebody works, the fullest first.
    fn mailboxes(&mut self, now: Millis) -> Vec<Value> {
        self.mailboxes.retain(|(_, mailbox)| !mailbox.waiting.is_empty() || mailbox.lease.is_some());
        self.mailboxes.sort_by_key(|(_, mailbox)| std::cmp::Reverse(mailbox.waiting.len()));
        let fullest = self.mailboxes.iter().take(MAILBOXES_MAX);
        fullest.map(|(conversation, mailbox)| shown(conversation, mailbox, now)).collect()
    }

    /// What came after each deed, until the next one.
    fn since(&self, deeds: &[(u64, Millis)]) -> Vec<Value> {
        let mut open = self.came.clone();
        let mut since = Since::of(deeds);
        let waiting = self.waiting();
        for (conversation, hash, at, outcome) in &self.settled {
            let key = (conversation.clone(), hash.clone());
            if !waiting.contains(&key) {
                since.settled(open.remove(&key), *at, *outcome);
            }
        }
        for came in open.into_values() {
            since.open(came);
        }
        since.shown()
    }

    /// As in the audit: what waits has no outcome yet, also when its answer stands already.
    fn waiting(&self) -> HashSet<(ConversationKey, MessageHash)> {
        let each = self.mailboxes.iter().flat_map(|(conversation, mailbox)| {
            mailbox.waiting.keys().map(|hash| (conversation.clone(), hash.clone()))
        });
        each.collect()
    }

    /// When each was written, and the milliseconds since its message had come; the oldest first.
    fn answers(&mut self) -> Vec<Value> {
        self.settled.sort_by_key(|(_, _, at, _)| *at);
        let answered = self.settled.iter().filter(|(_, _, _, outcome)| *outcome == Outcome::Answered);
        let newest: Vec<_> = answered.rev().take(ANSWERS_MAX).collect();
        let took = newest.into_iter().rev().filter_map(|(conversation, hash, at, _)| {
            let came = self.came.get(&(conversation.clone(), hash.clone()))?;
            Some(json!({ "at": at.0, "took_ms": at.since(*came) }))
        });
        took.collect()
    }
}

fn shown(conversation: &ConversationKey, mailbox: &Mailbox, now: Millis) -> Value {
    let oldest = mailbox.waiting.values().map(|waiting| waiting.admitted_at).min();
    let lease = mailbox.lease.as_ref().map(|lease| {
        let phase = match lease.phase {
            Phase::Working => "working",
            Phase::Sending => "sending",
        };
        json!({ "phase": phase, "ends_in_ms": lease.ends_at.since(now) })
    });
    json!({
        "conversation": conversation.as_str(),
        "waiting": mailbox.waiting.len(),
        "oldest_ms": oldest.map(|at| now.since(at)),
        "lease": lease,
        "held_by": mailbox.held_by,
        "turns": mailbox.turns,
    })
}

async fn of_conversation(table: &Table, conversation: &ConversationKey) -> Result<Value, Failure> {
    let (mut messages, mut outcomes) = (Vec::new(), HashMap::new());
    let mut from = None;
    loop {
        let (items, next) = table.page(conversation.as_str(), "H#", from).await?;
        for stored in items.into_iter().filter_map(Stored::read) {
            match stored.kind {
                Kind::Message(key, Ok(message)) => messages.push((key, message.text)),
                Kind::Answer(_, Ok(answer)) => outcomes.extend(answer.covers),
                _ => {}
            }
        }
        from = next;
        if from.is_none() {
            break;
        }
    }
    let state = |key| outcomes.get(key).map_or("pending", |outcome: &Outcome| outcome.name());
    let messages = messages.iter().map(|(key, text)| json!({ "text": text, "state": state(key) }));
    Ok(json!({ "conversation": conversation.as_str(), "messages": messages.collect::<Vec<_>>() }))
}
