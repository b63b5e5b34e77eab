//! `POST /v1/audio/transcriptions`: <https://platform.openai.com/docs/api-reference/audio/createTranscription>.
//!
//! Nothing listens here. A sound file whose last bytes are `says:` and a text is heard to say that; any other says how
//! long it is.
use axum::Json;
use axum::extract::Multipart;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

pub(super) async fn transcribe(mut form: Multipart) -> Response {
    let (mut model, mut file) = (None, None);
    while let Ok(Some(field)) = form.next_field().await {
        match field.name().unwrap_or_default() {
            "model" => model = field.text().await.ok(),
            "file" => file = Some((field.file_name().is_some(), field.bytes().await.unwrap_or_default())),
            _ => {}
        }
    }
    let (Some(_), Some((true, file))) = (model, file) else {
        let error =
            json!({ "error": { "message": "model and file are required", "type": "invalid_request_error" } });
        return (StatusCode::BAD_REQUEST, Json(error)).into_response();
    };
    Json(json!({ "text": said(&file) })).into_response()
}

fn said(file: &[u8]) -> String {
    const MARK: &[u8] = b"says:";
    let at = file.windows(MARK.len()).rposition(|window| window == MARK);
    let text = at.and_then(|at| file.get(at + MARK.len()..)).and_then(|text| std::str::from_utf8(text).ok());
    text.map_or_else(|| format!("{} bytes of sound", file.len()), |text| text.trim().to_owned())
}
