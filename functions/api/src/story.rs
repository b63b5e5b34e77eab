//! What is known of a message as a story, and in one sentence: what its user got, what comes next. For owners, in English.

use domain::mailbox::Phase;
use domain::person::{Act, Deed, Told};
use domain::trace::{PartState, Stage};
use domain::turn::Answer;
use domain::{Millis, Outcome, Trace};
use serde_json::{Value, json};

use crate::shown::at;

/// Something that happened, in words.
pub(crate) struct Event {
    at: Millis,
    /// Milliseconds since the first.
    after_ms: u64,
    what: String,
}

impl Event {
    pub(crate) fn json(&self) -> Value {
        json!({ "at": at(self.at), "after_ms": self.after_ms, "what": self.what })
    }
}

/// What is known, in order of time. Two clocks tell it: the platform's, of what users did, and ours.
pub(crate) fn story(trace: &Trace) -> Vec<Event> {
    let mut told = vec![(trace.request.key.sent_at, "written, by the platform's clock".to_owned())];
    let mut tell = |at: Option<Millis>, what: &str| told.extend(at.map(|at| (at, what.to_owned())));
    tell(trace.message.as_ref().map(|message| message.received_at), "taken in");
    tell(trace.edited_at, "edited by its author, by the platform's clock");
    if let Some(standing) = trace.standing() {
        tell(Some(standing.admitted_at), &format!("admitted as number {}", standing.sequence));
    }
    if let Some(cancel) = trace.cancel() {
        tell(Some(cancel.sent_at), &format!("a cancel, event {}, by the platform's clock", cancel.event));
    }
    if let Some((turn, answer)) = &trace.answer {
        let turn_id =
            domain::RequestId { conversation: trace.request.conversation.clone(), key: turn.clone() };
        let whose =
            if *turn == trace.request.key { String::new() } else { format!(" in the turn of {turn_id}") };
        tell(Some(answer.written_at), &format!("decided{whose}: {}", decision(answer)));
    }
    for kept in &trace.letters {
        tell(Some(*kept), "kept as a dead letter: its doorbell was received too often");
    }
    tell(trace.settled_at(), "settled");
    if let Some(request) = trace.redriven_as() {
        tell(trace.redriven_at, &format!("put back by the owner, as {request}"));
    }
    tell(
        trace.mailbox.erased_until.filter(|_| trace.is_erased()),
        "everything written until here was erased",
    );
    for act in &trace.acts {
        tell(Some(act.key.sent_at), &deed(act));
    }
    told.sort_by_key(|(at, _)| *at);
    let first = told.first().map_or(Millis(0), |(at, _)| *at);
    told.into_iter().map(|(at, what)| Event { at, after_ms: at.since(first), what }).collect()
}

fn decision(answer: &Answer) -> String {
    let (covers, parts) = (counted(answer.covers.len(), "message"), counted(answer.parts.len(), "part"));
    format!("{}, {covers}, {parts} to send", answer.outcome.name())
}

fn deed(act: &Act) -> String {
    let did = match act.deed {
        Deed::TookOver => "took the conversation over",
        Deed::Said => "said something",
        Deed::HandedBack => "gave the conversation back",
    };
    format!("{} {did} (told: {})", act.person, act.told.map_or("open", Told::name))
}

/// What its user got, or what comes next: one sentence.
pub(crate) fn in_short(trace: &Trace, now: Millis) -> String {
    let has_answer = trace.answer.is_some();
    let said = match trace.stage(now) {
        Stage::Arriving => {
            "stored and not admitted: its webhook is at work, or died and the platform delivers again"
                .to_owned()
        }
        Stage::Behind(before) => format!("waits for its turn: {} before it", counted(before, "message")),
        Stage::Next => "waits for its turn, which is the next".to_owned(),
        Stage::AtWork(until, Phase::Working) => {
            format!("is being worked on, until {} at the latest", at(until))
        }
        Stage::AtWork(_, Phase::Sending) => "its answer is being sent".to_owned(),
        Stage::LeftBehind(_) if has_answer => {
            "its worker died: the next one sends what is left of the answer".to_owned()
        }
        Stage::LeftBehind(_) => {
            "its worker died: the next one tells the user that the answer was lost, and asks no model"
                .to_owned()
        }
        Stage::Ended(outcome) => ended(trace, outcome),
    };
    if trace.is_erased() { format!("{said}. Its words were erased.") } else { format!("{said}.") }
}

fn ended(trace: &Trace, outcome: Outcome) -> String {
    let said = match outcome {
        Outcome::Answered => "answered",
        Outcome::Cancelled => {
            "cancelled: it was stopped before an answer went out, and the user told so by the cancel"
        }
        Outcome::Superseded => "superseded: a newer message was answered in its place",
        Outcome::TimedOut => "timed out: the user was told to try again",
        Outcome::Lost => {
            "lost: the process died during the model's work; the user was asked to send it again"
        }
        Outcome::Failed => "failed: the user was told that an error occurred",
        Outcome::Refused => "refused: too many waited or a limit was reached, and the user was told",
        Outcome::Withdrawn => "withdrawn: its author unsent it",
        Outcome::HandedOver => "handed over: a person answers in the bot's place",
        Outcome::Dropped => "dropped: newer messages took its place, and the user was told",
    };
    let is_unanswered = matches!(outcome, Outcome::Lost | Outcome::Failed);
    let next = match trace.redriven_as() {
        Some(request) if is_unanswered => format!("; put back by the owner, as {request}"),
        None if is_unanswered && !trace.letters.is_empty() => {
            format!("; `redrive {}` puts it back", trace.request)
        }
        _ => String::new(),
    };
    let got = if outcome == Outcome::Answered { got(&trace.parts()) } else { String::new() };
    format!("{said}{got}{next}")
}

fn got(parts: &[PartState]) -> String {
    let unknown = parts.iter().filter(|state| **state == PartState::Unknown).count();
    match (parts.len(), unknown) {
        (0, _) => ": nothing was to be said".to_owned(),
        (all, 0) => format!(": the user got {}", counted(all, "part")),
        (all, _) => {
            format!(": of {}, the platform did not say whether {unknown} arrived", counted(all, "part"))
        }
    }
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
