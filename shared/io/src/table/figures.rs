//! What each process has counted of itself, under `STATS#<slot>`: one item for each process and slot of ten seconds, which
//! it writes whole. Nobody else writes it, so a repetition changes nothing.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::figures::{Figures, Histogram};
use domain::{Millis, Outcome};

use super::expressions as ex;
use super::mailbox_item::number;
use super::{Table, fields::Fields};
use crate::world::{Action, Item, TableError, TableReply, TableRequest, Write};

/// Seconds for which it is kept; asked for is the last minute.
const TTL_S: i64 = 3_600;

/// Most processes whose figures are read.
const PROCESSES_MAX: u32 = 1_000;

impl Table<'_> {
    /// Writes what a process has counted in a slot. `process`: its function's name and its own. Tried once: figures are
    /// not worth waiting for.
    pub async fn record_figures(
        &self,
        slot: i64,
        process: &str,
        figures: &Figures,
    ) -> Result<(), TableError> {
        let item = item(slot, process, figures, self.world.now());
        let put = Write { action: Action::Put(item), condition: ex::ANY.to_owned(), ..Write::default() };
        self.world.table(TableRequest::Write(put)).await.map(drop)
    }

    /// What the processes have counted in a slot, by their names. What cannot be read is left out.
    pub async fn figures(&self, slot: i64) -> Result<BTreeMap<String, Figures>, TableError> {
        let query = TableRequest::Query { pk: pk(slot), from: None, forward: true, limit: PROCESSES_MAX };
        let TableReply::Items(items) = self.world.table(query).await? else { return Ok(BTreeMap::new()) };
        let named = items.iter().filter_map(|item| {
            let process = super::sort_key(item)?.to_owned();
            let figures = read(item);
            if figures.is_none() {
                tracing::warn!(process, "figures that cannot be read");
            }
            Some((process, figures?))
        });
        Ok(named.collect())
    }
}

fn pk(slot: i64) -> String {
    format!("STATS#{slot}")
}

fn item(slot: i64, process: &str, figures: &Figures, now: Millis) -> Item {
    let text = |text: String| AttributeValue::S(text);
    let outcomes = figures.outcomes.iter().map(|(outcome, count)| format!("{}:{count}", outcome.name()));
    Item::from([
        ("pk".to_owned(), text(pk(slot))),
        ("sk".to_owned(), text(process.to_owned())),
        ("v".to_owned(), number(1)),
        ("rq".to_owned(), text(histogram(&figures.requests))),
        ("an".to_owned(), text(histogram(&figures.answers))),
        ("oc".to_owned(), text(outcomes.collect::<Vec<_>>().join(","))),
        ("ch".to_owned(), number(figures.cache_hits)),
        ("cm".to_owned(), number(figures.cache_misses)),
        ("cs".to_owned(), number(figures.cache_size)),
        ("qf".to_owned(), number(figures.queue_failures)),
        ("ma".to_owned(), number(figures.mails)),
        ("mf".to_owned(), number(figures.mail_failures)),
        ("ttl".to_owned(), number(now.seconds() + TTL_S)),
    ])
}

/// The sum, then buckets with their counts: `812,3:1,15:2`.
fn histogram(histogram: &Histogram) -> String {
    let buckets = histogram.buckets.iter().map(|(bucket, count)| format!(",{bucket}:{count}"));
    format!("{}{}", histogram.sum_ms, buckets.collect::<String>())
}

fn read(item: &Item) -> Option<Figures> {
    let fields = Fields(item);
    let text = |name| fields.text(name).ok().flatten().unwrap_or_default();
    let count = |name| fields.number(name).ok().map(Option::unwrap_or_default);
    let outcomes = pairs(&text("oc"), Outcome::named)?;
    Some(Figures {
        requests: read_histogram(&text("rq"))?,
        answers: read_histogram(&text("an"))?,
        outcomes,
        cache_hits: count("ch")?,
        cache_misses: count("cm")?,
        cache_size: count("cs")?,
        queue_failures: count("qf")?,
        mails: count("ma")?,
        mail_failures: count("mf")?,
    })
}

fn read_histogram(text: &str) -> Option<Histogram> {
    let (sum, buckets) = text.split_once(',').unwrap_or((text, ""));
    Some(Histogram { sum_ms: sum.parse().ok()?, buckets: pairs(buckets, |bucket| bucket.parse().ok())? })
}

/// `key:count,key:count`.
fn pairs<K: Ord>(text: &str, key: impl Fn(&str) -> Option<K>) -> Option<BTreeMap<K, u64>> {
    let pairs = text.split(',').filter(|pair| !pair.is_empty());
    let read = pairs.map(|pair| {
        let (name, count) = pair.split_once(':')?;
        Some((key(name)?, count.parse().ok()?))
    });
    read.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_back() {
        let mut figures = Figures { cache_hits: 3, cache_size: 2, mail_failures: 1, ..Figures::default() };
        for ms in [1, 1, 812] {
            figures.requests.add(ms);
        }
        figures.outcomes = [(Outcome::Answered, 2), (Outcome::TimedOut, 1)].into();
        assert_eq!(read(&item(7, "api#1", &figures, Millis(0))), Some(figures));
        assert_eq!(read(&item(7, "api#1", &Figures::default(), Millis(0))), Some(Figures::default()));
        assert_eq!(read(&Item::default()), None);
    }
}
