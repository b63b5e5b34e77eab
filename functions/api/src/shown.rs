//! A conversation as its owner is shown it.

use domain::turn::Transcript;
use domain::{MessageKey, Millis, RequestId};
use serde_json::{Value, json};

/// Who says a line.
const SENDERS: [&str; 3] = ["user", "bot", "person"];

/// Which lines are wanted.
pub(crate) struct Wanted<'q> {
    most: usize,
    /// Of whom; `None`: of all.
    from: Option<&'q str>,
    newest_first: bool,
}

impl<'q> Wanted<'q> {
    /// By the parameters `lines`, `from` and `order`. The error: what to say of one that means nothing.
    pub(crate) fn of(query: &'q str, usual: usize) -> Result<Wanted<'q>, &'static str> {
        let most = of_query(query, "lines").map_or(Ok(usual), str::parse);
        let from = of_query(query, "from");
        if from.is_some_and(|from| !SENDERS.contains(&from)) {
            return Err("`from` must be `user`, `bot` or `person`");
        }
        let newest_first = match of_query(query, "order") {
            None | Some("oldest") => false,
            Some("newest") => true,
            Some(_) => return Err("`order` must be `oldest` or `newest`"),
        };
        Ok(Wanted { most: most.map_err(|_| "`lines` must be a number")?, from, newest_first })
    }

    /// The last of those, in the order that is wanted.
    fn choose(&self, mut lines: Vec<Value>) -> Vec<Value> {
        lines.retain(|line| self.from.is_none_or(|from| line["from"] == from));
        let mut last = lines.split_off(lines.len().saturating_sub(self.most));
        if self.newest_first {
            last.reverse();
        }
        last
    }
}

/// Who holds a conversation, what waits, and its last lines.
pub(crate) fn conversation(
    request: impl Fn(&MessageKey) -> RequestId,
    transcript: &Transcript,
    wanted: &Wanted<'_>,
) -> Value {
    let mailbox = transcript.mailbox.clone().unwrap_or_default();
    let mut waiting: Vec<_> = mailbox.waiting.iter().collect();
    waiting.sort_by_key(|(_, waiting)| waiting.sequence);
    let waiting = waiting
        .into_iter()
        .map(|(hash, waiting)| request(&MessageKey::new(waiting.sent_at, hash.clone())).to_string());
    let last = wanted.choose(lines(&request, transcript));
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
