//! The functions of the stack and what feeds them, as in `template.yaml`.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use crate::cli::{Failure, Logs, Up};
use crate::data;
use crate::deployed::Deployed;
use crate::engines::Places;
use crate::lambda::Function;
use crate::mapping::Mapping;
use crate::model::ModelPlace;
use crate::resources::{self, Queues};
use crate::settings::StackSettings;
use crate::template::Template;

/// Whose mails those of a local bot are, when nobody says.
const LOCAL_FROM: &str = "bot@turnwise.example";

/// Most api and webhook sandboxes: a waiting `POST /api/chat` holds one, as on Lambda.
const HTTP_CONCURRENCY: usize = 32;

/// What the functions' environments are made of.
pub struct Environment<'e> {
    /// The command line.
    pub up: &'e Up,
    /// Where they read the bot.
    pub bot: &'e Path,
    /// Timings.
    pub settings: &'e StackSettings,
    /// Secrets by name.
    pub secrets: &'e BTreeMap<String, String>,
    /// The stack's queues.
    pub queues: &'e Queues,
    /// Where the functions find what they talk to.
    pub places: &'e Places,
    /// Who answers.
    pub model: &'e ModelPlace,
    /// The index of the bot's documents, where it is not in the bot's folder.
    pub index: Option<&'e Path>,
    /// Where its vectors are, when not in it.
    pub vectors: Option<&'e vectors::Place>,
    /// Where functions reach the connections of web clients.
    pub connections: &'e str,
    /// Who makes vectors, when not the bot's own choice.
    pub embedding_model: Option<&'e str>,
}

impl Environment<'_> {
    fn variables(&self) -> BTreeMap<String, String> {
        let given = |name: &str| self.up.given(name).unwrap_or_default();
        let quietly = if self.up.logs == Logs::Hidden { "off" } else { "warn" };
        let mut variables: BTreeMap<String, String> = [
            ("STAGE", "local"),
            ("STACK_NAME", &self.up.name),
            ("TABLE_NAME", &self.up.name),
            ("DOORBELL_QUEUE_URL", &self.queues.doorbells.url),
            (
                "URGENT_QUEUE_URL",
                if self.settings.urgent_concurrency > 0 { &self.queues.urgent.url } else { "" },
            ),
            ("NOTICES_QUEUE_URL", &self.queues.notices.url),
            ("DEAD_LETTER_QUEUE_URL", &self.queues.dead_letters.url),
            ("SCHEDULE_GROUP", &self.up.name),
            ("NOTICES_QUEUE_ARN", &self.queues.notices.arn),
            ("SCHEDULER_ROLE_ARN", &resources::scheduler_role_arn(&self.up.name)),
            ("SMTP_URL", &self.places.smtp),
            ("EMAIL_FROM", &self.up.given("EMAIL_FROM").unwrap_or_else(|| LOCAL_FROM.to_owned())),
            ("BOT_DIR", &self.bot.to_string_lossy()),
            ("TURNWISE_SET", &self.settings.limits),
            ("TOOL_SECRETS", &given("TOOL_SECRETS")),
            ("ALLOWED_ORIGINS", &given("ALLOWED_ORIGINS")),
            ("TELEGRAM_API_BASE", &self.places.telegram),
            ("OPENAI_BASE_URL", &self.places.model),
            ("EMBEDDING_MODEL", self.embedding_model.unwrap_or(&given("EMBEDDING_MODEL"))),
            ("KNOWLEDGE_INDEX", &self.index.map(Path::to_string_lossy).unwrap_or_default()),
            ("KNOWLEDGE_VECTOR_BUCKET", self.vectors.map_or("", |place| place.bucket.as_str())),
            ("KNOWLEDGE_VECTOR_INDEX", self.vectors.map_or("", |place| place.index.as_str())),
            ("AWS_ENDPOINT_URL_S3VECTORS", &self.places.vectors),
            ("AWS_ENDPOINT_URL_DYNAMODB", &self.places.dynamodb),
            ("AWS_ENDPOINT_URL_SQS", &self.places.sqs),
            // As in the template: the API's id, its name here, and its stage.
            ("NEWS_ENDPOINT", &format!("{}/{}-socket/live", self.connections, self.up.name)),
            ("AWS_ENDPOINT_URL_SSM", &self.places.parameters),
            ("AWS_ENDPOINT_URL_SCHEDULER", &self.places.scheduler),
            ("AWS_ACCESS_KEY_ID", resources::OWNER),
            ("AWS_SECRET_ACCESS_KEY", "local"),
            ("AWS_REGION", resources::REGION),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("RUST_LOG", &std::env::var("RUST_LOG").unwrap_or_else(|_| quietly.to_owned())),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        let bases = self.places.platforms.iter();
        variables.extend(bases.map(|(name, url)| ((*name).to_owned(), url.clone())));
        if self.settings.secrets_in_store > 0 {
            let (secret, public) = data::apart(self.secrets);
            variables.extend(public);
            variables.insert("SECRETS_PATH".to_owned(), resources::secrets_path(&self.up.name));
            variables.insert("SECRETS".to_owned(), secret.into_keys().collect::<Vec<_>>().join(","));
        } else {
            variables.extend(self.secrets.clone());
        }
        let model = self.model.variables.iter();
        variables.extend(model.map(|(name, value)| ((*name).to_owned(), value.clone())));
        variables
    }

    /// What one function gets of it. It signs as its role; with a real account's credentials, or where an engine is not ours,
    /// it stays who it is.
    fn of_function(
        &self,
        variables: &BTreeMap<String, String>,
        template: &Template,
        name: &str,
    ) -> Result<BTreeMap<String, String>, Failure> {
        let deployed = Deployed::of(template, &self.up.name, name)?;
        let mut own = deployed.environment(variables);
        let key = own.entry("AWS_ACCESS_KEY_ID".to_owned()).or_default();
        if key == resources::OWNER && self.up.has_doors() {
            *key = deployed.access_key;
        }
        Ok(own)
    }
}

/// The five functions, each with the environment and the role that the template gives it.
pub fn functions(environment: &Environment<'_>, template: &Template) -> Result<Vec<Function>, Failure> {
    let variables = environment.variables();
    let settings = environment.settings;
    let quiet = environment.up.logs == Logs::Hidden && std::env::var_os("RUST_LOG").is_none();
    let function = |name, concurrency, timeout_s| {
        let timeout = Duration::from_secs(timeout_s);
        let environment = environment.of_function(&variables, template, name)?;
        Ok(Function { name, concurrency, timeout, environment, quiet })
    };
    let model_concurrency = usize::from(environment.up.model_concurrency);
    [
        function("webhook", HTTP_CONCURRENCY, settings.webhook_timeout_s),
        function("api", HTTP_CONCURRENCY, 29),
        function("processor", model_concurrency, settings.processor_timeout_s),
        function("notify", 2, settings.notify_timeout_s),
        function("dead-letter", 2, settings.processor_timeout_s),
    ]
    .into_iter()
    .collect()
}

/// From queues into functions, each with the role of its function.
pub fn mappings(
    up: &Up,
    settings: &StackSettings,
    queues: &Queues,
    template: &Template,
) -> Result<Vec<Mapping>, Failure> {
    let mapping = |queue: &resources::Queue, function, concurrency| {
        let (queue_url, queue_arn) = (queue.url.clone(), queue.arn.clone());
        let role = Deployed::of(template, &up.name, function)?.access_key;
        let access_key = if up.has_doors() { role } else { resources::OWNER.to_owned() };
        Ok(Mapping { queue_url, queue_arn, access_key, function, concurrency })
    };
    let urgent = usize::try_from(settings.urgent_concurrency).unwrap_or(0);
    [
        mapping(&queues.doorbells, "processor", usize::from(up.model_concurrency).saturating_sub(urgent)),
        mapping(&queues.urgent, "processor", urgent),
        mapping(&queues.notices, "notify", 2),
        mapping(&queues.dead_letters, "dead-letter", 2),
    ]
    .into_iter()
    .collect()
}
