//! `GET /health/concurrency`: who is at work, what waits and since when, in all instances. Numbers only.

use std::collections::BTreeSet;

use domain::presence::{SHARDS, active_since_s};
use domain::{ConversationKey, Mailbox, Millis};
use futures_util::future::{Either, select, try_join_all};
use gateway::Reply;
use io::table::{Present, Table};
use io::world::{TableError, World};
use serde_json::{Value, json};

use crate::Api;
use crate::shown::at;

/// Mailboxes that are looked into: those that have waited longest.
const MAILBOXES_MAX: usize = 1_000;

/// Mailboxes that are read at once.
const AT_ONCE: usize = 50;

/// Conversations that are counted in each part of an index.
const IN_PART_MAX: u32 = 5_000;

/// Milliseconds after which the table counts as unavailable.
const TIMEOUT_MS: u64 = 5_000;

/// Where the numbers come from, for whoever reads them.
const SOURCE: &str = "the table's two indexes, written with the mailboxes themselves and about a second late, and the \
     mailboxes that have waited longest, read as they are; a session counts for up to a sixth of its idle time longer";

/// What was seen.
struct Seen {
    busy: Vec<Present>,
    sessions: Vec<Present>,
    mailboxes: Vec<Mailbox>,
    is_all: bool,
}

impl<W: World> Api<W> {
    /// All instances' conversations. 503 when the table does not answer.
    pub(crate) async fn concurrency(&self) -> Reply {
        let now = self.world.now();
        if let Some(reply) = self.looks.concurrency.fresh(now) {
            return reply;
        }
        let looked = match select(Box::pin(self.look_around(now)), self.world.sleep(TIMEOUT_MS)).await {
            Either::Left((looked, _)) => looked,
            Either::Right(_) => Err(TableError::Unavailable("no answer in time".to_owned())),
        };
        let reply = match looked {
            Ok(seen) => Reply::json(200, self.concurrency_of(&seen, now).to_string()),
            Err(error) => {
                tracing::warn!(%error, "the conversations could not be looked at");
                let body = json!({ "status": "unavailable", "metrics": null, "source": SOURCE,
                    "warnings": ["the table does not answer, so nothing is known"] });
                Reply::json(503, body.to_string())
            }
        };
        self.looks.concurrency.keep(now, &reply);
        reply
    }

    async fn look_around(&self, now: Millis) -> Result<Seen, TableError> {
        let table = Table::of(&self.world);
        let from_s = active_since_s(now - self.bot.limits.session_idle_ms, self.bot.limits.session_idle_ms);
        let busy = try_join_all(SHARDS.map(|shard| table.busy(shard, IN_PART_MAX))).await?;
        let sessions = try_join_all(SHARDS.map(|shard| table.sessions(shard, from_s, IN_PART_MAX))).await?;
        let is_whole = |parts: &[Vec<Present>]| parts.iter().all(|part| part.len() < IN_PART_MAX as usize);
        let is_counted = is_whole(&busy) && is_whole(&sessions);
        let mut busy = busy.concat();
        busy.sort_by_key(|present| present.since);
        let mut mailboxes = Vec::new();
        let oldest = busy.get(..busy.len().min(MAILBOXES_MAX)).unwrap_or_default();
        for some in oldest.chunks(AT_ONCE) {
            let read = try_join_all(some.iter().map(|present| table.mailbox(&present.conversation))).await?;
            mailboxes.extend(read.into_iter().flatten());
        }
        let is_all = is_counted && busy.len() <= MAILBOXES_MAX;
        let sessions = begun(table, sessions.concat()).await?;
        Ok(Seen { busy, sessions, mailboxes, is_all })
    }

    fn concurrency_of(&self, seen: &Seen, now: Millis) -> Value {
        let active: BTreeSet<&ConversationKey> =
            seen.sessions.iter().chain(&seen.busy).map(|present| &present.conversation).collect();
        let waits = |mailbox: &Mailbox| {
            mailbox.waiting.keys().filter(|hash| mailbox.is_untouched(hash, self.bot.strategy)).count()
        };
        let at_work = seen.mailboxes.iter().filter(|mailbox| mailbox.has_live_lease(now)).count();
        let oldest_waiting = seen.mailboxes.iter().flat_map(|mailbox| mailbox.waiting.values());
        let oldest_waiting = oldest_waiting.map(|waiting| waiting.admitted_at).min();
        let warnings = self.warnings(seen, oldest_waiting, now);
        json!({
            "status": if warnings.is_empty() { "ok" } else { "degraded" },
            "metrics": {
                "active_sessions": active.len(),
                "processing_sessions": at_work,
                "queued_messages": seen.mailboxes.iter().map(waits).sum::<usize>(),
                "oldest_session": since(seen.sessions.iter().map(|session| session.since).filter(|at| at.0 > 0).min(), now),
                "oldest_waiting": since(oldest_waiting, now),
            },
            "warnings": warnings,
            "source": SOURCE,
        })
    }

    /// What somebody should look at.
    fn warnings(&self, seen: &Seen, oldest_waiting: Option<Millis>, now: Millis) -> Vec<String> {
        let mut warnings = Vec::new();
        let waited_s = oldest_waiting.map_or(0, |oldest| now.since(oldest) / 1_000);
        if waited_s >= self.bot.limits.watch_after_s {
            warnings.push(format!("a message has waited for {waited_s} s"));
        }
        let is_left = |mailbox: &&Mailbox| mailbox.lease.is_some() && !mailbox.has_live_lease(now);
        let left = seen.mailboxes.iter().filter(is_left).count();
        if left > 0 {
            warnings
                .push(format!("{left} turns were left by a process that died, and wait to be taken over"));
        }
        if !seen.is_all {
            warnings.push(format!(
                "more than can be counted here: of {} conversations with something waiting, those {} that have waited \
                 longest were looked into",
                seen.busy.len(),
                seen.mailboxes.len()
            ));
        }
        warnings
    }
}

/// When something began, and how long ago.
fn since(began: Option<Millis>, now: Millis) -> Value {
    began.map_or(Value::Null, |began| json!({ "start": at(began), "age_s": now.since(began) / 1_000 }))
}

/// A first session has no beginning in the mailbox: it began with the first message. Looked up for as many as are read at once.
async fn begun(table: Table<'_>, mut sessions: Vec<Present>) -> Result<Vec<Present>, TableError> {
    let first = sessions.iter_mut().filter(|session| session.since == Millis(0)).take(AT_ONCE);
    let found = first.map(|session| async move {
        session.since = table.first_sent_at(&session.conversation).await?.unwrap_or_default();
        Ok::<(), TableError>(())
    });
    try_join_all(found).await?;
    Ok(sessions)
}
