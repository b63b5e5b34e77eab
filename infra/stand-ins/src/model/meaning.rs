//! Texts as vectors, without a model: the words of a text, hashed into the dimensions of a vector of length one. Texts
//! that share words are near. `POST /v1/embeddings`: <https://platform.openai.com/docs/api-reference/embeddings/create>.
use serde::Deserialize;
use serde_json::{Value, json};

/// Few enough to send, enough that two words seldom share one.
const DIMENSIONS: usize = 256;

#[derive(Deserialize)]
pub(super) struct EmbeddingsRequest {
    #[serde(default)]
    model: String,
    input: Input,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Input {
    One(String),
    Many(Vec<String>),
}

impl EmbeddingsRequest {
    pub(super) fn model(&self) -> &str {
        &self.model
    }

    pub(super) fn texts(&self) -> &[String] {
        match &self.input {
            Input::One(text) => std::slice::from_ref(text),
            Input::Many(texts) => texts,
        }
    }

    pub(super) fn answer(&self) -> Value {
        let item = |(index, text): (usize, &String)| json!({"object": "embedding", "index": index, "embedding": embedded(text)});
        let words: usize = self.texts().iter().map(|text| text.split_whitespace().count()).sum();
        json!({
            "object": "list",
            "data": self.texts().iter().enumerate().map(item).collect::<Vec<_>>(),
            "model": self.model,
            "usage": {"prompt_tokens": words, "total_tokens": words},
        })
    }
}

/// The vector of a text. The same for the same text, always.
pub fn embedded(text: &str) -> Vec<f32> {
    let mut vector = vec![0_f32; DIMENSIONS];
    for word in words(text) {
        let hash = hash(&word);
        if let Some(place) = vector.get_mut(hash % DIMENSIONS) {
            // A sign of its own lets two words that share a place cancel out rather than look alike.
            *place += if (hash / DIMENSIONS).is_multiple_of(2) { 1.0 } else { -1.0 };
        }
    }
    let length = vector.iter().map(|number| number * number).sum::<f32>().sqrt();
    match vector.first_mut() {
        // A text without words still has a direction.
        Some(first) if length == 0.0 => *first = 1.0,
        _ => vector.iter_mut().for_each(|number| *number /= length),
    }
    vector
}

/// Lower-case words; in scripts without spaces each character and each pair of them.
fn words(text: &str) -> Vec<String> {
    let text = text.to_lowercase();
    let mut words = Vec::new();
    for word in text.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty()) {
        if word.is_ascii() {
            words.push(word.to_owned());
            continue;
        }
        let characters: Vec<char> = word.chars().collect();
        words.extend(characters.iter().map(char::to_string));
        words.extend(characters.windows(2).map(|pair| pair.iter().collect::<String>()));
    }
    words
}

/// FNV-1a, <https://datatracker.ietf.org/doc/draft-eastlake-fnv/>.
fn hash(word: &str) -> usize {
    let hash =
        word.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    hash as usize
}
