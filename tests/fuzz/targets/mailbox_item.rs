//! Any item under the mailbox's key: damaged, or a mailbox whose every decision can be asked for.

#![no_main]

use std::collections::{BTreeMap, HashMap};

use arbitrary::Arbitrary;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::mailbox::{NotAdmitted, SETTLED_MAX};
use domain::turn::{Plan, Strategy};
use domain::{Mailbox, MessageHash, MessageKey, Millis, Token};
use io::table::read_mailbox;
use io::world::TableError;
use libfuzzer_sys::fuzz_target;

/// The attributes of the mailbox, and one that it does not have.
const NAMES: [&str; 23] = [
    "q", "k", "nw", "lt", "le", "ls", "lp", "ci", "cq", "cm", "cn", "cp", "d", "u", "ac", "ss", "r", "n",
    "hb", "hq", "er", "ttl", "x",
];

#[derive(Debug, Arbitrary)]
struct Stored {
    fields: Vec<(u8, Value)>,
    waiting: Vec<(u64, u64, i64, i64)>,
    /// Whether `n` says how many wait.
    is_counted: bool,
    others: Vec<(String, Value)>,
    now: i64,
}

#[derive(Debug, Arbitrary)]
enum Value {
    Small(u8),
    Time(i64),
    Count(u64),
    Digits(String),
    Text(String),
    Hash(u64),
    Ring(Vec<(u64, u64)>),
    List(Vec<Value>),
    Bool(bool),
    Null,
}

fuzz_target!(|stored: Stored| {
    let item = item(&stored);
    match read_mailbox(&item) {
        Ok(mailbox) => {
            assert_eq!(item.get("n").map_or("0", |n| n.as_n().unwrap()).parse(), Ok(mailbox.waiting.len()));
            assert_eq!(read_mailbox(&item).ok().as_ref(), Some(&mailbox));
            decides(&mailbox, Millis(stored.now));
        }
        Err(TableError::Damaged { key, what }) => assert!(key == "M" && !what.is_empty()),
        Err(other) => panic!("{other:?}"),
    }
});

fn item(stored: &Stored) -> HashMap<String, AttributeValue> {
    let fields = stored.fields.iter();
    let mut item: HashMap<_, _> = fields
        .map(|(name, value)| (NAMES[usize::from(*name) % NAMES.len()].to_owned(), attribute(value)))
        .chain(stored.others.iter().map(|(name, value)| (name.clone(), attribute(value))))
        .collect();
    for (number, sequence, sent_at, distance) in &stored.waiting {
        let hash = MessageHash::counted(*number);
        let times = vec![AttributeValue::N(sent_at.to_string()), AttributeValue::N(distance.to_string())];
        item.insert(format!("s{hash}"), AttributeValue::N(sequence.to_string()));
        item.insert(format!("m{hash}"), AttributeValue::L(times));
    }
    if stored.is_counted {
        let waiting = item.keys().filter(|name| name.len() == 12 && name.starts_with('s')).count();
        item.insert("n".to_owned(), AttributeValue::N(waiting.to_string()));
    }
    item
}

fn attribute(value: &Value) -> AttributeValue {
    match value {
        Value::Small(number) => AttributeValue::N(number.to_string()),
        Value::Time(number) => AttributeValue::N(number.to_string()),
        Value::Count(number) => AttributeValue::N(number.to_string()),
        Value::Digits(text) => AttributeValue::N(text.clone()),
        Value::Text(text) => AttributeValue::S(text.clone()),
        Value::Hash(number) => AttributeValue::S(MessageHash::counted(*number).to_string()),
        Value::Ring(entries) => AttributeValue::L(entries.iter().map(ring_entry).collect()),
        Value::List(values) => AttributeValue::L(values.iter().map(attribute).collect()),
        Value::Bool(value) => AttributeValue::Bool(*value),
        Value::Null => AttributeValue::Null(true),
    }
}

fn ring_entry((number, time): &(u64, u64)) -> AttributeValue {
    AttributeValue::S(format!("{}{time}", MessageHash::counted(*number)))
}

fn decides(mailbox: &Mailbox, now: Millis) {
    let me = Token("me".to_owned());
    let _ = (mailbox.why_not_claimed(&me, now, 60_000), mailbox.has_live_lease(now), mailbox.is_held_by(&me));
    let _ = (mailbox.quiet_until(400, 4_000), mailbox.session_start(now, 1_800_000));
    let _ = (mailbox.stopped(Strategy::Queue), mailbox.stopped(Strategy::Burst));
    let plan = Plan::of(mailbox, &BTreeMap::new(), Strategy::Collect);
    let keys: Vec<MessageKey> = plan.live.iter().chain(&plan.cancelled).cloned().collect();
    let settlement = mailbox.settle(&keys);
    assert!(settlement.settled.len() <= SETTLED_MAX && settlement.removed.len() == keys.len());
    let mut after = Mailbox { settled: settlement.settled, mark: settlement.mark, ..mailbox.clone() };
    after.waiting.retain(|hash, _| !settlement.removed.contains(hash));
    for key in &keys {
        let why = after.why_not_admitted(key, true, 10);
        assert!(matches!(why, Some(NotAdmitted::Settled | NotAdmitted::BeforeMark)), "{key}: {why:?}");
    }
}
