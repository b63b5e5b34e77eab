//! `audit`: whether every message in a table has one outcome or still waits.

use std::collections::{BTreeSet, HashMap};
use std::time::{Duration, Instant};

use aws_config::{BehaviorVersion, Region};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::Credentials;
use aws_sdk_dynamodb::error::DisplayErrorContext;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::{ConversationKey, Mailbox};
use io::aws::Aws;
use io::clock::Clock;
use io::config::Resources;
use io::table::audit::{Audit, Ledger, Tolerance, Violation};
use io::table::{MAILBOX, read_mailbox};
use serde_json::{Value, json};

use crate::cli::{self, Failure};
use crate::clock::StackClock;

/// A lease may lie so long past its end: its doorbell comes again when its visibility (75 s) has passed, and that of a
/// throttled one later.
pub const LEASE_MS: u64 = 300_000;
/// How often what looks wrong is looked at again: a scan is no snapshot, and the table may be at work.
const LOOKS: u32 = 3;
/// Between two looks: what was on its way has arrived.
const PAUSE: Duration = Duration::from_secs(1);
/// Between two lines of progress.
const PROGRESS: Duration = Duration::from_secs(3);

/// Prints what was found. An error when the law does not hold.
pub fn run(options: &cli::Audit) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let audit = runtime.block_on(async {
        let table = Table::find(&options.place).await?;
        let tolerance = Tolerance { open_ms: options.open_after * 60_000, lease_ms: LEASE_MS };
        table.audit(tolerance).await
    })?;
    if options.json {
        println!("{}", as_json(&audit));
    } else {
        print(&audit);
    }
    match audit.violations.len() {
        0 => Ok(()),
        wrong => Err(format!("the audit found {wrong} violations").into()),
    }
}

/// A table to be audited.
pub struct Table {
    dynamodb: Client,
    sqs: aws_sdk_sqs::Client,
    name: String,
    /// The time that its messages go by.
    clock: Clock,
}

/// Some items, and where the next page begins.
pub type Page = (Vec<HashMap<String, AttributeValue>>, Option<HashMap<String, AttributeValue>>);

impl Table {
    /// A table of an engine that takes any credentials.
    pub async fn at(endpoint: &str, name: &str) -> Table {
        let credentials = Credentials::new("local", "local", None, None, "local");
        let config = aws_config::defaults(BehaviorVersion::latest()).endpoint_url(endpoint);
        let config = config.region(Region::new("us-east-1")).credentials_provider(credentials).load().await;
        Table::of(&config, name)
    }

    fn of(config: &aws_config::SdkConfig, name: &str) -> Table {
        let (dynamodb, sqs) = (Client::new(config), aws_sdk_sqs::Client::new(config));
        Table { dynamodb, sqs, name: name.to_owned(), clock: Clock::default() }
    }

    /// The named one, in AWS without an endpoint; without a name that of the running local stack.
    pub async fn find(place: &cli::TablePlace) -> Result<Table, Failure> {
        match (&place.endpoint, &place.table) {
            (Some(endpoint), named) => Ok(Table::at(endpoint, named.as_deref().unwrap_or("turnwise")).await),
            (None, Some(name)) => {
                let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
                Ok(Table::of(&config, name))
            }
            (None, None) => Table::of_local_stack(place.port).await,
        }
    }

    async fn of_local_stack(port: u16) -> Result<Table, Failure> {
        let url = format!("http://127.0.0.1:{port}/local/state");
        let state = async { reqwest::get(&url).await?.json::<Value>().await };
        let state = state.await.map_err(|_| {
            format!(
                "no local stack answers on port {port}; name its port with --port, or a table with --table"
            )
        })?;
        let fact = |place: &str| state.pointer(place).and_then(Value::as_str).map(ToOwned::to_owned);
        match (fact("/endpoints/dynamodb"), fact("/table")) {
            (Some(endpoint), Some(name)) => {
                Ok(Table { clock: StackClock::told(&state), ..Table::at(&endpoint, &name).await })
            }
            _ => Err(format!("what answers on port {port} is no local stack of this version").into()),
        }
    }

    /// Scans the table, and looks again at the conversations where something seems wrong.
    pub async fn audit(&self, tolerance: Tolerance) -> Result<Audit, Failure> {
        let mut ledger = self.ledger().await?;
        let mut audit = ledger.audit(self.clock.now(), tolerance);
        for _ in 0..LOOKS {
            let suspects: BTreeSet<_> =
                audit.violations.iter().map(Violation::conversation).cloned().collect();
            if suspects.is_empty() {
                break;
            }
            tokio::time::sleep(PAUSE).await;
            for conversation in &suspects {
                self.look_again(&mut ledger, conversation).await?;
            }
            audit = ledger.audit(self.clock.now(), tolerance);
        }
        Ok(audit)
    }

    /// All items, as far as an audit needs them.
    pub async fn ledger(&self) -> Result<Ledger, Failure> {
        let mut ledger = Ledger::default();
        self.each_item(|item| ledger.add(item)).await?;
        Ok(ledger)
    }

    /// Hands over every item of the table.
    pub async fn each_item(
        &self,
        mut take: impl FnMut(HashMap<String, AttributeValue>),
    ) -> Result<(), Failure> {
        let mut progress = Progress::new();
        let mut from = None;
        loop {
            let scan = self.dynamodb.scan().table_name(&self.name).consistent_read(true);
            let page =
                scan.set_exclusive_start_key(from).send().await.map_err(|error| self.unreadable(&error))?;
            progress.more(page.count);
            page.items.unwrap_or_default().into_iter().for_each(&mut take);
            from = page.last_evaluated_key;
            if from.is_none() {
                return Ok(());
            }
        }
    }

    /// The table through the seam. It has no queues.
    pub fn world(&self) -> Aws {
        self.world_with(None, "")
    }

    /// The same with a queue of notices, of this engine or that of the table.
    pub fn world_with(&self, sqs: Option<aws_sdk_sqs::Client>, notices_url: &str) -> Aws {
        let none = String::new;
        let resources = Resources {
            stack: String::new(),
            function: String::new(),
            table: self.name.clone(),
            doorbells_url: none(),
            urgent_url: none(),
            notices_url: notices_url.to_owned(),
            dead_letters_url: none(),
            clock: self.clock,
        };
        Aws::of(self.dynamodb.clone(), sqs.unwrap_or_else(|| self.sqs.clone()), resources)
    }

    /// Items of one partition whose sort keys begin so.
    pub async fn page(
        &self,
        pk: &str,
        prefix: &str,
        from: Option<HashMap<String, AttributeValue>>,
    ) -> Result<Page, Failure> {
        let query = self.dynamodb.query().table_name(&self.name).consistent_read(true);
        let query = query.expression_attribute_values(":pk", AttributeValue::S(pk.to_owned()));
        let query = match prefix {
            "" => query.key_condition_expression("pk = :pk"),
            prefix => query
                .key_condition_expression("pk = :pk AND begins_with(sk, :sk)")
                .expression_attribute_values(":sk", AttributeValue::S(prefix.to_owned())),
        };
        let page = query.set_exclusive_start_key(from).send().await;
        let page = page.map_err(|error| self.unreadable(&error))?;
        Ok((page.items.unwrap_or_default(), page.last_evaluated_key))
    }

    /// The mailbox of a conversation.
    pub async fn mailbox(&self, conversation: &ConversationKey) -> Result<Option<Mailbox>, Failure> {
        let get = self.dynamodb.get_item().table_name(&self.name).consistent_read(true);
        let get = get.key("pk", AttributeValue::S(conversation.to_string()));
        let got = get.key("sk", AttributeValue::S(MAILBOX.to_owned())).send().await;
        let item = got.map_err(|error| self.unreadable(&error))?.item;
        Ok(item.as_ref().map(read_mailbox).transpose()?)
    }

    /// Takes one conversation in again, in one strongly consistent query.
    pub async fn look_again(
        &self,
        ledger: &mut Ledger,
        conversation: &ConversationKey,
    ) -> Result<(), Failure> {
        ledger.forget(conversation);
        let query = self.dynamodb.query().table_name(&self.name).consistent_read(true);
        let query = query.key_condition_expression("pk = :pk");
        let query = query.expression_attribute_values(":pk", AttributeValue::S(conversation.to_string()));
        let mut pages = query.into_paginator().items().send();
        while let Some(item) = pages.next().await {
            ledger.add(item.map_err(|error| self.unreadable(&error))?);
        }
        Ok(())
    }

    fn unreadable(&self, error: &(dyn std::error::Error + 'static)) -> Failure {
        format!("the table {} cannot be read: {}", self.name, DisplayErrorContext(error)).into()
    }
}

/// Lines on standard error while a large table is read.
struct Progress {
    items: u64,
    told_at: Instant,
}

impl Progress {
    fn new() -> Progress {
        Progress { items: 0, told_at: Instant::now() }
    }

    fn more(&mut self, items: i32) {
        self.items += u64::try_from(items).unwrap_or(0);
        if self.told_at.elapsed() >= PROGRESS {
            eprintln!("{} items read", self.items);
            self.told_at = Instant::now();
        }
    }
}

fn print(audit: &Audit) {
    println!("accepted     {:>8} in {} conversations", audit.accepted, audit.conversations);
    println!("  waiting    {:>8}", audit.waiting);
    for (outcome, count) in &audit.outcomes {
        println!("  {:<10} {count:>8}", outcome.name());
    }
    println!("missing      {:>8}", audit.missing());
    println!("not admitted yet {}, expired {}, other items {}", audit.arriving, audit.expired, audit.other);
    for violation in &audit.violations {
        println!("{violation}");
    }
}

/// The counts, and everything that must not be, as a sentence.
pub fn as_json(audit: &Audit) -> Value {
    let outcomes: serde_json::Map<String, Value> =
        audit.outcomes.iter().map(|(outcome, count)| (outcome.name().to_owned(), json!(count))).collect();
    json!({
        "accepted": audit.accepted,
        "waiting": audit.waiting,
        "outcomes": outcomes,
        "missing": audit.missing(),
        "conversations": audit.conversations,
        "arriving": audit.arriving,
        "expired": audit.expired,
        "other": audit.other,
        "violations": audit.violations.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "holds": audit.holds(),
    })
}
