//! What a turn asks AWS for. The counts are those that `tests/protocol/budget.rs` holds the code to, and a test holds these
//! to that; the milliseconds are those of `tests/cost/measure`.

use crate::cli::Cost;

/// Megabytes of the webhook, as in `template.yaml`.
pub const WEBHOOK_MB: f64 = 512.0;
/// Megabytes of notify.
pub const NOTIFY_MB: f64 = 256.0;
/// The least that Lambda gives.
pub const LEAST_MB: f64 = 128.0;
/// Megabytes for which Lambda gives one whole processor.
const MB_PER_CPU: f64 = 1_769.0;

/// What the code writes for a turn beside each message and its admission: claim, answer, gate, commit.
const TURN_WRITES: f64 = 4.0;
/// For each message: itself, and its admission.
const MESSAGE_WRITES: f64 = 2.0;
/// Claims that find nothing: one for each message after the first.
const EMPTY_CLAIMS: f64 = 1.0;
/// Doorbell: send, receive, delete.
const MESSAGE_DOORBELLS: f64 = 3.0;
/// Reads of a turn: the one query, and the model's circuit.
const TURN_READS: f64 = 2.0;
/// Notices of a turn: the watch that its first message sends,
const TURN_NOTICES: f64 = 1.0;
/// which is received and deleted.
const NOTICE_ROUND: f64 = 2.0;
/// Units of the table's two indexes for a turn, at the most: a conversation enters `busy` and leaves it, and its session moves
/// on in `sessions`. They are no requests.
const TURN_INDEX_UNITS: f64 = 4.0;
/// What a process writes of its figures: at low rates at the end of every invocation.
const MESSAGE_FIGURES: f64 = 1.0;
/// The same of the processor.
const TURN_FIGURES: f64 = 1.0;
/// Dollars a month for what watches a stack, at the most: 21 alarms at 0.10, 35 metrics of its own at 0.30, a dashboard
/// at 3 and the key of the alarms' topic at 1.
pub const WATCHING: f64 = 21.0 * 0.10 + 35.0 * 0.30 + 3.0 + 1.0;
/// Read units of the query: a session's history of up to 12 KB.
const QUERY_UNITS: f64 = 3.0;
/// Milliseconds between two looks at the mailbox while the model works (`poll_ms`).
const POLL_MS: f64 = 500.0;

/// Requests a month of event source mappings that find nothing: three mappings, five pollers each, a long poll of 20 s.
pub const IDLE_POLLS: f64 = 3.0 * 5.0 * 3.0 * 60.0 * 24.0 * 30.0;

/// What is written, and how.
#[derive(Debug, Clone, Copy)]
pub struct Traffic {
    /// A month.
    pub messages: f64,
    /// Answered together.
    pub per_turn: f64,
    /// Of the model, in milliseconds.
    pub model_ms: f64,
    /// Of a quiet window.
    pub window_ms: f64,
    /// Of the processor.
    pub memory_mb: f64,
    /// The busiest hour, beside the average.
    pub burst: f64,
}

impl Traffic {
    /// As the command line says.
    pub fn of(options: &Cost) -> Traffic {
        Traffic {
            messages: float(options.messages),
            per_turn: options.per_turn,
            model_ms: float(options.model_ms),
            window_ms: float(options.window_ms),
            memory_mb: float(options.memory),
            burst: options.burst,
        }
    }

    /// Turns worked on at a time in the busiest hour: what ModelConcurrency has to be.
    pub fn at_a_time(&self, processor_ms: f64) -> f64 {
        let turns_a_second = self.messages / self.per_turn / (30.0 * 86_400.0) * self.burst;
        (turns_a_second * processor_ms / 1e3).ceil().max(2.0)
    }
}

/// Requests and units of one turn.
#[derive(Debug, Clone, Copy)]
pub struct Counts {
    /// Write requests; each is one unit, as no item of a turn is above 1 KB.
    pub writes: f64,
    /// Units of the table's indexes, at the most.
    pub index_units: f64,
    /// Writes of figures, at the most. Each is one unit.
    pub figures: f64,
    /// Read requests that are counted by the tests.
    pub reads: f64,
    /// Looks at the mailbox, in a quiet window and while the model works.
    pub looks: f64,
    /// Read units, looks included.
    pub read_units: f64,
    /// Requests to the doorbell queue.
    pub doorbells: f64,
    /// Requests to the notices queue.
    pub notices: f64,
    /// Gigabytes of log.
    pub log_gb: f64,
}

impl Counts {
    /// Those of a turn of so many messages.
    pub fn of_turn(traffic: &Traffic) -> Counts {
        let k = traffic.per_turn;
        let window = if traffic.window_ms > 0.0 { 2.0 } else { 0.0 };
        let looks = (traffic.model_ms / POLL_MS).floor() + window;
        let log_bytes = WEBHOOK_LOG_BYTES * k + PROCESSOR_LOG_BYTES;
        Counts {
            writes: MESSAGE_WRITES * k + TURN_WRITES + EMPTY_CLAIMS * (k - 1.0),
            index_units: TURN_INDEX_UNITS,
            figures: MESSAGE_FIGURES * k + TURN_FIGURES,
            reads: TURN_READS,
            looks,
            read_units: QUERY_UNITS + (TURN_READS - 1.0) + looks,
            doorbells: MESSAGE_DOORBELLS * k,
            notices: TURN_NOTICES + NOTICE_ROUND,
            log_gb: log_bytes / 1e9,
        }
    }
}

/// Bytes that the webhook logs of a message, and the processor of a turn, with what Lambda itself writes of each
/// invocation (some 500 bytes): `tests/cost/measure`.
const WEBHOOK_LOG_BYTES: f64 = 281.0 + 500.0;
const PROCESSOR_LOG_BYTES: f64 = 960.0 + 500.0;

/// Milliseconds, measured and assumed, of each.
#[derive(Debug, Clone, Copy)]
pub struct Measured {
    /// Processor time of the webhook for a message, and of the processor for a turn.
    pub webhook_cpu: f64,
    pub processor_cpu: f64,
    /// What a request to the table takes from inside Lambda, and to a queue: not measured, as nothing was deployed.
    pub table: f64,
    pub queue: f64,
    /// What the platform takes to accept an answer.
    pub platform: f64,
}

impl Default for Measured {
    fn default() -> Measured {
        Measured { webhook_cpu: 1.40, processor_cpu: 3.40, table: 5.0, queue: 10.0, platform: 150.0 }
    }
}

impl Measured {
    /// Processor time takes longer where there is less of a processor.
    fn at(mb: f64, cpu_ms: f64) -> f64 {
        cpu_ms / (mb / MB_PER_CPU).min(1.0)
    }

    /// Billed for a message: its two writes, watch and doorbell.
    pub fn webhook_ms(&self) -> f64 {
        Measured::at(WEBHOOK_MB, self.webhook_cpu) + 2.0 * self.table + 2.0 * self.queue
    }

    /// Billed for the figures at an invocation's end.
    pub fn figures_ms(&self) -> f64 {
        self.table
    }

    /// Billed for a turn: what waits for the model and the platform, and the requests one after the other.
    pub fn processor_ms(&self, traffic: &Traffic, counts: &Counts) -> f64 {
        let requests = counts.writes - MESSAGE_WRITES * traffic.per_turn + counts.reads;
        let own = Measured::at(traffic.memory_mb, self.processor_cpu) + requests * self.table;
        own + traffic.window_ms + traffic.model_ms + self.platform
    }

    /// Billed for a watch that finds nothing to do: a read.
    pub fn notify_ms(&self) -> f64 {
        Measured::at(NOTIFY_MB, self.webhook_cpu) + self.table
    }
}

/// A count as what is calculated with. Months have fewer messages than a float can tell apart.
#[expect(clippy::cast_precision_loss, reason = "nobody has 2^52 messages a month")]
pub fn float(count: u64) -> f64 {
    count as f64
}
