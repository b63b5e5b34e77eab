//! A conversation as its owner is shown it.

use domain::turn::Transcript;
use domain::{MessageKey, Millis, RequestId};
use serde_json::{Value, json};

/// Who holds a conversation, what waits, and its last lines, oldest first.
pub(crate) fn conversation(
    request: impl Fn(&MessageKey) -> RequestId,
    transcript: &Transcript,
    most: usize,
) -> Value {
    let mailbox = transcript.mailbox.clone().unwrap_or_default();
    let mut waiting: Vec<_> = mailbox.waiting.iter().collect();
    waiting.sort_by_key(|(_, waiting)| waiting.sequence);
    let waiting = waiting
        .into_iter()
        .map(|(hash, waiting)| request(&MessageKey::new(waiting.sent_at, hash.clone())).to_string());
    let lines = lines(&request, transcript);
    let last = lines.get(lines.len().saturating_sub(most)..).unwrap_or_default();
    json!({
        "success": true,
        "held_by": mailbox.held_by,
        "waiting": waiting.collect::<Vec<_>>(),
        "erased_until": mailbox.erased_until.map(at),
        "lines": last,
    })
}

fn lines(request: impl Fn(&MessageKey) -> RequestId, transcript: &Transcript) -> Vec<Value> {
    let erased = transcript.mailbox.as_ref().and_then(|mailbox| mailbox.erased_until);
    let outcome = |key| transcript.answers.values().find_map(|answer| answer.outcome_of(key));
    let mut lines = Vec::new();
    for (key, message) in &transcript.messages {
        let text = transcript.spoken.get(key).map_or(&message.text, |spoken| &spoken.text);
        let outcome = outcome(key).map(domain::Outcome::name);
        lines.push((
            key,
            json!({ "at": at(key.sent_at), "from": "user", "text": text, "outcome": outcome,
            "request_id": request(key).to_string() }),
        ));
    }
    for (key, answer) in transcript.answers.iter().filter(|(_, answer)| !answer.parts.is_empty()) {
        let text = answer.parts.join("\n");
        lines.push((
            key,
            json!({ "at": at(answer.written_at), "from": "bot", "text": text,
            "outcome": answer.outcome.name() }),
        ));
    }
    for (key, act) in &transcript.acts {
        let told = act.told.map_or("open", domain::person::Told::name);
        lines.push((
            key,
            json!({ "at": at(key.sent_at), "from": "person", "person": act.person,
            "did": act.deed.name(), "text": act.text, "told": told }),
        ));
    }
    lines.retain(|(key, _)| Some(key.sent_at) > erased);
    lines.sort_by_key(|(key, _)| *key);
    lines.into_iter().map(|(_, line)| line).collect()
}

/// A time for people and programs.
pub(crate) fn at(time: Millis) -> String {
    time.to_utc()
}

/// The value of a parameter in what stands behind the `?`.
pub(crate) fn of_query<'q>(query: &'q str, name: &str) -> Option<&'q str> {
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.filter(|(found, _)| *found == name).map(|(_, value)| value).next_back()
}
