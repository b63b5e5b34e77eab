//! Speech to text over the OpenAI-compatible `POST /audio/transcriptions`, which genai does not have:
//! <https://platform.openai.com/docs/api-reference/audio/createTranscription>.

use reqwest::RequestBuilder;
use reqwest::multipart::{Form, Part};
use serde_json::Value;

use crate::exchange::exchange;
use crate::{ModelError, Sound};

/// Writes a sound down. `request` goes to the right place with the key.
pub(crate) async fn transcribe(
    request: RequestBuilder,
    model: &str,
    sound: Sound,
) -> Result<String, ModelError> {
    let part = Part::bytes(sound.bytes.to_vec()).file_name(sound.name).mime_str(sound.mime);
    let part = part.map_err(|_| ModelError::Refused("its type cannot be named".to_owned()))?;
    let form = Form::new().text("model", model.to_owned()).part("file", part);
    let answer = exchange(request.multipart(form)).await?;
    Ok(answer.get("text").and_then(Value::as_str).unwrap_or_default().to_owned())
}
