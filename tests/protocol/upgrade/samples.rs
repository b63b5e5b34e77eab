//! What older codes stored and queued, as samples: `tests/upgrade/*/{items,envelopes}.jsonl`, one folder for each code,
//! named by its commit and made by `tests/upgrade/samples`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use domain::{ConversationKey, Limits, MessageKey, Millis};
use io::envelope::{DoorbellV1, NoticeV1};
use io::table::audit::{Ledger, Tolerance};
use io::table::stored::{Kind, Stored};
use io::table::{Payer, Table};
use io::world::Item;
use serde_json::Value;
use simulation::{Simulation, item_of, json_of};

use super::super::NOW;
use super::{choosing, stores, text_of};

/// The oldest code whose stored form has to be read, and every one that added to it.
fn samples() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/upgrade");
    let folders =
        std::fs::read_dir(folder).expect("the samples").map(|entry| entry.expect("an entry").path());
    let mut folders: Vec<_> = folders.filter(|folder| folder.join("items.jsonl").is_file()).collect();
    folders.sort();
    assert!(folders.len() >= 2, "{folders:?}");
    folders
}

fn lines(file: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(file).expect("a file of samples");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn items(folder: &Path) -> Vec<Item> {
    lines(&folder.join("items.jsonl")).iter().map(item_of).collect()
}

/// What an item is, by its keys.
fn kind(item: &Item) -> &'static str {
    let (pk, sk) = (text_of(item, "pk"), text_of(item, "sk"));
    let shared =
        ["DEAD#", "SUB#", "SCHED#", "BREAKER#", "BOT#", "CACHE#"].into_iter().find(|of| pk.starts_with(of));
    let part = || match sk.rsplit('#').next() {
        Some("A") => "answer",
        Some("T") => "spoken",
        Some("P") => "act",
        _ => "message",
    };
    shared.unwrap_or(match sk.split('#').next() {
        Some("M") => "mailbox",
        Some("S") => "state",
        Some("F") => "note",
        Some("B") => "budget",
        _ => part(),
    })
}

#[tokio::test]
async fn what_older_codes_stored_is_read() {
    let mut kinds = BTreeSet::new();
    for folder in samples() {
        let (world, mut ledger) = (Simulation::new(NOW).expect("a world"), Ledger::default());
        let mut found: BTreeMap<String, Vec<Item>> = BTreeMap::new();
        for item in items(&folder) {
            kinds.insert(kind(&item));
            stores(&world, item.clone()).await;
            ledger.add(item.clone());
            found.entry(text_of(&item, "pk")).or_default().push(item);
        }
        // Expired by today's clock is not unreadable: it is looked at as of the day on which it was stored.
        let tolerance = Tolerance { open_ms: u64::MAX / 2, lease_ms: u64::MAX / 2 };
        let audit = ledger.audit(stored_at(&folder), tolerance);
        assert_eq!(audit.violations, [], "{}", folder.display());
        assert!(audit.accepted > 10, "{}", folder.display());
        for (pk, items) in found {
            match ConversationKey::parse(&pk) {
                Some(conversation) => is_read(&world, &conversation, &items).await,
                None => shared_is_read(&world, &pk, &items).await,
            }
        }
    }
    let all = [
        "DEAD#", "SUB#", "SCHED#", "BOT#", "CACHE#", "mailbox", "state", "note", "budget", "message",
        "answer", "spoken", "act",
    ];
    let missing: Vec<_> = all.into_iter().filter(|kind| !kinds.contains(kind)).collect();
    assert_eq!(missing, [] as [&str; 0], "there is no sample of these");
}

/// The time of the newest message.
fn stored_at(folder: &Path) -> Millis {
    let times = items(folder).into_iter().filter_map(|item| item.get("ra")?.as_n().ok()?.parse().ok());
    Millis(times.max().expect("a message"))
}

/// Everything of a conversation, item by item.
async fn is_read(world: &Simulation, conversation: &ConversationKey, items: &[Item]) {
    let (table, limits) = (Table::of(world), Limits::default());
    let transcript = table.transcript(conversation, &limits).await.expect("a transcript");
    assert_eq!(transcript.later, domain::turn::Later::default());
    let mailbox = transcript.mailbox.clone().unwrap_or_default();
    let notes = table.notes(conversation, &mailbox, &limits).await.expect("notes");
    let count = |of: &str| items.iter().filter(|item| kind(item) == of).count();
    let read = [
        ("message", transcript.messages.len()),
        ("answer", transcript.answers.len()),
        ("spoken", transcript.spoken.len()),
        ("act", transcript.acts.len()),
        ("note", notes.len()),
        ("mailbox", usize::from(transcript.mailbox.is_some())),
    ];
    for (of, read) in read {
        assert_eq!(read, count(of), "{of} of {conversation}");
    }
    for item in items {
        if let Some(stored) = Stored::read(item.clone()) {
            let error = match stored.kind {
                Kind::Mailbox(read) => read.err(),
                Kind::State(read) => read.err(),
                Kind::Message(_, read) => read.err(),
                Kind::Answer(_, read) => read.err(),
            };
            assert!(error.is_none(), "{error:?}");
        }
    }
}

/// What conversations share.
async fn shared_is_read(world: &Simulation, pk: &str, items: &[Item]) {
    let table = Table::of(world);
    match pk.split_once('#') {
        Some(("SUB", schedule)) => {
            let page = table.subscribers(schedule, "", 1_000).await.expect("subscribers");
            assert_eq!(page.subscriptions.len(), items.len(), "{pk}");
        }
        Some(("BOT", bot)) => {
            let day = text_of(items.first().expect("an item"), "sk").replace("B#", "");
            let at = Millis(day.parse::<i64>().expect("a day") * 86_400_000);
            let spent = table.spent(Payer::Bot(bot), at).await.expect("an account");
            assert!(spent.requests > 0 && spent.tokens > 0, "{pk}: {spent:?}");
        }
        Some(("DEAD", _)) => {
            for item in items {
                let letter = DoorbellV1::parse(&text_of(item, "body")).expect("a doorbell");
                letter.message().expect("a message");
            }
        }
        _ => {}
    }
}

#[test]
fn what_older_codes_queued_is_read_and_would_be_written_so_again() {
    let mut kinds = BTreeSet::new();
    for folder in samples() {
        for envelope in lines(&folder.join("envelopes.jsonl")) {
            let body = envelope.to_string();
            let notice = envelope.get("notice").and_then(Value::as_str).map(ToOwned::to_owned);
            let again = if notice.is_some() {
                serde_json::to_value(NoticeV1::parse(&body).expect("a notice"))
            } else {
                let doorbell = DoorbellV1::parse(&body).expect("a doorbell");
                let message = doorbell.message().expect("a message");
                serde_json::to_value(DoorbellV1::of(&message))
            };
            assert_eq!(again.expect("JSON"), envelope, "{}", folder.display());
            kinds.insert(notice.unwrap_or_else(|| "doorbell".to_owned()));
        }
    }
    for kind in ["doorbell", "watch", "say", "person"] {
        assert!(kinds.contains(kind), "{kind} is not among {kinds:?}");
    }
}

/// An attribute that every item of a kind has had since the oldest code is one that its reader may insist on.
#[tokio::test]
async fn what_is_stored_today_has_what_the_oldest_code_insists_on() {
    let house = choosing();
    for (id, text) in [(1, "hello"), (2, "/set tone short"), (3, "waits")] {
        house.says_so(id, text).await;
        if id < 3 {
            assert!(house.turns().await);
        }
    }
    let oldest =
        samples().into_iter().find(|folder| folder.ends_with("cafd61f")).expect("the oldest samples");
    let mut insisted: BTreeMap<&str, BTreeSet<(String, String)>> = BTreeMap::new();
    for item in items(&oldest) {
        let its = forms(&item);
        insisted.entry(kind(&item)).and_modify(|all| all.retain(|form| its.contains(form))).or_insert(its);
    }
    for (_, item) in house.items().await {
        let missing: Vec<_> = insisted[kind(&item)].difference(&forms(&item)).cloned().collect();
        assert_eq!(missing, [], "{}", json_of(&item));
        assert!(kind(&item) == "mailbox" || json_of(&item)["v"]["N"] == "1");
    }
}

/// The attributes of an item, each with its type.
fn forms(item: &Item) -> BTreeSet<(String, String)> {
    let json = json_of(item);
    let typed = json
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| Some((name.clone(), value.as_object()?.keys().next()?.clone())));
    // A waiting message's names carry its hash.
    typed.filter(|(name, _)| name.len() < 12).collect()
}

#[test]
fn samples_of_messages_have_keys_of_their_own() {
    for folder in samples() {
        let messages = items(&folder).into_iter().filter(|item| kind(item) == "message");
        let keys: Vec<_> = messages.map(|item| MessageKey::parse(&text_of(&item, "sk")[2..])).collect();
        assert!(keys.iter().all(Option::is_some) && !keys.is_empty());
    }
}
