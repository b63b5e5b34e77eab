//! An HTTP request and its answer as plain values: what a codec renders and what the one client sends.

/// A request to a platform. Its URL may hold a secret (Telegram's bot token): never log it.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// What to do.
    pub method: Method,
    /// The absolute URL.
    pub url: String,
    /// Header names in lower case, with values.
    pub headers: Vec<(String, String)>,
    /// The body; empty for `GET`.
    pub body: Vec<u8>,
    /// Milliseconds after which the result counts as unknown.
    pub timeout_ms: u64,
    /// Bytes of the answer's body that are read.
    pub body_bytes_max: usize,
}

/// Longest body read of an ordinary answer, in bytes: no answer of a platform that is read here comes near it.
pub const BODY_BYTES_MAX: usize = 1_048_576;

/// What the codecs use of HTTP's methods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Does something.
    Post,
    /// Puts something in the place of what is there.
    Put,
    /// Changes something: repeated, it changes nothing more.
    Patch,
    /// Takes something away.
    Delete,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpResponse {
    /// The status code.
    pub status: u16,
    /// Header names in lower case, with values.
    pub headers: Vec<(String, String)>,
    /// The body, as far as it was to be read.
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
