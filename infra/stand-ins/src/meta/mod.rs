//! What WhatsApp and Messenger have from Meta: the proof, the handshake, the Graph API's manners.
//! <https://developers.facebook.com/docs/graph-api/webhooks/getting-started>
use crate::chat::{Answer, Call, Ids, Probe, Sealed, hmac_sha256};
use crate::json::without_nulls;
use serde_json::{Value, json};
use std::fmt::Write;

/// The users' last word opens a window for free answers.
pub(crate) const WINDOW_MS: u64 = 24 * 3_600_000;

/// A body as Meta sends it: non-ASCII as lowercase `\u00e4`, slashes as `\/`.
pub(crate) fn escaped(json: &Value) -> Vec<u8> {
    let mut escaped = String::new();
    for character in json.to_string().chars() {
        match character {
            // JSON has slashes and non-ASCII inside texts only.
            '/' => escaped.push_str("\\/"),
            ascii if ascii.is_ascii() => escaped.push(ascii),
            other => {
                for unit in other.encode_utf16(&mut [0; 2]) {
                    // Writing to a text cannot fail.
                    let _ = write!(escaped, "\\u{unit:04x}");
                }
            }
        }
    }
    escaped.into_bytes()
}

pub(crate) fn sealed(app_secret: &str, body: &Value) -> Sealed {
    let body = escaped(body);
    let kind = ("Content-Type", "application/json".to_owned());
    let signature = ("X-Hub-Signature-256", signature(app_secret, &body));
    Sealed { query: None, headers: vec![kind, signature], body }
}

fn signature(app_secret: &str, body: &[u8]) -> String {
    format!("sha256={}", hex::encode(hmac_sha256(app_secret, &[body])))
}

/// The GET with `hub.*`: the bare challenge must come back, and a wrong token must be turned away.
pub(crate) fn handshake(verify_token: &str, ids: &mut Ids) -> (Probe, Option<Probe>) {
    let challenge = ids.number().to_string();
    let query = |token: &str| {
        let fields = [("hub.mode", "subscribe"), ("hub.challenge", &challenge), ("hub.verify_token", token)];
        Sealed { query: serde_urlencoded::to_string(fields).ok(), ..Sealed::default() }
    };
    let (honest, forged) = (query(verify_token), query("not-the-verify-token"));
    let echoed = Box::new(move |status: u16, body: &[u8]| status == 200 && body == challenge.as_bytes());
    let turned_away = Box::new(|status: u16, _: &[u8]| (400..500).contains(&status));
    (Probe { sealed: honest, passed: echoed }, Some(Probe { sealed: forged, passed: turned_away }))
}

/// The token may also stand in the query.
pub(crate) fn has_token(call: &Call, token: &str) -> bool {
    call.bearer() == Some(token) || call.query("access_token").as_deref() == Some(token)
}

/// An error of the Graph API. `details` is what WhatsApp puts under `error_data`.
pub(crate) fn error(
    status: u16,
    code: u32,
    subcode: Option<u32>,
    message: &str,
    details: Option<&str>,
) -> Answer {
    let data = details.map(|details| json!({"messaging_product": "whatsapp", "details": details}));
    let error = without_nulls(json!({
        "message": format!("(#{code}) {message}"), "type": "OAuthException", "code": code,
        "error_subcode": subcode, "error_data": data, "fbtrace_id": "AbCdEfGhIjKlMnOpQrStUvW",
    }));
    Answer::json(status, &json!({ "error": error }))
}

pub(crate) fn unauthorized() -> Answer {
    error(401, 190, None, "Invalid OAuth access token - Cannot parse access token", None)
}

/// A status that a fault asked for, with the code that usually comes with it.
pub(crate) fn failure(status: u16, message: &str) -> Answer {
    let code = match status {
        401 => 190,
        429 => 4,
        500.. => 2,
        _ => 100,
    };
    error(status, code, None, message, None)
}

/// When a link with this `oe` or `ext` ends, in seconds.
pub(crate) fn link_is_good(ends_s: Option<u64>, now_ms: u64) -> bool {
    ends_s.is_some_and(|ends| now_ms / 1000 <= ends)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_escaped_form_is_signed() {
        let body = escaped(&json!({"object": "page", "entry": [{"t": "äöå"}]}));
        let body = String::from_utf8(body).unwrap();
        assert!(body.contains(r#""entry":[{"t":"\u00e4\u00f6\u00e5"}]"#), "{body}");
        let documented = br#"{"object":"page","entry":[{"t":"\u00e4\u00f6\u00e5"}]}"#;
        let wanted = "sha256=3fccf3dc0286a7c20b54ca0251a85d4eb16af43609fa0d76ffc0a23ec439a47a";
        assert_eq!(signature("ffeeddccbbaa99887766554433221100", documented), wanted);
    }

    #[test]
    fn slashes_and_pairs_are_escaped() {
        let body = escaped(&json!("a/b 🙂 \"q\""));
        assert_eq!(String::from_utf8(body).unwrap(), r#""a\/b \ud83d\ude42 \"q\"""#);
    }
}
