//! Questions that stand alone: answered from memory, or asked once for all who ask them at the same time.

use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

use domain::{Limits, Metric, Millis, Question, Token};
use io::table::Known;
use lru::LruCache;
use models::{Prompt, Reply};

use crate::asking::NoReply;
use crate::chain::Chain;
use crate::{Turn, Worker};

/// The answers that this process keeps. They are anybody's: nothing of a conversation is in them.
pub(crate) struct Answers(Mutex<LruCache<Question, (String, Millis)>>);

impl Answers {
    pub(crate) fn of(limits: &Limits) -> Answers {
        let entries = usize::try_from(limits.cache_entries_max).unwrap_or(usize::MAX);
        Answers(Mutex::new(LruCache::new(NonZeroUsize::new(entries).unwrap_or(NonZeroUsize::MIN))))
    }

    fn get(&self, question: &Question, now: Millis) -> Option<String> {
        let mut answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (text, until) = answers.get(question)?;
        if *until > now {
            return Some(text.clone());
        }
        answers.pop(question);
        None
    }

    pub(crate) fn kept(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    pub(crate) fn keep(&self, question: Question, text: String, until: Millis) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).put(question, (text, until));
    }
}

/// A question that the turn asks for all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    pub question: Question,
    /// `None`: it has no answer that others could have.
    pub answer: Option<String>,
}

impl Worker<'_> {
    /// The answer from memory, from another turn that asks the same right now, or from a model.
    pub(crate) async fn recall_or_ask(
        &self,
        turn: &Turn<'_>,
        chain: &Chain,
        prompt: &Prompt,
        until: Millis,
    ) -> Result<Reply, NoReply> {
        let Some(question) = self.question(prompt) else { return self.ask(turn, chain, prompt, until).await };
        if let Some(text) = self.recall(turn, chain, &question, until).await {
            return Ok(Reply { text, ..Reply::default() });
        }
        let reply = self.ask(turn, chain, prompt, until).await?;
        if !reply.is_cut && reply.calls.is_empty() {
            turn.traces.answers(&question, &reply.text);
        }
        Ok(reply)
    }

    /// The question that a prompt is, if it stands alone and the bot keeps answers.
    fn question(&self, prompt: &Prompt) -> Option<Question> {
        let Prompt { system, tools, lines, pictures, rounds } = prompt;
        let [(_, text)] = lines.as_slice() else { return None };
        let is_bare = tools.is_empty() && pictures.is_empty() && rounds.is_empty();
        let is_short = text.chars().count() as u64 <= self.bot.limits.cache_question_chars_max;
        (self.bot.keeps_answers && is_bare && is_short).then(|| Question::of(&self.bot.model, system, text))
    }

    /// `None`: it is this turn's to ask, for all others.
    async fn recall(
        &self,
        turn: &Turn<'_>,
        chain: &Chain,
        question: &Question,
        until: Millis,
    ) -> Option<String> {
        let request_id = turn.request_id();
        if let Some(text) = chain.answers.get(question, self.world.now()) {
            self.world.measure(Metric::CacheHits, 1);
            tracing::info!(request_id, cache = "hit", layer = "process", "answered from memory");
            return Some(text);
        }
        let mut layer = "table";
        loop {
            match self.table().ask_for_all(question, turn.token, until).await {
                Ok(Known::Answered(text, until)) => {
                    self.world.measure(Metric::CacheHits, 1);
                    tracing::info!(request_id, cache = "hit", layer, "answered from memory");
                    chain.answers.keep(question.clone(), text.clone(), until);
                    return Some(text);
                }
                Ok(Known::Asked(asked_until)) => {
                    layer = "shared call";
                    self.wait_for_answer(question, asked_until).await;
                }
                Ok(Known::Nothing) => {
                    self.world.measure(Metric::CacheMisses, 1);
                    tracing::info!(request_id, cache = "miss", "asked for all");
                    turn.traces.asks_for_all(question.clone());
                    return None;
                }
                // Memory is a convenience: without it the turn asks for itself.
                Err(error) => {
                    tracing::warn!(request_id, %error, "nothing could be recalled");
                    return None;
                }
            }
        }
    }

    /// While another turn asks. Its process may die: then nobody waits longer than it would have.
    async fn wait_for_answer(&self, question: &Question, asked_until: Millis) {
        while self.world.now() < asked_until {
            self.world.sleep(self.bot.limits.poll_ms).await;
            if !matches!(self.table().recall(question).await, Ok(Known::Asked(_))) {
                return;
            }
        }
    }

    /// What the turn asked for all is there for all, or may be asked by another.
    pub(crate) async fn settle_questions(&self, chain: &Chain, token: &Token, asked: Vec<Asked>) {
        for Asked { question, answer } in asked {
            let until = self.world.now() + self.bot.limits.cache_answer_ms;
            let settled = match &answer {
                Some(text) => self.table().answer_for_all(&question, token, text, until).await,
                None => self.table().ask_no_more(&question, token).await,
            };
            if let Err(error) = settled {
                tracing::warn!(%error, "an answer could not be kept");
            }
            if let Some(text) = answer {
                chain.answers.keep(question, text, until);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_has_a_bound_and_the_answer_that_was_asked_for_longest_ago_goes_first() {
        let answers = Answers::of(&Limits { cache_entries_max: 2, ..Limits::default() });
        let question = |text: &str| Question::of("m", "Be kind.", text);
        let recalled = |text, at| answers.get(&question(text), Millis(at)).is_some();
        let keep = |text: &str| answers.keep(question(text), text.to_owned(), Millis(1_000));
        keep("one");
        keep("two");
        assert!(recalled("one", 10));
        keep("three");
        assert!(recalled("one", 20) && !recalled("two", 20) && recalled("three", 20));
        assert!(!recalled("one", 1_000), "its time is over");
    }
}
