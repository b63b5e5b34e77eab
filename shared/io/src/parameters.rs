//! Secrets that stand in AWS Systems Manager Parameter Store, one `SecureString` each.
//!
//! The one request it takes is built from the parts that every SDK crate is made of: the SDK's own crate for it would be
//! the largest of all that the webhook has. Source: Systems Manager API reference, `GetParameters`.

use std::collections::BTreeMap;
use std::fmt;

use aws_runtime::auth::SigV4OperationSigningConfig;
use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_runtime::retries::classifiers::AwsErrorCodeClassifier;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::auth::{AuthSchemeOptionResolverParams, SharedAuthSchemeOptionResolver};
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::orchestrator::{
    HttpRequest, HttpResponse, OrchestratorError, SensitiveOutput,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::StaticRuntimePlugin;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::Layer;
use aws_smithy_types::error::ErrorMetadata;
use aws_smithy_types::retry::RetryConfig;
use aws_types::region::SigningRegion;
use aws_types::{SdkConfig, SigningName};
use futures_util::future::try_join_all;
use serde_json::{Value, json};

use crate::{account, config};

/// Most names of one request.
const NAMES_MAX: usize = 10;

/// Why secrets could not be read. It may be tried again; what was read before still holds.
#[derive(Debug, thiserror::Error)]
#[error("the secrets below {path} cannot be read: {why}")]
pub struct ParametersError {
    /// `SECRETS_PATH`.
    pub path: String,
    /// What the service said, or what did not let it be asked. It names parameters and holds no value.
    pub why: String,
}

/// Values by the names of their variables. They are secrets: nothing of them is ever shown.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Values(BTreeMap<String, String>);

impl fmt::Debug for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.keys()).finish()
    }
}

impl Values {
    /// The value of that name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

/// The secrets that one function may read.
pub struct ParameterStore {
    get: Operation<String, Values, ErrorMetadata>,
    path: String,
    names: Vec<String>,
}

impl ParameterStore {
    /// What `SECRETS_PATH` and `SECRETS` name. `None`: they name nothing, or all of it stands in variables, which win.
    ///
    /// # Errors
    /// Nobody says who asks or in which region. The environment has to be corrected.
    pub fn from_env() -> Result<Option<ParameterStore>, ParametersError> {
        let Some(path) = config::optional("SECRETS_PATH") else { return Ok(None) };
        let names = config::values(&config::optional("SECRETS").unwrap_or_default());
        let names: Vec<String> = names.into_iter().filter(|name| config::optional(name).is_none()).collect();
        if names.is_empty() {
            return Ok(None);
        }
        let account = account::of_environment();
        let path = path.trim_end_matches('/').to_owned();
        match operation(&account) {
            Ok(get) => Ok(Some(ParameterStore { get, path, names })),
            Err(why) => Err(ParametersError { path, why: why.to_owned() }),
        }
    }

    /// What there is of them now. A name without a value is no error: what needs it is closed.
    ///
    /// # Errors
    /// One of the requests failed.
    pub async fn read(&self) -> Result<Values, ParametersError> {
        let requests = self.names.chunks(NAMES_MAX).map(|names| self.get.invoke(self.body(names)));
        let read = try_join_all(requests).await.map_err(|error| {
            let said = error.as_service_error().map(ToString::to_string);
            let why = said.unwrap_or_else(|| in_words(&error));
            ParametersError { path: self.path.clone(), why }
        })?;
        let short = |name: String| name.rsplit('/').next().unwrap_or_default().to_owned();
        let values = read.into_iter().flat_map(|Values(values)| values);
        Ok(Values(values.map(|(name, value)| (short(name), value)).collect()))
    }

    /// The names that have no value.
    pub fn missing(&self, values: &Values) -> Vec<&str> {
        self.names.iter().map(String::as_str).filter(|name| values.get(name).is_none()).collect()
    }

    fn body(&self, names: &[String]) -> String {
        let names: Vec<String> = names.iter().map(|name| format!("{}/{name}", self.path)).collect();
        json!({ "Names": names, "WithDecryption": true }).to_string()
    }
}

/// An error and what it came of, as they say it themselves: never an answer's body, which may hold values.
fn in_words(error: &dyn std::error::Error) -> String {
    let mut said = error.to_string();
    let mut source = error.source();
    while let Some(why) = source {
        said.push_str(": ");
        said.push_str(&why.to_string());
        source = why.source();
    }
    said
}

/// `GetParameters`, signed and repeated as an SDK's own operations are.
fn operation(account: &SdkConfig) -> Result<Operation<String, Values, ErrorMetadata>, &'static str> {
    let region = account.region().ok_or("no region is set")?.clone();
    let credentials = account.credentials_provider().ok_or("no credentials are set")?;
    let suffix = if region.as_ref().starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    let place = config::optional("AWS_ENDPOINT_URL_SSM").or_else(|| account.endpoint_url().map(Into::into));
    let place = place.unwrap_or_else(|| format!("https://ssm.{region}.{suffix}"));
    let mut layer = Layer::new("parameters");
    layer.store_put(AuthSchemeOptionResolverParams::new(()));
    layer.store_put(SigV4OperationSigningConfig::default());
    layer.store_put(SigningRegion::from(region));
    layer.store_put(SigningName::from_static("ssm"));
    layer.store_put(SensitiveOutput);
    let resolver = StaticAuthSchemeOptionResolver::new(vec![SCHEME_ID]);
    let signs = RuntimeComponentsBuilder::new("parameters")
        .with_auth_scheme(SigV4AuthScheme::new())
        .with_auth_scheme_option_resolver(Some(SharedAuthSchemeOptionResolver::new(resolver)))
        .with_identity_resolver(SCHEME_ID, credentials);
    let plugin = StaticRuntimePlugin::new().with_config(layer.freeze()).with_runtime_components(signs);
    Ok(Operation::builder()
        .service_name("ssm")
        .operation_name("GetParameters")
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(&place)
        .timeout_config(account::timeouts())
        .standard_retry(&RetryConfig::standard())
        .retry_classifier(AwsErrorCodeClassifier::<ErrorMetadata>::new())
        .runtime_plugin(plugin)
        .serializer(request)
        .deserializer(answer)
        .build())
}

/// AWS JSON 1.1.
fn request(body: String) -> Result<HttpRequest, BoxError> {
    let mut request = HttpRequest::new(SdkBody::from(body));
    request.set_method("POST")?;
    request.set_uri("/")?;
    request.headers_mut().insert("content-type", "application/x-amz-json-1.1");
    request.headers_mut().insert("x-amz-target", "AmazonSSM.GetParameters");
    Ok(request)
}

/// The values by their whole names, or why there are none.
fn answer(response: &HttpResponse) -> Result<Values, OrchestratorError<ErrorMetadata>> {
    let body = response.body().bytes().unwrap_or_default();
    let json: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |json: &Value, field: &str| json.get(field).and_then(Value::as_str).map(ToOwned::to_owned);
    if !response.status().is_success() {
        let kind = text(&json, "__type").unwrap_or_else(|| response.status().as_u16().to_string());
        let code = kind.rsplit('#').next().unwrap_or_default();
        let said = text(&json, "message").or_else(|| text(&json, "Message")).unwrap_or_default();
        return Err(OrchestratorError::operation(ErrorMetadata::builder().code(code).message(said).build()));
    }
    let Some(found) = json.get("Parameters").and_then(Value::as_array) else {
        return Err(OrchestratorError::other("an answer that is no list of parameters"));
    };
    let pairs = found.iter().filter_map(|one| Some((text(one, "Name")?, text(one, "Value")?)));
    Ok(Values(pairs.collect()))
}
