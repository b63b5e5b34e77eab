//! The writes of a turn beside its answer: claim, gate, commit; and what goes with a commit.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::mailbox::{Mailbox, NotClaimed};
use domain::presence::active_since_s;
use domain::{ConversationKey, Limits, MessageHash, MessageKey, Millis, Note, Outcome, StatePatch, Token};

use super::expressions as ex;
use super::mailbox_item::{self, SENDING, WORKING, number, ring_entry, waiting_names};
use super::presence::Leaving;
use super::state::change_state;
use super::writing::{ROUNDS, expiry, overtaken, update_mailbox};
use super::{Table, notes, presence};
use crate::world::{Action, Item, TableError, TableRequest, Write};

/// How a claim ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// The lease is mine; whether it was a dead worker's.
    Mine {
        /// The turn had been begun by somebody who died.
        taken_over: bool,
    },
    /// Nothing waits.
    Empty,
    /// Somebody works: until when, and what waits.
    Busy(Millis, Box<Mailbox>),
}

/// How the gate answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gate {
    /// Send.
    Open,
    /// These messages were stopped first, and why: amend the answer, then ask again for what is left.
    Stopped(Vec<(MessageKey, Outcome)>),
    /// The lease is somebody else's: stop.
    Lost,
}

/// How a turn ends.
#[derive(Debug, Clone, Copy)]
pub struct Ending<'e> {
    /// The mailbox as the turn read it.
    pub mailbox: &'e Mailbox,
    /// What leaves the waiting set.
    pub settled: &'e [MessageKey],
    /// What changes in the user's state.
    pub patch: Option<&'e StatePatch>,
    /// What was stated, to be remembered. What was erased meanwhile is not.
    pub notes: &'e [Note],
    /// Where the history of the next turn begins.
    pub session_start: Millis,
    /// The user was told that the service is busy.
    pub busy_told: bool,
}

impl Table<'_> {
    /// P1: claims the conversation, fresh or from the dead. The claim is the read.
    pub async fn claim(
        &self,
        conversation: &ConversationKey,
        token: &Token,
        ends_at: Millis,
        clock_skew_ms: u64,
    ) -> Result<Claim, TableError> {
        let mut from: Option<Token> = None;
        for _ in 0..ROUNDS {
            let attempt = match &from {
                None => update_mailbox(conversation, ex::CLAIM, ex::CLAIM_IF).value(":zero", number(0)),
                Some(old) => update_mailbox(conversation, ex::TAKE_OVER, ex::TAKE_OVER_IF)
                    .value(":old", AttributeValue::S(old.0.clone()))
                    .value(":now", number(self.world.now().0))
                    .value(":surely", number((self.world.now() - clock_skew_ms).0)),
            };
            let attempt = attempt
                .value(":working", number(WORKING))
                .value(":token", AttributeValue::S(token.0.clone()))
                .value(":ends_at", number(ends_at.0));
            let item = match self.write(attempt.0).await {
                Ok(_) => return Ok(Claim::Mine { taken_over: from.is_some() }),
                Err(TableError::ConditionFailed { item, .. }) => item,
                Err(error) => {
                    // A fresh claim may have taken effect all the same. A takeover is never undone: nobody could
                    // tell any more that the model may have been asked.
                    if from.is_none() {
                        self.release(conversation, token).await;
                    }
                    return Err(error);
                }
            };
            let Some(item) = item else { return Ok(Claim::Empty) };
            let mailbox = mailbox_item::read(&item)?;
            match mailbox.why_not_claimed(token, self.world.now(), clock_skew_ms) {
                Some(NotClaimed::Mine) => return Ok(Claim::Mine { taken_over: from.is_some() }),
                Some(NotClaimed::Empty) => return Ok(Claim::Empty),
                Some(NotClaimed::Live(until)) => return Ok(Claim::Busy(until, Box::new(mailbox))),
                Some(NotClaimed::Expired(old)) => from = Some(old),
                None => from = None,
            }
        }
        Err(overtaken("claim"))
    }

    /// P6: asks for the permission to send. Passed once for a turn, it stays passed.
    ///
    /// `interrupted_beyond`: a turn that newer messages interrupt, with the number of messages it settles.
    pub async fn gate(
        &self,
        conversation: &ConversationKey,
        token: &Token,
        mailbox: &Mailbox,
        live: &[MessageKey],
        interrupted_beyond: Option<usize>,
    ) -> Result<Gate, TableError> {
        match self.write_patiently(gate(conversation, token, mailbox, live, interrupted_beyond)).await {
            Ok(_) => Ok(Gate::Open),
            Err(TableError::ConditionFailed { item, .. }) => {
                let standing = mailbox_item::read(&item.unwrap_or_default())?;
                let held = standing.is_held_by(token);
                Ok(if held { Gate::Stopped(standing.stops(live, interrupted_beyond)) } else { Gate::Lost })
            }
            Err(error) => Err(error),
        }
    }

    /// P8: settles a turn's messages and drops the lease, together with what the turn changes in the state. Answers
    /// whether the lease was still mine.
    ///
    /// When a message came, was withdrawn or dropped during the turn, the mailbox as it stands takes the place of the one
    /// that was read.
    pub async fn commit(
        &self,
        conversation: &ConversationKey,
        token: &Token,
        ending: &Ending<'_>,
        limits: &Limits,
    ) -> Result<bool, TableError> {
        let mut mailbox = ending.mailbox.clone();
        for _ in 0..ROUNDS {
            let ending = Ending { mailbox: &mailbox, ..*ending };
            match self.commit_as_read(conversation, token, &ending, limits).await {
                Ok(_) => return Ok(true),
                Err(TableError::ConditionFailed { item, .. }) => {
                    mailbox = mailbox_item::read(&item.unwrap_or_default())?;
                }
                Err(error) => return Err(error),
            }
            if !mailbox.is_held_by(token) {
                return Ok(mailbox.committed_by.as_ref() == Some(token));
            }
        }
        Err(overtaken("a commit"))
    }

    /// The same, if what has been settled is what the ending says.
    async fn commit_as_read(
        &self,
        conversation: &ConversationKey,
        token: &Token,
        ending: &Ending<'_>,
        limits: &Limits,
    ) -> Result<Option<Item>, TableError> {
        let now = self.world.now();
        let commit = commit(conversation, token, ending, now, limits);
        let notes = remembered(ending);
        if ending.patch.is_none() && notes.is_empty() {
            return self.request_patiently(TableRequest::Write(commit)).await;
        }
        let state = ending.patch.map(|patch| change_state(conversation, patch)).transpose()?;
        let subscriptions = ending.patch.map(|patch| self.subscriptions(patch, limits)).transpose()?;
        let notes = notes.into_iter().map(|note| put_note(conversation, note, now, limits));
        let notes = notes.collect::<Result<Vec<_>, _>>()?;
        let together = [commit.clone()].into_iter().chain(state);
        let together = together.chain(subscriptions.into_iter().flatten()).chain(notes).collect();
        match self.request_patiently(TableRequest::Transact(together)).await {
            Err(TableError::ConditionFailed { index: 1.., .. }) => {
                // The state is not the one the turn saw. What was shown was shown: it is settled without the change.
                tracing::error!(event = "state_changed", %conversation, "a change of state was not applied");
                self.request_patiently(TableRequest::Write(commit)).await
            }
            written => written,
        }
    }

    /// Drops a lease under which nothing was asked or sent. Best effort: what fails here is taken over later.
    pub async fn release(&self, conversation: &ConversationKey, token: &Token) {
        let release = update_mailbox(conversation, ex::RELEASE, ex::RELEASE_IF)
            .value(":token", AttributeValue::S(token.0.clone()))
            .value(":working", number(WORKING));
        let _ = self.write(release.0).await;
    }

    /// Marks that a waiting user is being told that it still works. Answers whether to tell: once per message.
    pub async fn mark_told(
        &self,
        conversation: &ConversationKey,
        hash: &MessageHash,
    ) -> Result<bool, TableError> {
        let mark = update_mailbox(conversation, ex::MARK_TOLD, ex::MARK_TOLD_IF)
            .name("#s", &waiting_names(hash).0)
            .value(":hash", AttributeValue::S(hash.to_string()));
        match self.write(mark.0).await {
            Ok(_) => Ok(true),
            Err(TableError::ConditionFailed { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// P6 as a value.
fn gate(
    conversation: &ConversationKey,
    token: &Token,
    mailbox: &Mailbox,
    live: &[MessageKey],
    interrupted_beyond: Option<usize>,
) -> Write {
    let mut gate = update_mailbox(conversation, ex::GATE, ex::GATE_IF)
        .value(":token", AttributeValue::S(token.0.clone()))
        .value(":sending", number(SENDING));
    let waiting: Vec<_> = live.iter().filter_map(|key| mailbox.waiting.get(&key.hash)).collect();
    let mut not_covered = Vec::new();
    for (at, waiting) in waiting.into_iter().enumerate() {
        let (s, m) = (format!(":s{at}"), format!(":m{at}"));
        not_covered.push(ex::GATE_NOT_COVERED.replace("{s}", &s).replace("{m}", &m));
        gate = gate.value(&s, number(waiting.sequence)).value(&m, number(waiting.sent_at.0));
    }
    if !not_covered.is_empty() {
        let if_not_cancelled = format!("{}{})", ex::GATE_NO_CANCEL, alternative(&not_covered));
        gate.0.condition += &if_not_cancelled;
    }
    let first =
        live.iter().filter_map(|key| mailbox.waiting.get(&key.hash)).map(|waiting| waiting.sequence).min();
    if let Some(first) = first {
        gate.0.condition += ex::GATE_NOT_HANDED;
        gate = gate.value(":first", number(first));
    }
    if let Some(members) = interrupted_beyond {
        gate.0.condition += ex::GATE_NOTHING_NEWER;
        gate = gate.value(":members", number(members));
    }
    gate.0.condition.push(')');
    gate.0
}

/// " OR ..." of a conjunction. DynamoDB refuses parentheses it does not need.
fn alternative(conjunction: &[String]) -> String {
    match conjunction {
        [only] => format!(" OR {}", only.trim_start_matches('(').trim_end_matches(')')),
        several => format!(" OR {}", several.join(" AND ")),
    }
}

/// What was stated and not erased since.
fn remembered<'e>(ending: &Ending<'e>) -> Vec<&'e Note> {
    let erased = |note: &&Note| ending.mailbox.erased_until.is_some_and(|until| note.of.sent_at <= until);
    ending.notes.iter().filter(|note| !erased(note)).collect()
}

fn put_note(
    conversation: &ConversationKey,
    note: &Note,
    now: Millis,
    limits: &Limits,
) -> Result<Write, TableError> {
    let item = notes::items::note_item(conversation, note, (now + limits.note_days * 86_400_000).seconds())?;
    Ok(Write { action: Action::Put(item), condition: ex::ABSENT.to_owned(), ..Write::default() })
}

/// P8 as a value.
fn commit(
    conversation: &ConversationKey,
    token: &Token,
    ending: &Ending<'_>,
    now: Millis,
    limits: &Limits,
) -> Write {
    let settlement = ending.mailbox.settle(ending.settled);
    let ring = |keys: &[MessageKey]| AttributeValue::L(keys.iter().map(ring_entry).collect());
    let mut names = Vec::new();
    for (at, hash) in settlement.removed.iter().enumerate() {
        let (s, m) = waiting_names(hash);
        names.extend([(format!("#s{at}"), s), (format!("#m{at}"), m)]);
    }
    let removed: Vec<&str> = names.iter().map(|(placeholder, _)| placeholder.as_str()).collect();
    let removed = removed.iter().fold(String::new(), |all, placeholder| all + ", " + placeholder);
    let mark = if settlement.mark.is_some() { ex::COMMIT_MARK } else { "" };
    let busy = if ending.busy_told { ex::COMMIT_BUSY } else { "" };
    let index = Leaving::of(ending.mailbox, &settlement.removed, ":removed");
    let more = format!("{mark}{busy}{}", index.set);
    let expression = format!("{}{removed}{}", ex::COMMIT.replace("{more}", &more), index.remove);
    let stated = remembered(ending).iter().map(|note| note.of.sent_at).min();
    let and_notes = if stated.is_some() { ex::COMMIT_NOTES_IF } else { "" };
    let condition = format!("{}{}{}{and_notes}", ex::HOLDER, ex::AND_RING_AS_SEEN, index.condition);
    let mut commit = update_mailbox(conversation, &expression, &condition)
        .name("#ttl", "ttl")
        .value(":ring", ring(&settlement.settled))
        .value(":seen", ring(&ending.mailbox.settled))
        .value(":removed", number(settlement.removed.len()))
        .value(":token", AttributeValue::S(token.0.clone()))
        .value(":zero", number(0))
        .value(":one", number(1))
        .value(":now", number(now.0))
        .value(":session", number(ending.session_start.0))
        .value(":shard", presence::shard(conversation))
        .value(":active", number(active_since_s(now, limits.session_idle_ms)))
        .value(":ttl", number(expiry(now, limits)));
    if let Some(mark) = settlement.mark {
        commit = commit.value(":mark", number(mark.0));
    }
    if let Some(stated) = stated {
        commit = commit.value(":stated", number(stated.0));
    }
    for (placeholder, name) in names {
        commit = commit.name(&placeholder, &name);
    }
    index.told(commit, conversation).0
}
