//! `POST /v1/audio/transcriptions`: <https://platform.openai.com/docs/api-reference/audio/createTranscription>.
//!
//! Nothing listens here. A sound file whose last bytes are `says:` and a text is heard to say that; any other says how
//! long it is.
use super::Handle;
use super::answer::{refusal, stopped};
use crate::json::without_nulls;
use crate::model::script::{Act, Asked, Plan, Wants};
use axum::Json;
use axum::extract::{Multipart, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

pub(super) async fn transcribe(State(handle): State<Handle>, mut form: Multipart) -> Response {
    let (mut model, mut file) = (None, None);
    while let Ok(Some(field)) = form.next_field().await {
        match field.name().unwrap_or_default() {
            "model" => model = field.text().await.ok(),
            "file" => file = Some((field.file_name().is_some(), field.bytes().await.unwrap_or_default())),
            _ => {}
        }
    }
    let (Some(model), Some((true, file))) = (model, file) else {
        let error =
            json!({ "error": { "message": "model and file are required", "type": "invalid_request_error" } });
        return (StatusCode::BAD_REQUEST, Json(error)).into_response();
    };
    let said = said(&file);
    let asked = Asked { model: &model, system: "", said: &said, wants: Wants::Words };
    let Plan { delay, act, .. } = handle.plan(asked).await;
    tokio::time::sleep(delay).await;
    match act {
        Act::Hang => stopped(&handle).await,
        Act::Refuse { status, retry_after_s } => {
            refusal(status, retry_after_s, "[scripted model] Refused by a rule.")
        }
        Act::Answer(answer) => {
            let usage = answer.is_counted.then(|| usage(file.len(), &answer.reply));
            Json(without_nulls(json!({ "text": answer.reply, "usage": usage }))).into_response()
        }
    }
}

/// As those models count that count tokens: here one for each hundred bytes, and one for each word.
fn usage(bytes: usize, text: &str) -> Value {
    let (read, written) = (bytes.div_ceil(100), text.split_whitespace().count());
    json!({ "type": "tokens", "input_tokens": read, "output_tokens": written, "total_tokens": read + written })
}

fn said(file: &[u8]) -> String {
    const MARK: &[u8] = b"says:";
    let at = file.windows(MARK.len()).rposition(|window| window == MARK);
    let text = at.and_then(|at| file.get(at + MARK.len()..)).and_then(|text| std::str::from_utf8(text).ok());
    text.map_or_else(|| format!("{} bytes of sound", file.len()), |text| text.trim().to_owned())
}
