//! HTTP functions: what API Gateway hands over, as plain values, and the loop that serves them.

use std::sync::Arc;

use lambda_http::request::RequestContext;
use lambda_http::{Body, Error, RequestExt, Response, service_fn};

/// A request as it arrived.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Request {
    /// `GET`, `POST`, ...
    pub method: String,
    /// The path, as `/webhook/telegram`.
    pub path: String,
    /// What stands behind the `?`, as sent.
    pub query: String,
    /// Header names in lower case.
    pub headers: Vec<(String, String)>,
    /// Raw bytes; base64, where the gateway used it, is undone.
    pub body: Vec<u8>,
    /// The gateway's id of the request.
    pub id: String,
    /// The connection of a WebSocket API, when that is what it came by.
    pub socket: Option<Socket>,
}

/// A connection, and what happens to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Socket {
    /// The gateway's id of the connection.
    pub id: String,
    /// What happens.
    pub event: SocketEvent,
}

/// What happens to a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SocketEvent {
    /// It is opened, unless the answer refuses it.
    Connect,
    /// The client says something: the request's body.
    Message,
    /// It is closed.
    Disconnect,
}

impl Request {
    /// The value of a header, given in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }
}

/// An answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// Media type of the body; empty for none.
    pub content_type: &'static str,
    /// More headers.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: String,
}

impl Reply {
    /// A status and nothing else.
    pub fn status(status: u16) -> Reply {
        Reply { status, ..Reply::default() }
    }

    /// JSON.
    pub fn json(status: u16, body: String) -> Reply {
        Reply { status, content_type: "application/json", body, ..Reply::default() }
    }
}

/// Serves requests until Lambda ends the sandbox.
pub async fn serve<H, F>(handler: H) -> Result<(), Error>
where
    H: Fn(Request) -> F + Send + Sync + 'static,
    F: Future<Output = Reply> + Send,
{
    let handler = Arc::new(handler);
    let service = service_fn(move |event: lambda_http::Request| {
        let handler = Arc::clone(&handler);
        async move { response(handler(request(event)).await) }
    });
    lambda_http::run(service).await
}

fn request(event: lambda_http::Request) -> Request {
    let headers = event.headers().iter();
    let headers =
        headers.filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())));
    Request {
        method: event.method().to_string(),
        path: event.raw_http_path().to_owned(),
        query: event.uri().query().unwrap_or_default().to_owned(),
        headers: headers.collect(),
        id: event.lambda_context_ref().map(|context| context.request_id.clone()).unwrap_or_default(),
        socket: socket(&event),
        body: match event.into_body() {
            Body::Text(text) => text.into_bytes(),
            Body::Binary(bytes) => bytes,
            _ => Vec::new(),
        },
    }
}

fn socket(event: &lambda_http::Request) -> Option<Socket> {
    let Some(RequestContext::WebSocket(context)) = event.request_context_ref() else { return None };
    let happens = match context.event_type.as_deref() {
        Some("CONNECT") => SocketEvent::Connect,
        Some("MESSAGE") => SocketEvent::Message,
        _ => SocketEvent::Disconnect,
    };
    Some(Socket { id: context.connection_id.clone()?, event: happens })
}

fn response(reply: Reply) -> Result<Response<Body>, Error> {
    let mut response = Response::builder().status(reply.status);
    if !reply.content_type.is_empty() {
        response = response.header("content-type", reply.content_type);
    }
    let response =
        reply.headers.into_iter().fold(response, |response, (name, value)| response.header(name, value));
    let body = if reply.body.is_empty() { Body::Empty } else { Body::Text(reply.body) };
    Ok(response.body(body)?)
}
