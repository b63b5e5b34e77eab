//! What the commands can be told that break a stack of their own, or measure one.

use std::path::PathBuf;

use clap::Args;

use crate::load::Scenario;

/// What `chaos` can be told.
#[derive(Args)]
pub struct Chaos {
    /// For so many minutes, draining not included.
    #[arg(long, default_value_t = 2.0)]
    pub minutes: f64,
    /// How many users write.
    #[arg(long, default_value_t = 40)]
    pub users: u32,
    /// Break nothing: the same crowd in one long run, and what the processes hold in memory.
    #[arg(long)]
    pub calm: bool,
    /// What is drawn by chance is drawn from this; an even one also means the strategy `burst`, an odd one `queue`.
    /// Without it: another one each time.
    #[arg(long)]
    pub seed: Option<u64>,
    /// Report on standard output as one JSON object.
    #[arg(long)]
    pub json: bool,
}

/// What `overlaps` can be told.
#[derive(Args)]
pub struct Overlaps {
    /// Follow-ups aimed at the end of a turn, for each latency of the table.
    #[arg(long, default_value_t = 400)]
    pub pairs: u32,
    /// Users of a crowd. Each writes twelve messages.
    #[arg(long, default_value_t = 50)]
    pub users: u32,
    /// What is drawn by chance is drawn from this. Without it: another one each time.
    #[arg(long)]
    pub seed: Option<u64>,
    /// Report on standard output as one JSON object.
    #[arg(long)]
    pub json: bool,
}

/// What `ladder` can be told.
#[derive(Args)]
pub struct Ladder {
    /// The steps: so many users write at once, and the model takes 2 to 3 s, drawn for each message.
    #[arg(long, value_name = "N,N,..", value_delimiter = ',', default_value = "5,10,20,50")]
    pub steps: Vec<u32>,
    /// How often each step is taken.
    #[arg(long, default_value_t = 3)]
    pub rounds: u32,
    /// The crowds: so many users write at once, once, and the model takes the same for all.
    #[arg(long, value_name = "N,N,..", value_delimiter = ',', default_value = "50,100,500")]
    pub users: Vec<u32>,
    /// Milliseconds that the model takes for one of a crowd.
    #[arg(long, default_value_t = 2_500)]
    pub call_ms: u64,
    /// Model calls at a time (L).
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub cap: u16,
    /// What is drawn by chance is drawn from this. Without it: another one each time.
    #[arg(long)]
    pub seed: Option<u64>,
    /// Report on standard output as one JSON object.
    #[arg(long)]
    pub json: bool,
}

/// What `load` can be told. What is not said is the scenario's.
#[derive(Args)]
pub struct Load {
    /// Which crowd.
    #[arg(value_enum, default_value = "hundred")]
    pub scenario: Scenario,
    /// How many users write.
    #[arg(long)]
    pub users: Option<u32>,
    /// Messages a second, of all users together.
    #[arg(long, value_name = "PER_SECOND")]
    pub rate: Option<f64>,
    /// For so many seconds.
    #[arg(long)]
    pub seconds: Option<f64>,
    /// Before that, seconds in which the rate grows to its height.
    #[arg(long, value_name = "SECONDS", default_value_t = 0.0)]
    pub ramp: f64,
    /// Model calls at a time (L).
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub cap: Option<u16>,
    /// Milliseconds that the model takes.
    #[arg(long)]
    pub call_ms: Option<u64>,
    /// Kill a processor at its work every so many seconds.
    #[arg(long, value_name = "SECONDS")]
    pub kill_every: Option<f64>,
    /// Any limit or timing, as `up` takes them. May be repeated.
    #[arg(long = "set", value_name = "NAME=VALUE")]
    pub settings: Vec<String>,
    /// What is drawn by chance is drawn from this. Without it: another one each time.
    #[arg(long)]
    pub seed: Option<u64>,
    /// Draw the latencies, second by second, into this SVG file.
    #[arg(long, value_name = "FILE")]
    pub plot: Option<PathBuf>,
    /// Report on standard output as one JSON object.
    #[arg(long)]
    pub json: bool,
}
