//! The seam: what the outside can be asked for, as values.

use std::collections::{BTreeMap, HashMap};
use std::future::Future;
use std::pin::Pin;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::http::{HttpError, HttpRequest, HttpResponse};
use domain::{Metric, Millis, Token};

/// A boxed future: the seam is used through `dyn`.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// An item of the table.
pub type Item = HashMap<String, AttributeValue>;

/// Table, queues, clock and chance, and what is measured.
pub trait World: Send + Sync {
    /// One request to the table. Reads are strongly consistent.
    fn table(&self, request: TableRequest) -> Pending<'_, Result<TableReply, TableError>>;
    /// One request to a queue.
    fn queue(&self, request: QueueRequest) -> Pending<'_, Result<(), QueueError>>;
    /// The time.
    fn now(&self) -> Millis;
    /// Waits.
    fn sleep(&self, milliseconds: u64) -> Pending<'_, ()>;
    /// A token nobody else has: 11 characters of base64url, 64 random bits.
    fn token(&self) -> Token;
    /// Adds to what this invocation has measured. A world whose figures nobody reads forgets it.
    fn measure(&self, _metric: Metric, _value: u64) {}
}

/// The way out to platforms.
pub trait Http: Send + Sync {
    /// Sends one request and waits for its answer. Never repeats it.
    fn send(&self, request: HttpRequest) -> Pending<'_, Result<HttpResponse, HttpError>>;
}

/// A request to the table.
#[derive(Debug, Clone)]
pub enum TableRequest {
    /// One item by its key.
    Get {
        /// Partition key.
        pk: String,
        /// Sort key.
        sk: String,
    },
    /// Items of one partition, from a sort key on: upwards or downwards.
    Query {
        /// Partition key.
        pk: String,
        /// The first sort key, included. Downwards without one: from the last.
        from: Option<String>,
        /// The direction.
        forward: bool,
        /// Most items wanted.
        limit: u32,
    },
    /// Items out of an index, upwards from a sort key on: their keys, and what the index holds besides. It may lag a
    /// moment behind the table.
    Index {
        /// Which index.
        index: Index,
        /// The part of it.
        shard: String,
        /// The first sort key, included.
        from: i64,
        /// Most items wanted.
        limit: u32,
    },
    /// One conditional write.
    Write(Write),
    /// Conditional writes that happen together or not at all.
    Transact(Vec<Write>),
}

/// The table's indexes. Only items that have both attributes stand in one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Index {
    /// Mailboxes with something waiting, by when what has waited longest was admitted, in milliseconds.
    Busy,
    /// Mailboxes by when they were last active, in seconds; with their sessions' start.
    Sessions,
}

impl Index {
    /// Every index.
    pub const ALL: [Index; 2] = [Index::Busy, Index::Sessions];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Index::Busy => "busy",
            Index::Sessions => "sessions",
        }
    }

    /// The attributes that are its keys: a text and a number.
    pub fn keys(self) -> (&'static str, &'static str) {
        match self {
            Index::Busy => ("bp", "bs"),
            Index::Sessions => ("sp", "sb"),
        }
    }

    /// What it holds besides keys.
    pub fn besides(self) -> Option<&'static str> {
        match self {
            Index::Busy => None,
            Index::Sessions => Some("ss"),
        }
    }
}

/// A write and the condition it needs.
#[derive(Debug, Clone, Default)]
pub struct Write {
    /// What is written.
    pub action: Action,
    /// The condition expression.
    pub condition: String,
    /// `#name` to attribute name.
    pub names: BTreeMap<String, String>,
    /// `:value` to value.
    pub values: BTreeMap<String, AttributeValue>,
}

/// The kinds of writes.
#[derive(Debug, Clone)]
pub enum Action {
    /// The whole item.
    Put(Item),
    /// An update expression on the item of that key.
    Update {
        /// Partition key.
        pk: String,
        /// Sort key.
        sk: String,
        /// The update expression.
        update: String,
    },
    /// Only the condition; in transactions.
    Check {
        /// Partition key.
        pk: String,
        /// Sort key.
        sk: String,
    },
}

impl Default for Action {
    fn default() -> Action {
        Action::Put(Item::new())
    }
}

/// What the table answers.
#[derive(Debug, Clone)]
pub enum TableReply {
    /// To `Get`.
    Item(Option<Item>),
    /// To `Query`.
    Items(Vec<Item>),
    /// To a write; for an update, the item afterwards.
    Written(Option<Item>),
}

/// Why the table did not do it.
#[derive(Debug, Clone, thiserror::Error)]
pub enum TableError {
    /// The condition did not hold; the item as it stands. In a transaction: of which write, counted from 0.
    #[error("the condition of write {index} failed")]
    ConditionFailed {
        /// Which write.
        index: usize,
        /// The item as it stands; `None` when there is none.
        item: Option<Item>,
    },
    /// Nothing is known to have happened. Retry: the step asks "was that me?" first.
    #[error("the table is unavailable: {0}")]
    Unavailable(String),
    /// An item that this version cannot read. Give up: it is not used.
    #[error("damaged item {key}: {what}")]
    Damaged {
        /// Its sort key.
        key: String,
        /// What is wrong with it.
        what: String,
    },
}

/// A request to a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QueueRequest {
    /// Rings a conversation's doorbell.
    Ring {
        /// `Doorbells` or `Urgent`. Where there is no urgent lane, both mean the same queue.
        queue: Queue,
        /// The FIFO group: the conversation.
        group: String,
        /// SQS drops what carries the same id within five minutes.
        dedup: String,
        /// A versioned envelope.
        body: String,
    },
    /// Puts a notice into the notices queue.
    Notice {
        /// A versioned envelope.
        body: String,
        /// Seconds before it is delivered; 0 to 900.
        delay_s: u32,
    },
    /// Makes a received message visible again after some seconds. The caller then reports it failed.
    Postpone {
        /// Which queue it was received from.
        queue: Queue,
        /// Its receipt handle.
        receipt: String,
        /// Seconds from now; 0 to 43,200.
        seconds: u32,
    },
}

/// The queues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Queue {
    /// FIFO, one group per conversation.
    Doorbells,
    /// The same, for messages that cannot wait behind the others.
    Urgent,
    /// Standard, with delays.
    Notices,
    /// FIFO: doorbells that were received too often.
    DeadLetters,
}

/// Why a queue did not do it. Retry: what is sent twice does no harm.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the queue is unavailable: {0}")]
pub struct QueueError(pub String);
