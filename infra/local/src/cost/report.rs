//! The bill for people and for programs.

use serde_json::{Value, json};

use super::counts::Measured;
use super::prices::AS_OF;
use super::{Bill, Line};

impl Bill {
    fn total(&self) -> f64 {
        self.lines.iter().map(|line| line.dollars(self.traffic.messages)).sum()
    }

    fn floor(&self) -> f64 {
        self.lines.iter().map(|line| line.floor_dollars(self.traffic.messages)).sum()
    }

    fn processor_ms(&self) -> f64 {
        Measured::default().processor_ms(&self.traffic, &self.counts)
    }

    fn at_a_time(&self) -> f64 {
        self.traffic.at_a_time(self.processor_ms())
    }
}

/// A table.
pub fn print(bill: &Bill) {
    let messages = bill.traffic.messages;
    println!(
        "{messages:.0} messages a month in {}, prices of {AS_OF}: check them before you rely on them",
        bill.prices.region
    );
    println!("{:<20} {:>14} {:<9} {:>10} {:>10}", "", "a million", "", "$ a month", "the floor");
    for line in &bill.lines {
        let Line { what, amount, unit, is_fixed, .. } = line;
        let unit = if *is_fixed { format!("{unit}*") } else { (*unit).to_owned() };
        let (dollars, floor) = (line.dollars(messages), line.floor_dollars(messages));
        println!("{what:<20} {amount:>14.3} {unit:<9} {dollars:>10.2} {floor:>10.2}");
    }
    println!("{:<20} {:>14} {:<9} {:>10.2} {:>10.2}", "in all", "", "", bill.total(), bill.floor());
    println!("{:<20} {:>14} {:<9} {:>10.2}", "model tokens, apart", "", "", bill.tokens_dollars);
    println!("* a month, however few messages");
    println!(
        "a turn is {:.0} ms of the processor; in the busiest hour {:.0} turns at a time: ModelConcurrency={:.0}",
        bill.processor_ms(),
        bill.at_a_time(),
        bill.at_a_time()
    );
}

/// The same, with the counts that tests hold to the code.
pub fn as_json(bill: &Bill) -> Value {
    let messages = bill.traffic.messages;
    let lines = bill.lines.iter().map(|line| {
        json!({
            "what": line.what,
            "per_million": line.amount,
            "unit": line.unit,
            "is_fixed": line.is_fixed,
            "dollars": line.dollars(messages),
            "floor_dollars": line.floor_dollars(messages),
        })
    });
    json!({
        "region": bill.prices.region,
        "prices_of": AS_OF,
        "messages": messages,
        "lines": lines.collect::<Vec<_>>(),
        "dollars": bill.total(),
        "floor_dollars": bill.floor(),
        "tokens_dollars": bill.tokens_dollars,
        "turn": {
            "writes": bill.counts.writes,
            "reads": bill.counts.reads,
            "looks": bill.counts.looks,
            "doorbells": bill.counts.doorbells,
            "notices_sent": bill.counts.notices - 2.0,
            "processor_ms": bill.processor_ms(),
        },
        "model_concurrency": bill.at_a_time(),
    })
}
