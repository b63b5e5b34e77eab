//! The one HTTP client of a process, for platforms and models alike: building one reads the system's CA files,
//! and one pool keeps connections open across invocations.

use std::time::Duration;

use domain::Limits;
use domain::http::{HttpError, HttpRequest, HttpResponse, Method};
use io::world::{Http, Pending};

/// The client.
#[derive(Clone)]
pub struct HttpClient {
    client: reqwest::Client,
}

/// The client could not be built: no TLS roots on this machine.
#[derive(Debug)]
pub struct NoClient(reqwest::Error);

impl std::fmt::Display for NoClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "no HTTP client: {}", self.0)
    }
}

impl std::error::Error for NoClient {}

impl HttpClient {
    /// A client that follows no redirects and repeats nothing by itself.
    pub fn new(limits: &Limits) -> Result<HttpClient, NoClient> {
        let client = reqwest::Client::builder()
            .connect_timeout(Duration::from_millis(limits.connect_timeout_ms))
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .pool_max_idle_per_host(usize::try_from(limits.connections_idle_max).unwrap_or(usize::MAX))
            .build()
            .map_err(NoClient)?;
        Ok(HttpClient { client })
    }

    /// The same client for libraries that bring their own requests.
    pub fn reqwest(&self) -> reqwest::Client {
        self.client.clone()
    }

    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let builder = match request.method {
            Method::Get => self.client.get(&request.url),
            Method::Post => self.client.post(&request.url).body(request.body),
            Method::Put => self.client.put(&request.url).body(request.body),
            Method::Patch => self.client.patch(&request.url).body(request.body),
            Method::Delete => self.client.delete(&request.url),
        };
        let builder = builder.timeout(Duration::from_millis(request.timeout_ms));
        let builder =
            request.headers.iter().fold(builder, |builder, (name, value)| builder.header(name, value));
        let response = builder.send().await.map_err(without_url)?;
        let status = response.status().as_u16();
        let headers = response.headers().iter();
        let headers =
            headers.filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())));
        let headers = headers.collect();
        Ok(HttpResponse { status, headers, body: body(response, request.body_bytes_max).await })
    }
}

impl Http for HttpClient {
    fn send(&self, request: HttpRequest) -> Pending<'_, Result<HttpResponse, HttpError>> {
        Box::pin(self.exchange(request))
    }
}

/// The beginning of the body. The status decides what an answer means, so a body cut short is no failure.
async fn body(mut response: reqwest::Response, bytes_max: usize) -> Vec<u8> {
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        let room = bytes_max.saturating_sub(body.len());
        body.extend(chunk.iter().take(room));
        if room <= chunk.len() {
            break;
        }
    }
    body
}

/// An error of reqwest carries the URL, and Telegram's URLs carry the bot's token.
fn without_url(error: reqwest::Error) -> HttpError {
    let never_left = error.is_connect() || error.is_builder();
    let what = error.without_url().to_string();
    if never_left { HttpError::NotSent(what) } else { HttpError::NoAnswer(what) }
}
