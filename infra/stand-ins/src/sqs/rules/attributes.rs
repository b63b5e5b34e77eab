//! Queue attributes: names, defaults and ranges as in the API reference of CreateQueue.
use super::SqsError;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Attributes {
    pub(super) fifo: bool,
    pub(super) content_based_deduplication: bool,
    pub(super) deduplication_scope: Scope,
    pub(super) throughput_per_group: bool,
    pub(super) delay_s: u32,
    pub(super) message_bytes_max: u32,
    pub(super) retention_s: u32,
    pub(super) wait_s: u32,
    pub(super) visibility_s: u32,
    pub(super) redrive: Option<Redrive>,
    /// Accepted and read back, without effect here.
    inert: BTreeMap<String, String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    Queue,
    MessageGroup,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Redrive {
    pub(super) target_arn: String,
    pub(super) receives_max: u32,
}

const DELAY_S: RangeInclusive<u32> = 0..=900;
const MESSAGE_BYTES: RangeInclusive<u32> = 1024..=1_048_576;
const RETENTION_S: RangeInclusive<u32> = 60..=1_209_600;
const WAIT_S: RangeInclusive<u32> = 0..=20;
pub(super) const VISIBILITY_S: RangeInclusive<u32> = 0..=43_200;
const RECEIVES: RangeInclusive<u32> = 1..=1000;

const INERT: [&str; 5] = [
    "Policy",
    "KmsMasterKeyId",
    "KmsDataKeyReusePeriodSeconds",
    "RedriveAllowPolicy",
    "SqsManagedSseEnabled",
];
const FIFO_ONLY: [&str; 3] = ["ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit"];
/// Attributes that the queue computes; they can be asked for but not set.
const COMPUTED: [&str; 6] = [
    "All",
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesDelayed",
    "ApproximateNumberOfMessagesNotVisible",
    "CreatedTimestamp",
    "LastModifiedTimestamp",
];

impl Attributes {
    pub(super) fn for_new_queue(name: &str, wanted: &BTreeMap<String, String>) -> Result<Self, SqsError> {
        let fifo = wanted.get("FifoQueue").is_some_and(|value| value == "true");
        if fifo != name.strip_suffix(".fifo").is_some() {
            return Err(SqsError::InvalidParameter {
                name: "QueueName",
                reason: "The name of a FIFO queue ends in .fifo, and only such a queue may have that suffix.",
            });
        }
        let mut attributes = Self::defaults(fifo);
        for (name, value) in wanted.iter().filter(|(name, _)| *name != "FifoQueue") {
            attributes.set(name, value)?;
        }
        attributes.consistent()?;
        Ok(attributes)
    }

    fn defaults(fifo: bool) -> Self {
        Self {
            fifo,
            content_based_deduplication: false,
            deduplication_scope: Scope::Queue,
            throughput_per_group: false,
            delay_s: 0,
            message_bytes_max: 1_048_576,
            retention_s: 345_600,
            wait_s: 0,
            visibility_s: 30,
            redrive: None,
            inert: BTreeMap::new(),
        }
    }

    pub(super) fn changed(&self, wanted: &BTreeMap<String, String>) -> Result<Self, SqsError> {
        let mut attributes = self.clone();
        for (name, value) in wanted {
            if name == "FifoQueue" && (value == "true") == self.fifo {
                continue;
            }
            attributes.set(name, value)?;
        }
        attributes.consistent()?;
        Ok(attributes)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), SqsError> {
        if FIFO_ONLY.contains(&name) && !self.fifo {
            return Err(SqsError::InvalidAttributeName { name: name.to_owned() });
        }
        let invalid = || SqsError::InvalidAttributeValue { name: name.to_owned() };
        let number = |range| number(value, range).ok_or_else(invalid);
        match name {
            "DelaySeconds" => self.delay_s = number(DELAY_S)?,
            "MaximumMessageSize" => self.message_bytes_max = number(MESSAGE_BYTES)?,
            "MessageRetentionPeriod" => self.retention_s = number(RETENTION_S)?,
            "ReceiveMessageWaitTimeSeconds" => self.wait_s = number(WAIT_S)?,
            "VisibilityTimeout" => self.visibility_s = number(VISIBILITY_S)?,
            "RedrivePolicy" => self.redrive = Redrive::parse(value).ok_or_else(invalid)?,
            "ContentBasedDeduplication" => {
                self.content_based_deduplication = value.parse().map_err(|_| invalid())?;
            }
            "DeduplicationScope" => self.deduplication_scope = Scope::parse(value).ok_or_else(invalid)?,
            "FifoThroughputLimit" => {
                self.throughput_per_group =
                    choice(value, "perQueue", "perMessageGroupId").ok_or_else(invalid)?;
            }
            _ if INERT.contains(&name) => drop(self.inert.insert(name.to_owned(), value.to_owned())),
            _ => return Err(SqsError::InvalidAttributeName { name: name.to_owned() }),
        }
        Ok(())
    }

    /// SQS developer guide, "High throughput for FIFO queues": the limit per group needs the scope per group.
    fn consistent(&self) -> Result<(), SqsError> {
        if self.throughput_per_group && self.deduplication_scope == Scope::Queue {
            return Err(SqsError::InvalidAttributeValue { name: "FifoThroughputLimit".to_owned() });
        }
        Ok(())
    }

    /// All attributes that can be set, in the form in which they are set.
    pub(super) fn to_map(&self) -> BTreeMap<String, String> {
        let mut map = self.inert.clone();
        let mut put = |name: &str, value: String| drop(map.insert(name.to_owned(), value));
        put("DelaySeconds", self.delay_s.to_string());
        put("MaximumMessageSize", self.message_bytes_max.to_string());
        put("MessageRetentionPeriod", self.retention_s.to_string());
        put("ReceiveMessageWaitTimeSeconds", self.wait_s.to_string());
        put("VisibilityTimeout", self.visibility_s.to_string());
        if let Some(redrive) = &self.redrive {
            put("RedrivePolicy", redrive.to_json());
        }
        if self.fifo {
            let limit = if self.throughput_per_group { "perMessageGroupId" } else { "perQueue" };
            put("FifoQueue", "true".to_owned());
            put("ContentBasedDeduplication", self.content_based_deduplication.to_string());
            put("DeduplicationScope", self.deduplication_scope.name().to_owned());
            put("FifoThroughputLimit", limit.to_owned());
        }
        map
    }

    /// The first of the wanted attributes that this queue has with another value.
    pub(super) fn conflict(&self, wanted: &Self, names: &BTreeMap<String, String>) -> Option<String> {
        let (mine, theirs) = (self.to_map(), wanted.to_map());
        names.keys().find(|name| mine.get(*name) != theirs.get(*name)).cloned()
    }
}

impl Scope {
    fn parse(value: &str) -> Option<Self> {
        choice(value, "queue", "messageGroup")
            .map(|group| if group { Self::MessageGroup } else { Self::Queue })
    }

    fn name(self) -> &'static str {
        match self {
            Self::Queue => "queue",
            Self::MessageGroup => "messageGroup",
        }
    }
}

impl Redrive {
    /// An empty policy takes the redrive away. The count comes as a number or as a string.
    #[expect(clippy::option_option, reason = "the outer says whether the text is valid")]
    fn parse(text: &str) -> Option<Option<Self>> {
        if text.is_empty() {
            return Some(None);
        }
        let policy: serde_json::Value = serde_json::from_str(text).ok()?;
        let count = policy.get("maxReceiveCount")?;
        let receives_max =
            number(count.as_str().map_or_else(|| count.to_string(), str::to_owned).as_str(), RECEIVES)?;
        let target_arn = policy.get("deadLetterTargetArn")?.as_str()?.to_owned();
        Some(Some(Self { target_arn, receives_max }))
    }

    fn to_json(&self) -> String {
        serde_json::json!({"deadLetterTargetArn": self.target_arn, "maxReceiveCount": self.receives_max})
            .to_string()
    }
}

pub(super) fn is_readable(name: &str) -> bool {
    let settable =
        ["DelaySeconds", "MaximumMessageSize", "MessageRetentionPeriod", "ReceiveMessageWaitTimeSeconds"];
    let others = ["VisibilityTimeout", "RedrivePolicy", "FifoQueue", "QueueArn"];
    [&settable[..], &others[..], &INERT[..], &FIFO_ONLY[..], &COMPUTED[..]]
        .iter()
        .any(|names| names.contains(&name))
}

fn number(text: &str, range: RangeInclusive<u32>) -> Option<u32> {
    text.parse().ok().filter(|number| range.contains(number))
}

/// `false` for the first word, `true` for the second.
fn choice(value: &str, first: &str, second: &str) -> Option<bool> {
    (value == second).then_some(true).or((value == first).then_some(false))
}
