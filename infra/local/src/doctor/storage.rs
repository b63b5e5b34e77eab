//! The table and the queues.

use aws_sdk_dynamodb::error::DisplayErrorContext;
use aws_sdk_sqs::types::QueueAttributeName as Attribute;

use super::finding::Finding;

/// Doorbells that wait, from which on something is said about it.
const WAITING_MANY: u64 = 1_000;

/// Where messages are kept and wait.
pub struct Storage {
    /// The table's client.
    pub dynamodb: aws_sdk_dynamodb::Client,
    /// The queues' client.
    pub sqs: aws_sdk_sqs::Client,
    /// The table's name.
    pub table: String,
    /// The queues, as far as they are known.
    pub queues: Vec<(Role, String)>,
}

/// What a queue is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Doorbells, ordinary or urgent.
    Doorbells,
    /// Doorbells that failed too often.
    DeadLetters,
    /// What is said outside a turn.
    Notices,
}

/// How many messages of a queue can be received, and are being worked on.
#[derive(Debug, Default, Clone, Copy)]
struct Depth {
    visible: u64,
    in_flight: u64,
}

impl Storage {
    /// One finding for the table, one for each queue.
    pub async fn examine(&self) -> Vec<Finding> {
        let mut findings = vec![self.table().await];
        for (role, url) in &self.queues {
            let name = url.rsplit('/').next().unwrap_or(url);
            findings.push(match self.depth(url).await {
                Ok(depth) => judged(*role, name, depth),
                Err(why) => Finding::wrong(
                    "queues",
                    format!("{name} cannot be read: {why}"),
                    "is it there, and may it be read?",
                ),
            });
        }
        findings
    }

    async fn table(&self) -> Finding {
        match self.dynamodb.describe_table().table_name(&self.table).send().await {
            Ok(described) => {
                let status = described.table.and_then(|table| table.table_status);
                let status = status.map_or_else(|| "?".to_owned(), |status| status.as_str().to_owned());
                if status == "ACTIVE" || status == "UPDATING" {
                    Finding::ok("table", format!("{} is {status}", self.table))
                } else {
                    let remedy = "nothing is taken in until it is ACTIVE: look at it in the console";
                    Finding::wrong("table", format!("{} is {status}", self.table), remedy)
                }
            }
            Err(error) => {
                let why = format!("{} cannot be read: {}", self.table, DisplayErrorContext(error));
                Finding::wrong(
                    "table",
                    why,
                    "without it nothing is taken in: check its name, region and your rights",
                )
            }
        }
    }

    async fn depth(&self, url: &str) -> Result<Depth, String> {
        let names =
            [Attribute::ApproximateNumberOfMessages, Attribute::ApproximateNumberOfMessagesNotVisible];
        let asked = self.sqs.get_queue_attributes().queue_url(url).set_attribute_names(Some(names.to_vec()));
        let got = asked.send().await.map_err(|error| DisplayErrorContext(error).to_string())?;
        let all = got.attributes.unwrap_or_default();
        let [visible, in_flight] =
            names.map(|name| all.get(&name).and_then(|digits| digits.parse().ok()).unwrap_or(0));
        Ok(Depth { visible, in_flight })
    }
}

fn judged(role: Role, name: &str, Depth { visible, in_flight }: Depth) -> Finding {
    let says = format!("{name}: {visible} waiting, {in_flight} at work");
    match role {
        Role::DeadLetters if visible > 0 => {
            let remedy =
                "their users have been told nothing: see why the dead-letter function does not settle them";
            Finding::wrong("queues", says, remedy)
        }
        Role::Doorbells if visible > 0 && in_flight == 0 => {
            let remedy =
                "nobody takes them: is the processor's event source enabled, and does the function start?";
            Finding::warn("queues", says, remedy)
        }
        Role::Doorbells if visible >= WAITING_MANY => Finding::warn(
            "queues",
            says,
            "users wait: raise ModelConcurrency, if the model's quota allows it",
        ),
        _ => Finding::ok("queues", says),
    }
}
