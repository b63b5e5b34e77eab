//! The models of a bot, in the order in which they are asked.

use std::sync::{Arc, Mutex, PoisonError};

use domain::{Circuit, Limits, Millis};
use models::Model;

use crate::recalling::Answers;

/// A chain of models: the bot's own, then those that stand in when it takes no request.
pub struct Chain {
    answering: Vec<Link>,
    hearing: Link,
    embedding: Link,
    /// Answers to questions that stand alone.
    pub(crate) answers: Answers,
}

/// One model, with what this process has last seen of its health. All that a user says passes by here unkept.
pub(crate) struct Link {
    /// `provider::model`: names its circuit.
    pub name: String,
    pub model: Arc<dyn Model>,
    seen: Mutex<Option<(Millis, Circuit)>>,
}

impl Chain {
    /// These models by name, the first one first; `speech` and `embedding` name what the first one writes down speech and
    /// makes vectors with. `None`: no model is named.
    pub fn of(
        models: Vec<(String, Arc<dyn Model>)>,
        speech: &str,
        embedding: &str,
        limits: &Limits,
    ) -> Option<Chain> {
        let first = Arc::clone(&models.first()?.1);
        let answering = models.into_iter().map(|(name, model)| Link::of(name, model)).collect();
        let hearing = Link::of(format!("speech::{speech}"), Arc::clone(&first));
        let embedding = Link::of(format!("embedding::{embedding}"), first);
        Some(Chain { answering, hearing, embedding, answers: Answers::of(limits) })
    }

    /// One model that does everything.
    pub fn single(model: Arc<dyn Model>) -> Chain {
        let link = |name: &str| Link::of(name.to_owned(), Arc::clone(&model));
        let (answering, hearing) = (vec![link("model")], link("speech"));
        let embedding = Link::of("embedding".to_owned(), model);
        Chain { answering, hearing, embedding, answers: Answers::of(&Limits::default()) }
    }

    /// How many answers this process holds in memory.
    pub fn answers_kept(&self) -> usize {
        self.answers.kept()
    }

    pub(crate) fn answering(&self) -> &[Link] {
        &self.answering
    }

    pub(crate) fn hearing(&self) -> &Link {
        &self.hearing
    }

    pub(crate) fn embedding(&self) -> &Link {
        &self.embedding
    }

    /// The link of that name.
    pub(crate) fn named(&self, name: &str) -> Option<&Link> {
        self.answering.iter().chain([&self.hearing, &self.embedding]).find(|link| link.name == name)
    }
}

impl Link {
    fn of(name: String, model: Arc<dyn Model>) -> Link {
        Link { name, model, seen: Mutex::new(None) }
    }

    /// What was seen of it no longer than `within_ms` ago.
    pub(crate) fn seen(&self, now: Millis, within_ms: u64) -> Option<Circuit> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.as_ref().filter(|(at, _)| now.since(*at) < within_ms).map(|(_, circuit)| circuit.clone())
    }

    pub(crate) fn saw(&self, now: Millis, circuit: Circuit) {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, circuit));
    }
}
