//! Amazon Bedrock's `ConverseStream`, over the AWS SDK: it signs with the function's own role.
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html>

mod document;
mod fate;
mod reply;
mod request;

use std::time::Duration;

use aws_sdk_bedrockruntime::Client;
use aws_sdk_bedrockruntime::config::retry::RetryConfig;
use aws_sdk_bedrockruntime::config::timeout::TimeoutConfig;
use aws_sdk_bedrockruntime::config::{Builder, StalledStreamProtectionConfig};
use aws_sdk_bedrockruntime::types::InferenceConfiguration;

use crate::{ModelError, Prompt, ProviderConfig, Reply};

/// The account, region and role that the SDK finds: a local stack has its owner's, a deployed function its own.
pub async fn account() -> aws_config::SdkConfig {
    aws_config::load_defaults(aws_config::BehaviorVersion::latest()).await
}

/// Bedrock's models of one account and region.
pub(crate) struct Bedrock {
    client: Client,
    silence: Duration,
    answer_tokens_max: Option<i32>,
}

impl Bedrock {
    /// A client of this account.
    ///
    /// # Errors
    /// `Refused` when no account is configured; the owner has to correct it.
    pub(crate) fn new(config: &ProviderConfig) -> Result<Bedrock, ModelError> {
        let account = config.aws.as_ref();
        let account = account.ok_or_else(|| ModelError::Refused("there is no AWS account".to_owned()))?;
        let mut builder = Builder::from(account)
            .retry_config(RetryConfig::disabled())
            // It takes a model that thinks for a stalled one: <https://github.com/awslabs/aws-sdk-rust/issues/1287>.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .timeout_config(TimeoutConfig::builder().connect_timeout(Duration::from_secs(2)).build());
        if let Some(endpoint) = &config.bedrock_endpoint {
            builder = builder.endpoint_url(endpoint);
        }
        let answer_tokens_max = config.answer_tokens_max.and_then(|tokens| i32::try_from(tokens).ok());
        let client = Client::from_conf(builder.build());
        Ok(Bedrock { client, silence: config.silence(), answer_tokens_max })
    }

    /// Asks once.
    pub(crate) async fn ask(&self, model: &str, prompt: &Prompt) -> Result<Reply, ModelError> {
        let request = self
            .client
            .converse_stream()
            .model_id(model)
            .set_inference_config(
                self.answer_tokens_max
                    .map(|tokens| InferenceConfiguration::builder().max_tokens(tokens).build()),
            )
            .set_system(request::system(prompt)?)
            .set_messages(Some(request::messages(prompt)?))
            .set_tool_config(request::tools(prompt)?);
        let opened = self.in_time(request.send()).await?;
        let mut stream = opened.map_err(|error| fate::of(&error))?.stream;
        let mut heard = reply::Heard::default();
        while let Some(event) = self.in_time(stream.recv()).await?.map_err(|_| fate::broken_off())? {
            heard.hear(event);
        }
        heard.whole(prompt)
    }

    /// Silence that lasts too long is no answer.
    async fn in_time<T>(&self, waited: impl Future<Output = T>) -> Result<T, ModelError> {
        let waited = tokio::time::timeout(self.silence, waited).await;
        waited.map_err(|_| ModelError::NoAnswer("it fell silent".to_owned()))
    }
}
