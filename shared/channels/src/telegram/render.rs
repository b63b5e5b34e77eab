//! Parts to `sendMessage` calls.

use domain::http::{HttpRequest, Method};
use serde_json::json;

use crate::sending::{Fate, Part, Sent, TelegramSender};

/// `sendMessage` without a parse mode: model text is shown as it is, so no character in it can fail to parse.
pub(super) fn message(part: Part<'_>, sender: Option<&TelegramSender>) -> Result<HttpRequest, Sent> {
    let sender = sender.ok_or(Sent::Refused(Fate::Unauthorized))?;
    let mut body = json!({ "chat_id": part.to.chat, "text": part.text });
    if let (Some(thread), Some(fields)) = (part.to.thread.as_ref(), body.as_object_mut()) {
        fields.insert("message_thread_id".to_owned(), thread.parse::<i64>().unwrap_or_default().into());
    }
    Ok(HttpRequest {
        method: Method::Post,
        url: format!("{}/bot{}/sendMessage", sender.api_base.trim_end_matches('/'), sender.token),
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: body.to_string().into_bytes(),
        timeout_ms: sender.timeout_ms,
    })
}
