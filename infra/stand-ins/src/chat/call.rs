//! A request of the bot to the platform's API.
use axum::http::{HeaderMap, header};
use bytes::Bytes;
use serde_json::{Map, Value};

pub(crate) struct Call {
    /// `GET`, `POST` and so on.
    pub(crate) verb: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) at_ms: u64,
}

impl Call {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The token of `Authorization: Bearer`.
    pub(crate) fn bearer(&self) -> Option<&str> {
        self.header(header::AUTHORIZATION.as_str())?.strip_prefix("Bearer ")
    }

    pub(crate) fn query(&self, name: &str) -> Option<String> {
        pairs(self.query.as_bytes()).into_iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// Without the empty one before the first slash.
    pub(crate) fn segments(&self) -> Vec<&str> {
        self.path.split('/').skip(1).collect()
    }

    /// The body's fields, JSON or a form; `Null` when it is neither.
    pub(crate) fn parameters(&self) -> Value {
        let form = "application/x-www-form-urlencoded";
        if self.header(header::CONTENT_TYPE.as_str()).is_some_and(|kind| kind.starts_with(form)) {
            let fields = pairs(&self.body).into_iter().map(|(name, value)| (name, value.into()));
            return Value::Object(fields.collect::<Map<_, _>>());
        }
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }
}

fn pairs(form: &[u8]) -> Vec<(String, String)> {
    serde_urlencoded::from_bytes(form).unwrap_or_default()
}
