//! An HTTP request and its answer as plain values: what a codec renders and what the one client sends.

/// A request to a platform. Its URL may hold a secret (Telegram's bot token): never log it.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// `GET` or `POST`.
    pub method: Method,
    /// The absolute URL.
    pub url: String,
    /// Header names in lower case, with values.
    pub headers: Vec<(String, String)>,
    /// The body; empty for `GET`.
    pub body: Vec<u8>,
    /// Milliseconds after which the result counts as unknown.
    pub timeout_ms: u64,
}

/// What the codecs use of HTTP's methods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Does something.
    Post,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpResponse {
    /// The status code.
    pub status: u16,
    /// Header names in lower case, with values.
    pub headers: Vec<(String, String)>,
    /// The body, cut at 1 MiB.
    pub body: Vec<u8>,
}

/// Why nothing came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HttpError {
    /// The request never left: no connection. It may be repeated.
    NotSent(String),
    /// The request left and no answer came: whether it was obeyed is unknown.
    NoAnswer(String),
}
