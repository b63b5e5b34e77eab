//! Asking models: one after the other, through their circuits, again only where nothing was processed.

use std::sync::atomic::{AtomicBool, Ordering};

use domain::{Circuit, Metric, Millis, Passage, Token};
use models::{ModelError, Prompt, Reply};

use crate::chain::{Chain, Link};
use crate::paying::read_at_most;
use crate::traces::{Showed, Trial};
use crate::{Turn, Worker};

/// Why there is no reply to a prompt. The user is told, and the turn ends.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoReply {
    /// The models'.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// Nobody was asked: the user or the bot has no budget left for today.
    #[error("the budget for today is spent")]
    BudgetSpent,
    /// Nobody was asked: the prompt could not be filled in.
    #[error("the prompt could not be filled in")]
    NoPrompt,
    /// Nobody was asked: what is left could not be found out.
    #[error("the budget could not be read: {0}")]
    NoAccount(String),
    /// Its own time is over.
    #[error("it took too long")]
    TookTooLong,
}

impl Worker<'_> {
    /// The answer of the first model that takes the request. The next one is asked only when this one provably has not
    /// processed it.
    pub(crate) async fn ask(
        &self,
        turn: &Turn<'_>,
        chain: &Chain,
        prompt: &Prompt,
        until: Millis,
    ) -> Result<Reply, NoReply> {
        let at_most = (read_at_most(prompt), self.bot.limits.answer_tokens_max);
        self.paid(turn, at_most, self.ask_in_turn(turn, chain, prompt, until), |reply| reply.tokens).await
    }

    async fn ask_in_turn(
        &self,
        turn: &Turn<'_>,
        chain: &Chain,
        prompt: &Prompt,
        until: Millis,
    ) -> Result<Reply, ModelError> {
        let mut refused = ModelError::NotTaken { why: "there is no model".to_owned(), retry_after_ms: None };
        for link in chain.answering() {
            match self.through(turn, link, until, || link.model.answer(prompt.clone())).await {
                Err(error) if self.may_be_asked_again(&error) => refused = error,
                answered => return answered,
            }
        }
        Err(refused)
    }

    /// Asks one model, if its circuit lets the turn pass.
    pub(crate) async fn through<'m, T>(
        &self,
        turn: &Turn<'_>,
        link: &Link,
        until: Millis,
        ask: impl Fn() -> models::Pending<'m, Result<T, ModelError>>,
    ) -> Result<T, ModelError> {
        let seen = self.pass(turn, link).await?;
        turn.traces.asks(&link.name, seen);
        let answered = self.again_if_not_taken(turn, &link.name, until, ask).await;
        turn.traces.showed(match &answered {
            Ok(_) => Showed::Health,
            Err(ModelError::NotTaken { retry_after_ms, .. }) => Showed::Failure(*retry_after_ms),
            Err(ModelError::NoAnswer(_)) => Showed::Failure(None),
            Err(ModelError::Refused(_)) => Showed::Nothing,
        });
        answered
    }

    /// The circuit as the turn passes it. What cannot be read stops nobody.
    async fn pass(&self, turn: &Turn<'_>, link: &Link) -> Result<Circuit, ModelError> {
        let now = self.world.now();
        let seen = self.health(link).await;
        let circuit = match seen.passage(now) {
            Passage::HalfOpen => self.become_probe(turn, link, seen).await,
            _ => seen,
        };
        let is_probe = circuit.probe.as_ref().is_some_and(|probe| probe.token == *turn.token);
        match circuit.passage(now) {
            Passage::Open(until) if !is_probe => {
                let (request_id, model) = (turn.request_id(), &link.name);
                tracing::warn!(request_id, model, open_ms = until.since(now), "the model is not asked");
                let why = "it has failed too often".to_owned();
                Err(ModelError::NotTaken { why, retry_after_ms: Some(until.since(now)) })
            }
            _ => Ok(circuit),
        }
    }

    async fn health(&self, link: &Link) -> Circuit {
        let now = self.world.now();
        if let Some(seen) = link.seen(now, self.bot.limits.circuit_look_ms) {
            return seen;
        }
        let circuit = self.table().circuit(&link.name).await.unwrap_or_default();
        link.saw(now, circuit.clone());
        circuit
    }

    /// One turn in all tries; for the others the circuit stays open.
    async fn become_probe(&self, turn: &Turn<'_>, link: &Link, seen: Circuit) -> Circuit {
        let now = self.world.now();
        let probe = |circuit: &Circuit| {
            (circuit.passage(now) == Passage::HalfOpen)
                .then(|| circuit.probed(turn.token.clone(), turn.deadline))
        };
        let circuit = self.table().change_circuit(&link.name, seen, probe).await.unwrap_or_default();
        link.saw(now, circuit.clone());
        circuit
    }

    /// Asks the same model again while it provably has taken nothing and there is time.
    async fn again_if_not_taken<'m, T>(
        &self,
        turn: &Turn<'_>,
        model: &str,
        until: Millis,
        ask: impl Fn() -> models::Pending<'m, Result<T, ModelError>>,
    ) -> Result<T, ModelError> {
        let limits = &self.bot.limits;
        let mut attempt = 1;
        loop {
            let reply = self.measured(attempt, ask()).await;
            let Err(error) = &reply else { return reply };
            if !self.may_be_asked_again(error) {
                return reply;
            }
            let (request_id, of) = (turn.request_id(), limits.model_attempts);
            tracing::warn!(request_id, model, attempt, of, %error, "the model took no request");
            let doubled = limits.model_backoff_ms << (attempt - 1);
            let wished_ms =
                if let ModelError::NotTaken { retry_after_ms, .. } = error { *retry_after_ms } else { None };
            let wait_ms =
                (doubled / 2 + jitter(turn, attempt) % (doubled / 2 + 1)).max(wished_ms.unwrap_or(0));
            if attempt >= limits.model_attempts || until.since(self.world.now()) <= wait_ms {
                return reply;
            }
            self.world.sleep(wait_ms).await;
            attempt += 1;
        }
    }

    /// One request to a model.
    async fn measured<T>(
        &self,
        attempt: u64,
        asked: impl Future<Output = Result<T, ModelError>>,
    ) -> Result<T, ModelError> {
        self.world.measure(Metric::ModelRequests, 1);
        self.world.measure(Metric::ModelRetries, u64::from(attempt > 1));
        let started = self.world.now();
        let reply = asked.await;
        self.world.measure(Metric::ModelTime, self.world.now().since(started));
        self.world.measure(Metric::ModelFailures, u64::from(reply.is_err()));
        reply
    }

    /// Provably not processed; or, when the owner says so, perhaps.
    fn may_be_asked_again(&self, error: &ModelError) -> bool {
        match error {
            ModelError::NotTaken { .. } => true,
            ModelError::NoAnswer(_) => self.bot.limits.model_retry_unsure == 1,
            ModelError::Refused(_) => false,
        }
    }

    /// What the turn's requests showed, for all other instances.
    pub(crate) async fn settle_trials(&self, chain: &Chain, turn: &Token, trials: Vec<Trial>) {
        for trial in trials {
            let now = self.world.now();
            let opened = AtomicBool::new(false);
            let change = |circuit: &Circuit| {
                let next = match trial.showed {
                    Showed::Health => circuit.succeeded(),
                    Showed::Failure(retry_after_ms) => {
                        circuit.failed(turn, now, retry_after_ms, &self.bot.limits)
                    }
                    Showed::Nothing | Showed::NotYet => circuit.given_up(turn),
                };
                let opens = next.as_ref().is_some_and(|next| next.openings > circuit.openings);
                opened.store(opens, Ordering::Relaxed);
                next
            };
            match self.table().change_circuit(&trial.link, trial.seen.clone(), change).await {
                Ok(circuit) => {
                    self.world.measure(Metric::CircuitOpened, u64::from(opened.load(Ordering::Relaxed)));
                    if let Passage::Open(until) = circuit.passage(now) {
                        let (model, open_ms) = (&trial.link, until.since(now));
                        tracing::error!(
                            event = "circuit_open",
                            model,
                            open_ms,
                            "nobody asks this model for a while"
                        );
                    }
                    if let Some(link) = chain.named(&trial.link) {
                        link.saw(now, circuit);
                    }
                }
                Err(error) => tracing::warn!(model = trial.link, %error, "its circuit could not be changed"),
            }
        }
    }
}

/// Different for every turn and attempt, the same when one is replayed.
fn jitter(turn: &Turn<'_>, attempt: u64) -> u64 {
    turn.token.0.bytes().fold(attempt, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)))
}
