//! What is known of a message, as JSON: for its owner, by route and by command.

use domain::errand::{Errand, Task};
use domain::mailbox::{Cancel, Lease, Phase};
use domain::person::{Act, Told};
use domain::trace::Standing;
use domain::turn::Answer;
use domain::{Message, MessageKey, Millis, RequestId, Trace};
use io::table::kind_name;
use serde_json::{Value, json};

use crate::shown::at;
use crate::story;

/// The document. Without `with_text` it holds no word of a user's, of the bot's or of a person's.
pub fn json(trace: &Trace, now: Millis, with_text: bool) -> Value {
    let named = |key: &MessageKey| {
        RequestId { conversation: trace.request.conversation.clone(), key: key.clone() }.to_string()
    };
    let text = |text: &str| with_text.then(|| text.to_owned());
    let spoken = trace.spoken.as_ref();
    let acts = trace.acts.iter().map(|act| act_json(act, text(&act.text)));
    json!({
        "success": true,
        "request_id": trace.request.to_string(),
        "conversation": trace.request.conversation.as_str(),
        "in_short": story::in_short(trace, now),
        "status": status(trace),
        "outcome": trace.outcome().filter(|_| trace.standing().is_none()).map(domain::Outcome::name),
        "sent_at": at(trace.request.key.sent_at),
        "message": trace.message.as_ref().map(|message| message_json(message, trace, text(&message.text))),
        "spoken": spoken.map(|spoken| json!({ "told": spoken.is_told, "text": text(&spoken.text) })),
        "waiting": trace.standing().map(|standing| standing_json(standing, trace.told_of_work)),
        "work": trace.lease().map(|lease| lease_json(lease, now)),
        "turn": trace.answer.as_ref().map(|(turn, answer)| turn_json(trace, turn, answer, named, text)),
        "cancel": trace.cancel().map(cancel_json),
        "held_by": trace.mailbox.held_by,
        "erased": trace.is_erased(),
        "acts": acts.collect::<Vec<_>>(),
        "dead_letters": trace.letters.iter().map(|kept| at(*kept)).collect::<Vec<_>>(),
        "redriven_as": trace.redriven_as().map(|request| request.to_string()),
        "story": story::story(trace).iter().map(story::Event::json).collect::<Vec<_>>(),
    })
}

fn status(trace: &Trace) -> &'static str {
    match (trace.standing(), &trace.answer) {
        (Some(_), _) => "waiting",
        (None, Some(_)) => "settled",
        (None, None) => "arriving",
    }
}

fn message_json(message: &Message, trace: &Trace, text: Option<String>) -> Value {
    json!({
        "kind": kind_name(message.kind),
        "attachments": message.media.iter().map(|media| media.kind.name()).collect::<Vec<_>>(),
        "language": message.language,
        "received_at": at(message.received_at),
        "edited_at": trace.edited_at.map(at),
        "text": text,
    })
}

fn standing_json(standing: Standing, told_of_work: bool) -> Value {
    json!({
        "sequence": standing.sequence,
        "admitted_at": at(standing.admitted_at),
        "before": standing.before,
        "told_that_it_still_works": told_of_work,
    })
}

fn lease_json(lease: &Lease, now: Millis) -> Value {
    json!({
        "phase": phase(lease.phase),
        "lease_ends_at": at(lease.ends_at),
        "is_over": lease.ends_at <= now,
    })
}

fn turn_json(
    trace: &Trace,
    turn: &MessageKey,
    answer: &Answer,
    named: impl Fn(&MessageKey) -> String,
    text: impl Fn(&str) -> Option<String>,
) -> Value {
    let covers = answer.covers.iter();
    let covers = covers.map(|(key, outcome)| json!({ "request_id": named(key), "outcome": outcome.name() }));
    let parts = trace.parts().into_iter().zip(&answer.parts);
    let parts = parts.map(|(state, part)| json!({ "state": state.name(), "text": text(part) }));
    json!({
        "request_id": named(turn),
        "outcome": answer.outcome.name(),
        "covers": covers.collect::<Vec<_>>(),
        "decided_at": at(answer.written_at),
        "settled_at": trace.settled_at().map(at),
        "tokens": { "read": answer.tokens.0, "written": answer.tokens.1 },
        "parts": parts.collect::<Vec<_>>(),
        "buttons": answer.buttons.len(),
        "errands": answer.errands.iter().map(errand_name).collect::<Vec<_>>(),
        "changes_state": answer.patch.is_some(),
        "notes": answer.notes.len(),
    })
}

fn errand_name(errand: &Errand) -> &'static str {
    match errand.task {
        Task::Alarm { .. } => "reminder",
        Task::Mail { .. } => "mail",
    }
}

/// The cancel is named by a hash of its event, as the mailbox knows it.
fn cancel_json(cancel: &Cancel) -> Value {
    json!({
        "event": cancel.event.as_str(),
        "sent_at": at(cancel.sent_at),
        "met": cancel.met.map(phase),
        "met_waiting": cancel.met_waiting,
    })
}

fn act_json(act: &Act, text: Option<String>) -> Value {
    json!({
        "at": at(act.key.sent_at),
        "did": act.deed.name(),
        "person": act.person,
        "told": act.told.map_or("open", Told::name),
        "text": text,
    })
}

fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Working => "working",
        Phase::Sending => "sending",
    }
}
