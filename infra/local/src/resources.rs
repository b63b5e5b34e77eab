//! The stack's table and queues, with the settings of `template.yaml`. Made once, then found again.

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType, TimeToLiveSpecification,
};
use aws_sdk_scheduler::operation::create_schedule_group::CreateScheduleGroupError;
use aws_sdk_sqs::config::Credentials;
use aws_sdk_sqs::types::QueueAttributeName as Attribute;

use io::world::Index;
use scheduler::{EventBridge, Place};
use vectors::S3Vectors;

use crate::cli::Failure;
use crate::indexes;
use crate::settings::StackSettings;

/// A queue's two names.
#[derive(Clone)]
pub struct Queue {
    /// Its URL.
    pub url: String,
    /// Its ARN.
    pub arn: String,
}

/// The stack's queues.
pub struct Queues {
    /// FIFO, one group per conversation.
    pub doorbells: Queue,
    /// The same, for urgent messages.
    pub urgent: Queue,
    /// FIFO.
    pub dead_letters: Queue,
    /// Standard.
    pub notices: Queue,
}

/// The region of everything here.
pub const REGION: &str = "us-east-1";

/// The account of everything here.
pub const ACCOUNT: &str = "000000000000";

/// The access key of the owner, who may do all.
pub const OWNER: &str = "local";

/// The account, region and role that the SDK finds on the owner's machine.
pub async fn account() -> SdkConfig {
    aws_config::load_defaults(BehaviorVersion::latest()).await
}

async fn local_config() -> SdkConfig {
    config_of(OWNER).await
}

async fn config_of(access_key: &str) -> SdkConfig {
    let credentials = Credentials::new(access_key, "local", None, None, "local");
    let config = aws_config::defaults(BehaviorVersion::latest()).region(Region::new(REGION));
    config.credentials_provider(credentials).load().await
}

/// Clients for these endpoints, with credentials that stand-ins accept.
pub async fn clients(dynamodb: &str, sqs: &str) -> (aws_sdk_dynamodb::Client, aws_sdk_sqs::Client) {
    let config = local_config().await;
    let dynamodb = aws_sdk_dynamodb::config::Builder::from(&config).endpoint_url(dynamodb).build();
    let sqs = aws_sdk_sqs::config::Builder::from(&config).endpoint_url(sqs).build();
    (aws_sdk_dynamodb::Client::from_conf(dynamodb), aws_sdk_sqs::Client::from_conf(sqs))
}

/// A client of the queues with a role's access key.
pub async fn queues_as(access_key: &str, sqs: &str) -> aws_sdk_sqs::Client {
    let config = config_of(access_key).await;
    aws_sdk_sqs::Client::from_conf(aws_sdk_sqs::config::Builder::from(&config).endpoint_url(sqs).build())
}

/// Where the secrets of a stack stand in Parameter Store.
pub fn secrets_path(name: &str) -> String {
    format!("/turnwise/{name}")
}

/// What the scheduler acts as.
pub fn scheduler_role_arn(stack: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:role/{stack}-SchedulerRole")
}

/// EventBridge Scheduler: the stand-in of that address, or the account's.
pub async fn scheduler(endpoint: Option<&str>) -> aws_sdk_scheduler::Client {
    let config = match endpoint {
        Some(_) => local_config().await,
        None => account().await,
    };
    let mut config = aws_sdk_scheduler::config::Builder::from(&config);
    config.set_endpoint_url(endpoint.map(ToOwned::to_owned));
    aws_sdk_scheduler::Client::from_conf(config.build())
}

/// The stack's group of schedules, made or found.
pub async fn schedules(scheduler: &str, stack: &str, queues: &Queues) -> Result<EventBridge, Failure> {
    let client = self::scheduler(Some(scheduler)).await;
    match client.create_schedule_group().name(stack).send().await {
        Err(error)
            if !error.as_service_error().is_some_and(CreateScheduleGroupError::is_conflict_exception) =>
        {
            return Err(
                format!("the schedules' group could not be made: {}", error.into_service_error()).into()
            );
        }
        _ => {}
    }
    let place = Place {
        group: stack.to_owned(),
        queue_arn: queues.notices.arn.clone(),
        role_arn: scheduler_role_arn(stack),
    };
    Ok(EventBridge::of(client, place))
}

/// The vector bucket of every local stack.
pub const VECTOR_BUCKET: &str = "turnwise";

/// Longest name of a vector index.
const INDEX_NAME_MAX: usize = 63;

/// The owner's way to the vectors that a model makes: of each model an index of its own, as their lengths differ.
pub async fn vectors(s3vectors: &str, model: &str) -> S3Vectors {
    let config =
        aws_sdk_s3vectors::config::Builder::from(&local_config().await).endpoint_url(s3vectors).build();
    let allowed = |character: char| if character.is_ascii_alphanumeric() { character } else { '-' };
    let name = format!("of-{model}").to_lowercase();
    let index = name.chars().map(allowed).take(INDEX_NAME_MAX).collect();
    let place = vectors::Place { bucket: VECTOR_BUCKET.to_owned(), index };
    S3Vectors::of(aws_sdk_s3vectors::Client::from_conf(config), place)
}

/// The table: on demand, two keys, two indexes, expiry by `ttl`.
pub async fn table(dynamodb: &aws_sdk_dynamodb::Client, name: &str) -> Result<(), Failure> {
    if let Ok(found) = dynamodb.describe_table().table_name(name).send().await {
        let found = found.table.ok_or("the table does not say what it is")?;
        return indexes::add_missing(dynamodb, name, &found).await;
    }
    let text = |key| {
        AttributeDefinition::builder().attribute_name(key).attribute_type(ScalarAttributeType::S).build()
    };
    let key = |key, kind| KeySchemaElement::builder().attribute_name(key).key_type(kind).build();
    let mut create = dynamodb.create_table();
    for index in Index::ALL {
        let [shard, sort] = indexes::attributes(index)?;
        create = create.attribute_definitions(shard).attribute_definitions(sort);
        create = create.global_secondary_indexes(indexes::definition(index)?);
    }
    create
        .table_name(name)
        .billing_mode(BillingMode::PayPerRequest)
        .attribute_definitions(text("pk")?)
        .attribute_definitions(text("sk")?)
        .key_schema(key("pk", KeyType::Hash)?)
        .key_schema(key("sk", KeyType::Range)?)
        .send()
        .await
        .map_err(|error| format!("the table could not be made: {}", error.into_service_error()))?;
    let expiry = TimeToLiveSpecification::builder().attribute_name("ttl").enabled(true).build()?;
    dynamodb.update_time_to_live().table_name(name).time_to_live_specification(expiry).send().await?;
    Ok(())
}

/// The queues, with `protocol` settings: FIFO with high throughput, a dead-letter queue, delays for notices.
pub async fn queues(
    sqs: &aws_sdk_sqs::Client,
    stack: &str,
    settings: &StackSettings,
) -> Result<Queues, Failure> {
    let fifo = [
        (Attribute::FifoQueue, "true".to_owned()),
        (Attribute::ContentBasedDeduplication, "false".to_owned()),
        (Attribute::DeduplicationScope, "messageGroup".to_owned()),
        (Attribute::FifoThroughputLimit, "perMessageGroupId".to_owned()),
    ];
    let visibility = (Attribute::VisibilityTimeout, settings.visibility_timeout_s.to_string());
    let with = |retention_s: u32, more: Option<String>| {
        let mut attributes = fifo.to_vec();
        attributes.push(visibility.clone());
        attributes.push((Attribute::MessageRetentionPeriod, retention_s.to_string()));
        attributes.extend(more.map(|policy| (Attribute::RedrivePolicy, policy)));
        attributes
    };
    let dead_letters = queue(sqs, &format!("{stack}-dead-letters.fifo"), with(1_209_600, None)).await?;
    let redrive = serde_json::json!({
        "deadLetterTargetArn": dead_letters.arn,
        "maxReceiveCount": settings.max_receive_count,
    });
    let rung = with(345_600, Some(redrive.to_string()));
    let doorbells = queue(sqs, &format!("{stack}-doorbell.fifo"), rung.clone()).await?;
    let urgent = queue(sqs, &format!("{stack}-urgent.fifo"), rung).await?;
    let hidden = (Attribute::VisibilityTimeout, settings.notices_visibility_timeout_s.to_string());
    let notices = queue(sqs, &format!("{stack}-notices"), vec![hidden]).await?;
    Ok(Queues { doorbells, urgent, dead_letters, notices })
}

/// A queue with these attributes: made, or found and set to them.
async fn queue(
    sqs: &aws_sdk_sqs::Client,
    name: &str,
    attributes: Vec<(Attribute, String)>,
) -> Result<Queue, Failure> {
    let failed = |what: String| format!("the queue {name} could not be made: {what}");
    let url = if let Ok(found) = sqs.get_queue_url().queue_name(name).send().await {
        let url = found.queue_url.unwrap_or_default();
        // What makes a queue FIFO cannot be set again.
        let changeable = attributes.into_iter().filter(|(attribute, _)| *attribute != Attribute::FifoQueue);
        let set = sqs.set_queue_attributes().queue_url(&url).set_attributes(Some(changeable.collect()));
        set.send().await.map_err(|error| failed(error.into_service_error().to_string()))?;
        url
    } else {
        let create =
            sqs.create_queue().queue_name(name).set_attributes(Some(attributes.into_iter().collect()));
        let made = create.send().await.map_err(|error| failed(error.into_service_error().to_string()))?;
        made.queue_url.unwrap_or_default()
    };
    let got = sqs.get_queue_attributes().queue_url(&url).attribute_names(Attribute::QueueArn).send().await;
    let got = got.map_err(|error| failed(error.into_service_error().to_string()))?;
    let arn = got.attributes.and_then(|mut all| all.remove(&Attribute::QueueArn));
    Ok(Queue { url, arn: arn.ok_or_else(|| failed("it has no ARN".to_owned()))? })
}
