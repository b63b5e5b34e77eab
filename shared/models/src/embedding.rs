//! Texts to vectors: `POST /embeddings` of OpenAI and whatever speaks its API, and Gemini's own calls.
//! <https://platform.openai.com/docs/api-reference/embeddings/create>,
//! <https://ai.google.dev/api/embeddings>.

use serde_json::{Value, json};

use crate::ModelError;

/// Most texts of one request: Gemini's limit. OpenAI takes 2,048.
pub const EMBEDDED_AT_ONCE_MAX: usize = 100;

/// # Errors
/// `Refused` when there are more than can go into one request; who asks has to divide them.
pub(crate) fn check(texts: &[String]) -> Result<(), ModelError> {
    if texts.len() > EMBEDDED_AT_ONCE_MAX {
        return Err(ModelError::Refused(format!("more than {EMBEDDED_AT_ONCE_MAX} texts at once")));
    }
    Ok(())
}

/// What OpenAI is asked.
pub(crate) fn openai_request(model: &str, texts: &[String]) -> Value {
    json!({ "model": model, "input": texts, "encoding_format": "float" })
}

/// The vectors in an answer of OpenAI; each names the text that it is of.
pub(crate) fn openai_vectors(answer: &Value, texts: usize) -> Result<Vec<Vec<f32>>, ModelError> {
    let mut data: Vec<&Value> = list(answer, "data").iter().collect();
    data.sort_by_key(|item| item.get("index").and_then(Value::as_u64));
    complete(data.into_iter().map(|item| list(item, "embedding")), texts)
}

/// What OpenAI counted. `None`: nothing, as many servers that speak its API.
pub(crate) fn openai_count(answer: &Value) -> Option<(u64, u64)> {
    counted(answer.pointer("/usage/prompt_tokens"))
}

/// Where and what Gemini is asked: it has a call for one text and another for several.
pub(crate) fn gemini_request(model: &str, texts: &[String]) -> (String, Value) {
    let request =
        |text| json!({ "model": format!("models/{model}"), "content": { "parts": [{ "text": text }] } });
    match texts {
        [text] => (format!("/models/{model}:embedContent"), request(text)),
        texts => {
            let requests: Vec<Value> = texts.iter().map(request).collect();
            (format!("/models/{model}:batchEmbedContents"), json!({ "requests": requests }))
        }
    }
}

/// The vectors in an answer of Gemini, in the order of the texts.
pub(crate) fn gemini_vectors(answer: &Value, texts: usize) -> Result<Vec<Vec<f32>>, ModelError> {
    if let Some(one) = answer.get("embedding") {
        return complete(std::iter::once(list(one, "values")), texts);
    }
    complete(list(answer, "embeddings").iter().map(|item| list(item, "values")), texts)
}

/// What Gemini counted; older models of it count nothing.
pub(crate) fn gemini_count(answer: &Value) -> Option<(u64, u64)> {
    counted(answer.pointer("/usageMetadata/promptTokenCount"))
}

/// Nothing is written.
fn counted(read: Option<&Value>) -> Option<(u64, u64)> {
    read.and_then(Value::as_u64).filter(|read| *read > 0).map(|read| (read, 0))
}

fn list<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// One vector for each text, all of one length.
fn complete<'v>(
    vectors: impl Iterator<Item = &'v [Value]>,
    texts: usize,
) -> Result<Vec<Vec<f32>>, ModelError> {
    let vectors: Vec<Vec<f32>> = vectors.map(|vector| vector.iter().filter_map(number).collect()).collect();
    let length = vectors.first().map_or(0, Vec::len);
    if vectors.len() != texts || length == 0 || vectors.iter().any(|vector| vector.len() != length) {
        return Err(ModelError::NoAnswer("the vectors are not those of the texts".to_owned()));
    }
    Ok(vectors)
}

#[expect(clippy::cast_possible_truncation, reason = "providers compute in single precision")]
fn number(value: &Value) -> Option<f32> {
    value.as_f64().map(|number| number as f32)
}
