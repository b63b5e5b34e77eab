//! `export`: everything that is stored of a user, as one JSON document, written page by page.

mod names;

use std::io::Write;

use domain::{ConversationKey, Millis};
use io::table::{Table, dead_letters_pk, subscribers_pk};
use io::world::{Item, World};
use serde_json::{Map, Value, json};

use crate::audit;
use crate::cli::{Failure, Whose};
use crate::whose::{Place, widest};

/// The form of the document.
const VERSION: u32 = 2;

/// Writes the document to standard output.
pub fn run(whose: &Whose) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let place = runtime.block_on(Place::of(whose))?;
    let mut document = Document { out: std::io::stdout().lock(), items: 0 };
    document.begin(&place.conversation)?;
    runtime.block_on(document.write(&place))?;
    document.end()
}

struct Document<W> {
    out: W,
    items: u64,
}

impl<W: Write> Document<W> {
    fn begin(&mut self, conversation: &ConversationKey) -> Result<(), Failure> {
        let head = json!({ "turnwise_export": VERSION, "conversation": conversation.as_str(),
            "exported_at": startup::now().to_utc() });
        let head = serde_json::to_string_pretty(&head)?;
        write!(self.out, "{},\n  \"items\": [", head.trim_end_matches("\n}"))?;
        Ok(())
    }

    fn end(mut self) -> Result<(), Failure> {
        writeln!(self.out, "\n  ]\n}}")?;
        Ok(self.out.flush()?)
    }

    /// The conversation's own items, its places among subscribers, its dead letters.
    async fn write(&mut self, place: &Place) -> Result<(), Failure> {
        let (table, own) = (&place.table, place.conversation.as_str());
        self.partition(table, own, "").await?;
        let world = table.world();
        let state = Table::of(&world).state(&place.conversation).await?;
        for schedule in state.subscriptions.keys() {
            self.partition(table, &subscribers_pk(schedule), own).await?;
        }
        let today = world.now().seconds().div_euclid(86_400);
        let days = i64::try_from(widest()?.transcript_days)?;
        for day in today - days..=today {
            self.partition(table, &dead_letters_pk(day), &format!("{}.", own.replacen(':', ".", 1))).await?;
        }
        Ok(())
    }

    async fn partition(&mut self, table: &audit::Table, pk: &str, prefix: &str) -> Result<(), Failure> {
        let mut from = None;
        loop {
            let (items, next) = table.page(pk, prefix, from).await?;
            for item in items {
                let readable = serde_json::to_string(&readable(item))?;
                write!(self.out, "{}\n    {readable}", if self.items == 0 { "" } else { "," })?;
                self.items += 1;
            }
            from = next;
            if from.is_none() {
                return Ok(());
            }
        }
    }
}

/// An item with words for its attributes, what it is, and when it was.
fn readable(item: Item) -> Value {
    let text = |name: &str| item.get(name).and_then(|value| value.as_s().ok()).cloned().unwrap_or_default();
    let (pk, sk) = (text("pk"), text("sk"));
    let kind = kind(&pk, &sk);
    let mut fields = Map::new();
    fields.insert("item".to_owned(), kind.into());
    if let Some(at) = sk.split('#').nth(1).and_then(|digits| digits.parse().ok()) {
        fields.insert("at".to_owned(), Millis(at).to_utc().into());
    }
    fields.extend(names::readable(kind, item));
    Value::Object(fields)
}

fn kind(pk: &str, sk: &str) -> &'static str {
    match (pk, sk) {
        _ if pk.starts_with("SUB#") => "subscription",
        _ if pk.starts_with("DEAD#") => "dead-letter",
        (_, "M") => "mailbox",
        (_, "S") => "settings",
        _ if sk.starts_with("F#") => "note",
        _ if sk.starts_with("B#") => "spending",
        _ if sk.ends_with("#A") => "answer",
        _ if sk.ends_with("#T") => "transcript",
        _ if sk.ends_with("#P") => "person",
        _ if sk.starts_with("H#") => "message",
        _ => "other",
    }
}
