//! `cost`: what a month costs on AWS, from counted requests, measured milliseconds and public prices. docs/cost.md
//! explains each line.

mod counts;
mod prices;
mod report;

use crate::cli::{Cost, Failure};

use counts::{Counts, Measured, Traffic};
use prices::Prices;

/// One line of the bill.
#[derive(Debug, Clone)]
struct Line {
    /// What is paid for.
    what: &'static str,
    /// How much of it a million messages take; for what goes on without them, a month.
    amount: f64,
    /// In what.
    unit: &'static str,
    /// Dollars for a million of the unit.
    price: f64,
    /// The least that any design on these services takes of it for a million messages.
    floor: f64,
    /// It is paid whether anybody writes or not.
    is_fixed: bool,
}

impl Line {
    fn dollars(&self, messages: f64) -> f64 {
        let millions = if self.is_fixed { 1.0 } else { messages / 1e6 };
        self.amount * millions * self.price / 1e6
    }

    fn floor_dollars(&self, messages: f64) -> f64 {
        let millions = if self.is_fixed { 1.0 } else { messages / 1e6 };
        self.floor * millions * self.price / 1e6
    }
}

/// What was asked, and what it comes to.
struct Bill {
    traffic: Traffic,
    prices: &'static Prices,
    lines: Vec<Line>,
    tokens_dollars: f64,
    counts: Counts,
}

/// Prints the bill.
pub fn run(options: &Cost) -> Result<(), Failure> {
    let bill = bill(options)?;
    if options.json {
        println!("{}", report::as_json(&bill));
    } else {
        report::print(&bill);
    }
    Ok(())
}

fn bill(options: &Cost) -> Result<Bill, Failure> {
    let prices = prices::of(&options.region)?;
    let (Some(tokens), Some(token_prices)) = (pair(&options.tokens), pair(&options.token_prices)) else {
        return Err("--tokens and --token-prices take two numbers each: of the prompt, of the answer".into());
    };
    if options.per_turn < 1.0 || options.per_turn > 10.0 || options.messages == 0 || options.burst < 1.0 {
        return Err("give --messages above 0, --per-turn from 1 to 10, and --burst of at least 1".into());
    }
    let traffic = Traffic::of(options);
    let counts = Counts::of_turn(&traffic);
    let turns = traffic.messages / traffic.per_turn;
    let millions = [(tokens.0, token_prices.0), (tokens.1, token_prices.1)]
        .map(|(tokens, dollars)| counts::float(tokens) * turns / 1e6 * dollars);
    let lines = lines(&traffic, &counts, prices);
    Ok(Bill { traffic, prices, lines, tokens_dollars: millions.iter().sum(), counts })
}

fn pair<T: Copy>(two: &[T]) -> Option<(T, T)> {
    if let [first, second] = two { Some((*first, *second)) } else { None }
}

/// Every line, for a million messages.
fn lines(traffic: &Traffic, counts: &Counts, prices: &Prices) -> Vec<Line> {
    let measured = Measured::default();
    let turns = 1e6 / traffic.per_turn;
    let (webhook_ms, processor_ms, notify_ms) =
        (measured.webhook_ms(), measured.processor_ms(traffic, counts), measured.notify_ms());
    let figures_ms = measured.figures_ms();
    let gb_seconds = |ms: f64, mb: f64, times: f64| ms / 1e3 * mb / 1024.0 * times;
    let line = |what, amount, unit, price, floor| Line { what, amount, unit, price, floor, is_fixed: false };
    vec![
        line("HTTP API", 1e6, "requests", prices.http_api, 1e6),
        line("Lambda requests", 1e6 + turns * 2.0, "requests", prices.lambda_request, 1e6 + turns),
        line(
            "Lambda webhook",
            gb_seconds(webhook_ms + figures_ms, counts::WEBHOOK_MB, 1e6),
            "GB-s",
            prices.gb_second,
            gb_seconds(webhook_ms, counts::LEAST_MB, 1e6),
        ),
        line(
            "Lambda processor",
            gb_seconds(processor_ms + figures_ms, traffic.memory_mb, turns),
            "GB-s",
            prices.gb_second,
            gb_seconds(traffic.model_ms, counts::LEAST_MB, turns),
        ),
        line("Lambda notify", gb_seconds(notify_ms, counts::NOTIFY_MB, turns), "GB-s", prices.gb_second, 0.0),
        line("DynamoDB writes", counts.writes * turns, "units", prices.write_unit, 1e6),
        line("DynamoDB indexes", counts.index_units * turns, "units", prices.write_unit, 0.0),
        line("DynamoDB figures", counts.figures * turns, "units", prices.write_unit, 0.0),
        line("DynamoDB reads", counts.read_units * turns, "units", prices.read_unit, 0.0),
        line("SQS FIFO", counts.doorbells * turns, "requests", prices.sqs_fifo, 3e6),
        line("SQS standard", counts.notices * turns, "requests", prices.sqs_standard, 0.0),
        line("Logs", counts.log_gb * turns, "GB", prices.log_gb, 0.0),
        Line {
            what: "SQS polls when idle",
            amount: counts::IDLE_POLLS,
            unit: "requests",
            price: prices.sqs_standard,
            floor: counts::IDLE_POLLS / 3.0,
            is_fixed: true,
        },
        Line {
            what: "CloudWatch and key",
            amount: counts::WATCHING,
            unit: "dollars",
            price: 1e6,
            floor: 0.0,
            is_fixed: true,
        },
    ]
}
