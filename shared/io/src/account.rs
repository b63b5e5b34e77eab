//! Who a function is to AWS: its role's keys and its region, which Lambda puts into its environment.
//!
//! The SDK's own search finds the same there, after profiles, containers and machines that no sandbox has: half a
//! megabyte, and more of a cold start. What the processor may need besides, and what runs on an owner's machine, searches
//! (`aws-config`).
//! Source: Lambda developer guide, "Defined runtime environment variables".

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};

use crate::config;

/// The account for clients of the stack's own services: they answer soon or not at all.
pub fn of_environment() -> SdkConfig {
    let mut account = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .retry_config(RetryConfig::standard())
        .timeout_config(timeouts())
        .service_config(Places);
    account.set_region(config::optional("AWS_REGION").map(Region::new));
    account.set_credentials_provider(keys().map(SharedCredentialsProvider::new));
    account.set_endpoint_url(config::optional("AWS_ENDPOINT_URL"));
    account.build()
}

/// How long the stack's own services are waited for.
pub(crate) fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(1))
        .operation_attempt_timeout(Duration::from_secs(2))
        .operation_timeout(Duration::from_millis(4_500))
        .build()
}

/// The role's keys: Lambda ends a sandbox before they do.
fn keys() -> Option<Credentials> {
    let (id, secret) = (config::optional("AWS_ACCESS_KEY_ID")?, config::optional("AWS_SECRET_ACCESS_KEY")?);
    Some(Credentials::new(id, secret, config::optional("AWS_SESSION_TOKEN"), None, "environment"))
}

/// Settings of one service, as `AWS_ENDPOINT_URL_DYNAMODB`.
#[derive(Debug)]
struct Places;

impl LoadServiceConfig for Places {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        let service = key.service_id().to_uppercase().replace(' ', "_");
        config::optional(&format!("{}_{service}", key.env()))
    }
}
