//! A user of the web API. Answers are asked for when everything is done.

use serde_json::{Value, json};

use crate::cli::Failure;
use crate::stories::stage::Stage;

/// A session, and the answers that were not heard yet.
pub struct Browser<'s> {
    stage: &'s Stage,
    language: Option<String>,
    session: Option<String>,
    unheard: Vec<Answer>,
}

/// The answer to a message.
enum Answer {
    /// It came at once.
    Now(String),
    /// It is to be fetched there.
    At(String),
}

impl<'s> Browser<'s> {
    /// Without a session: the first message begins one.
    pub fn new(stage: &'s Stage, language: Option<String>) -> Browser<'s> {
        Browser { stage, language, session: None, unheard: Vec::new() }
    }

    /// Says a text.
    pub async fn says(&mut self, text: &str) -> Result<(), Failure> {
        let body = json!({ "message": text, "session_id": self.session, "language": self.language });
        let url = format!("{}/api/chat", self.stage.stack.front);
        let request = self.stage.http.post(url).header("prefer", "respond-async").json(&body);
        let answer: Value = request.send().await?.json().await?;
        let field = |name: &str| answer.get(name).and_then(Value::as_str).map(ToOwned::to_owned);
        self.session = field("session_id").or(self.session.take());
        match (field("status_url"), field("response")) {
            (Some(url), _) => self.unheard.push(Answer::At(url)),
            (None, Some(told)) => self.unheard.push(Answer::Now(told)),
            (None, None) => return Err(format!("the web API answered {answer}").into()),
        }
        Ok(())
    }

    /// What the bot has said since this was asked last.
    pub async fn hears(&mut self) -> Result<Vec<String>, Failure> {
        let mut heard = Vec::new();
        for answer in std::mem::take(&mut self.unheard) {
            heard.extend(match answer {
                Answer::Now(told) => Some(told),
                Answer::At(url) => self.fetched(&url).await?,
            });
        }
        Ok(heard)
    }

    async fn fetched(&self, url: &str) -> Result<Option<String>, Failure> {
        let request = self.stage.http.get(format!("{}{url}", self.stage.stack.front));
        let request = request.bearer_auth(self.session.as_deref().unwrap_or_default());
        let request = match &self.language {
            Some(language) => request.header("accept-language", language),
            None => request,
        };
        let answer: Value = request.send().await?.json().await?;
        Ok(answer.get("response").and_then(Value::as_str).map(ToOwned::to_owned))
    }
}
