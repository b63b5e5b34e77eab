//! The door before a service: it lets through what the sender may do, and refuses the rest in the service's own words.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use tokio::net::TcpListener;

use super::asked::{Service, asked};
use super::journal::Right;
use super::policy::Asked;
use super::{Permissions, locked, refusal};
use crate::cli::Failure;
use crate::up::say;

/// More than any request of these services: 20 MiB are S3 Vectors' limit.
const BODY_BYTES_MAX: usize = 24 * 1024 * 1024;

#[derive(Clone)]
struct Door {
    permissions: Permissions,
    service: Service,
    /// `http://host:port` behind it.
    target: String,
    http: reqwest::Client,
}

/// Puts a door before what is served at `target`.
///
/// # Errors
/// No HTTP client can be made: give up.
pub fn before(
    permissions: &Permissions,
    service: Service,
    target: &str,
    listener: TcpListener,
) -> Result<(), Failure> {
    let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
    let http = http.retry(reqwest::retry::never()).build()?;
    let door = Door { permissions: permissions.clone(), service, target: target.to_owned(), http };
    let router = Router::new().fallback(knock).with_state(door);
    tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!(%error, "a listener ended");
        }
    });
    Ok(())
}

async fn knock(State(door): State<Door>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, BODY_BYTES_MAX).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let asked = asked(door.service, &parts, &body);
    let role = access_key(&parts.headers);
    match door.permissions.check(role, &asked) {
        Ok(()) => door.forward(parts, body).await,
        Err(refused) => {
            door.permissions.note(role, refused);
            refusal::refusal(door.service, role, refused)
        }
    }
}

/// Who signed. Source: "Signature Version 4", `Credential=KEY/DATE/REGION/SERVICE/aws4_request`.
fn access_key(headers: &HeaderMap) -> &str {
    let signed = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let credential = signed.split_once("Credential=").map(|(_, credential)| credential).unwrap_or_default();
    credential.split('/').next().unwrap_or_default()
}

impl Door {
    async fn forward(&self, parts: Parts, body: Bytes) -> Response {
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        let request = self.http.request(parts.method, format!("{}{path}", self.target));
        // The host is passed on as well: a queue's URL begins with it.
        let Ok(answer) = request.headers(passed_on(&parts.headers)).body(body).send().await else {
            return StatusCode::BAD_GATEWAY.into_response();
        };
        let (status, headers) = (answer.status(), passed_on(answer.headers()));
        let mut response = (status, Body::from_stream(answer.bytes_stream())).into_response();
        *response.headers_mut() = headers;
        response
    }
}

/// Everything but what concerns one connection only.
fn passed_on(headers: &HeaderMap) -> HeaderMap {
    let mut headers = headers.clone();
    for name in [header::CONNECTION, header::TRANSFER_ENCODING] {
        headers.remove(name);
    }
    headers
}

impl Permissions {
    fn note(&self, role: &str, refused: &Asked) {
        let Asked { action, resource, .. } = refused.clone();
        tracing::warn!(role, action, resource, "refused: template.yaml does not grant it");
        if self.shared.says_refusals {
            say(&json!({ "event": "refused", "role": role, "action": action, "resource": resource }));
        }
        locked(&self.shared.journal).refused.insert(Right { role: role.to_owned(), action, resource });
    }
}
