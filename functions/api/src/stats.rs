//! `GET /api/stats`: what happened in the last minute, in all instances. Numbers only.

use std::collections::BTreeMap;

use domain::figures::{self, Figures, Histogram, SLOT_MS};
use domain::{Millis, Outcome};
use futures_util::future::{Either, select, try_join_all};
use gateway::Reply;
use io::table::Table;
use io::world::{TableError, World};
use serde_json::{Value, json};

use crate::Api;

/// Slots that are looked at besides the one at work: a minute.
const SLOTS_BEFORE: i64 = 6;

/// Milliseconds after which the table counts as unavailable.
const TIMEOUT_MS: u64 = 2_000;

/// Where the numbers come from, for whoever reads them.
const SOURCE: &str = "the table: each process writes what it counts, by slots of 10 s, at the end of an invocation, \
     the first 5 times in a slot and then once a second; percentiles are upper ends of buckets, up to 20 % too high";

impl<W: World> Api<W> {
    /// The last minute, of all instances.
    pub(crate) async fn stats(&self) -> Reply {
        let now = self.world.now();
        if let Some(reply) = self.looks.stats.fresh(now) {
            return reply;
        }
        let window = Window::before(now);
        let read = match select(Box::pin(self.read(&window)), self.world.sleep(TIMEOUT_MS)).await {
            Either::Left((Ok(read), _)) => Some(read),
            Either::Left((Err(error), _)) => {
                tracing::warn!(%error, "figures could not be read");
                None
            }
            Either::Right(_) => None,
        };
        let reply = Reply::json(200, self.shown(read, &window).to_string());
        self.looks.stats.keep(now, &reply);
        reply
    }

    /// The figures of each slot, by process.
    pub(crate) async fn read(&self, window: &Window) -> Result<Vec<BTreeMap<String, Figures>>, TableError> {
        let table = Table::of(&self.world);
        try_join_all((window.first..=window.last).map(|slot| table.figures(slot))).await
    }

    fn shown(&self, read: Option<Vec<BTreeMap<String, Figures>>>, window: &Window) -> Value {
        let is_available = read.is_some();
        let slots = read.unwrap_or_default();
        let (all, mut sizes) = (added_up(slots.iter()), BTreeMap::new());
        for (process, figures) in slots.into_iter().flatten() {
            if figures.cache_size + figures.cache_hits + figures.cache_misses > 0 {
                sizes.insert(process, figures.cache_size);
            }
        }
        let outcomes = Outcome::ALL.map(|outcome| {
            (outcome.name().to_owned(), Value::from(all.outcomes.get(&outcome).copied().unwrap_or(0)))
        });
        let asked = all.cache_hits + all.cache_misses;
        json!({
            "window_s": ratio(window.length_ms, 1_000),
            "requests": times(&all.requests, window),
            "answers": times(&all.answers, window),
            "outcomes": Value::Object(outcomes.into_iter().collect()),
            "cache": {
                "size": sizes.values().sum::<u64>(),
                "max": self.bot.limits.cache_entries_max * (sizes.len() as u64).max(1),
                "hits": all.cache_hits,
                "misses": all.cache_misses,
                "hit_rate": ratio(all.cache_hits, asked),
            },
            "store": { "available": is_available },
            "source": SOURCE,
        })
    }
}

/// The figures of all processes in these slots.
pub(crate) fn added_up<'s>(slots: impl Iterator<Item = &'s BTreeMap<String, Figures>>) -> Figures {
    let mut all = Figures::default();
    slots.flat_map(BTreeMap::values).for_each(|figures| all.add_all(figures));
    all
}

/// What is looked at.
pub(crate) struct Window {
    first: i64,
    last: i64,
    length_ms: u64,
}

impl Window {
    pub(crate) fn before(now: Millis) -> Window {
        let last = figures::slot(now);
        let first = last - SLOTS_BEFORE;
        Window { first, last, length_ms: now.since(Millis(first * SLOT_MS)).max(1) }
    }
}

fn times(histogram: &Histogram, window: &Window) -> Value {
    let count = histogram.count();
    json!({
        "count": count,
        "per_second": ratio(count * 1_000, window.length_ms),
        "average_ms": ratio(histogram.sum_ms, count),
        "p50_ms": histogram.percentile_ms(50),
        "p95_ms": histogram.percentile_ms(95),
        "p99_ms": histogram.percentile_ms(99),
    })
}

/// One number in terms of another, to three places. `None`: of nothing.
fn ratio(part: u64, whole: u64) -> Option<f64> {
    let thousandths = part.saturating_mul(1_000).checked_div(whole)?;
    Some(f64::from(u32::try_from(thousandths).unwrap_or(u32::MAX)) / 1_000.0)
}
