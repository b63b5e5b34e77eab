//! Speech to text over the OpenAI-compatible `POST /audio/transcriptions`, which genai does not have:
//! <https://platform.openai.com/docs/api-reference/audio/createTranscription>.

use reqwest::multipart::{Form, Part};
use serde_json::Value;

use crate::{ModelError, Sound};

/// Where speech is written down.
#[derive(Clone)]
pub(crate) struct Speech {
    pub http: reqwest::Client,
    /// `https://host/v1`.
    pub base_url: String,
    pub api_key: Option<String>,
    pub model: String,
}

impl Speech {
    pub(crate) async fn transcribe(&self, sound: Sound) -> Result<String, ModelError> {
        let part = Part::bytes(sound.bytes.to_vec()).file_name(sound.name).mime_str(sound.mime);
        let part = part.map_err(|_| ModelError::Refused("its type cannot be named".to_owned()))?;
        let form = Form::new().text("model", self.model.clone()).part("file", part);
        let url = format!("{}/audio/transcriptions", self.base_url.trim_end_matches('/'));
        let request = self.http.post(url).multipart(form);
        let request = match &self.api_key {
            Some(key) => request.bearer_auth(key),
            None => request,
        };
        let answer = request.send().await.map_err(|error| failed(&error))?;
        let status = answer.status().as_u16();
        let body = answer.bytes().await.map_err(|error| failed(&error))?;
        match status {
            200 => {
                let answer: Value = serde_json::from_slice(&body)
                    .map_err(|_| ModelError::NoAnswer("the transcript cannot be read".to_owned()))?;
                let text = answer.get("text").and_then(Value::as_str);
                Ok(text.unwrap_or_default().to_owned())
            }
            429 | 503 => Err(ModelError::NotTaken { why: format!("status {status}"), retry_after_ms: None }),
            400..=499 => Err(ModelError::Refused(format!("status {status}"))),
            _ => Err(ModelError::NoAnswer(format!("status {status}"))),
        }
    }
}

fn failed(error: &reqwest::Error) -> ModelError {
    if error.is_connect() {
        ModelError::NotTaken { why: "no connection".to_owned(), retry_after_ms: None }
    } else {
        ModelError::NoAnswer("the connection broke off".to_owned())
    }
}
