//! Signed requests to AWS: four operations, each asked once, are no reason for four more SDK crates.

use std::time::{Duration, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use serde_json::Value;

/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Longest part of AWS's complaint that is shown, in characters.
const COMPLAINT_CHARS_MAX: usize = 300;

/// Whom the environment's credentials belong to, and where they are used.
pub struct Account {
    credentials: Credentials,
    /// The region.
    pub region: String,
    http: reqwest::Client,
}

/// A request.
pub struct Call<'c> {
    /// As in its host name.
    pub service: &'static str,
    /// With the slash.
    pub path: &'static str,
    /// None: a `GET`.
    pub body: Option<Body<'c>>,
}

/// What is posted.
pub enum Body<'c> {
    /// A form, for the older services.
    Form(String),
    /// JSON, with its target.
    Json(&'static str, &'c Value),
}

/// An answer of 200.
pub struct Answer {
    /// The service's clock, as it tells it.
    pub date: Option<String>,
    /// XML or JSON.
    pub body: String,
}

impl Account {
    /// That of the environment.
    ///
    /// # Errors
    /// There is none: what is missing, in one sentence.
    pub async fn of_environment() -> Result<Account, String> {
        let config = crate::resources::account().await;
        let region = config.region().ok_or("there is no region: set AWS_REGION")?.to_string();
        let provider = config.credentials_provider().ok_or("there are no AWS credentials")?;
        let given = provider.provide_credentials().await;
        let credentials = given.map_err(|error| format!("there are no AWS credentials: {error}"))?;
        let http = reqwest::Client::builder().timeout(TIMEOUT).build().map_err(|error| error.to_string())?;
        Ok(Account { credentials, region, http })
    }

    /// Asks.
    ///
    /// # Errors
    /// What AWS says, or that it says nothing.
    pub async fn ask(&self, call: Call<'_>) -> Result<Answer, String> {
        let service = call.service;
        let answer = self.request(call)?.send().await;
        let answer = answer.map_err(|error| format!("{service} does not answer: {}", error.without_url()))?;
        let date = answer.headers().get("date").and_then(|date| date.to_str().ok()).map(ToOwned::to_owned);
        let status = answer.status();
        let body = answer.text().await.unwrap_or_default();
        if status.is_success() {
            return Ok(Answer { date, body });
        }
        Err(format!("{service} answers {}: {}", status.as_u16(), complaint(&body)))
    }

    fn request(&self, call: Call<'_>) -> Result<reqwest::RequestBuilder, String> {
        let url = format!("{}{}", self.endpoint(call.service), call.path);
        let (method, mut headers, body) = match call.body {
            None => ("GET", Vec::new(), String::new()),
            Some(Body::Form(form)) => {
                ("POST", vec![("content-type", "application/x-www-form-urlencoded")], form)
            }
            Some(Body::Json(target, json)) => {
                let headers = vec![("content-type", "application/x-amz-json-1.1"), ("x-amz-target", target)];
                ("POST", headers, json.to_string())
            }
        };
        let wrong = |error: &dyn std::error::Error| format!("a request cannot be signed: {error}");
        let identity = self.credentials.clone().into();
        let at = UNIX_EPOCH + Duration::from_millis(u64::try_from(startup::now().0).unwrap_or(0));
        let params = v4::SigningParams::builder().identity(&identity).region(&self.region).name(call.service);
        let params = params.time(at).settings(SigningSettings::default()).build();
        let params = params.map_err(|error| wrong(&error))?.into();
        let signable =
            SignableRequest::new(method, &url, headers.iter().copied(), SignableBody::Bytes(body.as_bytes()));
        let signed =
            sign(signable.map_err(|error| wrong(&error))?, &params).map_err(|error| wrong(&error))?;
        let (signature, _) = signed.into_parts();
        let builder = if method == "GET" { self.http.get(&url) } else { self.http.post(&url) };
        let builder = headers
            .drain(..)
            .chain(signature.headers())
            .fold(builder, |builder, (name, value)| builder.header(name, value));
        Ok(builder.body(body))
    }

    /// As the SDKs find it: the environment's, else the region's own.
    fn endpoint(&self, service: &str) -> String {
        let names = [format!("AWS_ENDPOINT_URL_{}", service.to_uppercase()), "AWS_ENDPOINT_URL".to_owned()];
        let given = names.iter().find_map(|name| io::config::optional(name));
        let suffix = if self.region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
        let url = given.unwrap_or_else(|| format!("https://{service}.{}.{suffix}", self.region));
        url.trim_end_matches('/').to_owned()
    }
}

/// AWS's own words, from XML or JSON.
fn complaint(body: &str) -> String {
    let json: Value = serde_json::from_str(body).unwrap_or_default();
    let of_json = ["message", "Message", "__type"].iter().find_map(|name| json.get(name)?.as_str());
    let said =
        of_json.map(ToOwned::to_owned).or_else(|| within(body, "Message").next().map(ToOwned::to_owned));
    said.unwrap_or_else(|| "nothing that is understood".to_owned())
        .chars()
        .take(COMPLAINT_CHARS_MAX)
        .collect()
}

/// The texts of all elements of this name in an answer of AWS's XML, which nests no element in one of its own name.
pub fn within<'x>(xml: &'x str, element: &str) -> impl Iterator<Item = &'x str> {
    let (open, close) = (format!("<{element}>"), format!("</{element}>"));
    let mut rest = xml;
    std::iter::from_fn(move || {
        let (_, after) = rest.split_once(&open)?;
        let (text, behind) = after.split_once(&close)?;
        rest = behind;
        Some(text)
    })
}
