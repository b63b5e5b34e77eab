//! P4: what a turn says.

use std::panic::AssertUnwindSafe;
use std::pin::pin;

use domain::errand::Errand;
use domain::history::{Speaker, history};
use domain::turn::Answer;
use domain::wording::Sentence;
use domain::{Channel, Message, MessageKey, MessageKind, Metric, Millis, Outcome, State};
use futures_util::FutureExt;
use futures_util::future::{Either, join, pending, select};
use models::{ModelError, Prompt, Reply};
use skills::{Fields, Situation, Skills};

use crate::asking::NoReply;
use crate::chain::Chain;
use crate::chosen::Chosen;
use crate::heard::is_readable;
use crate::known::Known;
use crate::quoted::kept;
use crate::scheduled::are_announcements;
use crate::spoken::heard as heard_as;
use crate::traces::Showed;
use crate::{Turn, TurnError, Work, Worker};

/// What the model said, and to what.
#[derive(Default)]
struct Said {
    /// `None`: there was nothing that it could be asked about.
    reply: Option<Reply>,
    /// Of what was spoken.
    transcripts: Vec<String>,
    /// What was looked up and is to be remembered.
    known: Known,
    /// The user's state afterwards.
    state: State,
    /// The mode that it was taken to belong to.
    switched: Option<String>,
}

/// How the model's work ended.
enum Ended {
    Replied(Result<Box<Said>, NoReply>),
    /// Cancels, a person or a newer message came first, message by message.
    Stopped(Vec<(MessageKey, Outcome)>),
    TimedOut,
    Panicked,
}

impl Worker<'_> {
    /// The answer of a turn that has none. `None`: the lease is lost.
    pub(crate) async fn decide(&self, turn: &Turn<'_>) -> Result<Option<Answer>, TurnError> {
        if turn.plan.live.is_empty() {
            let handed_over = !turn.plan.handed_over.is_empty();
            let outcome = if handed_over { Outcome::HandedOver } else { Outcome::Cancelled };
            return Ok(Some(self.without_words(turn, outcome)));
        }
        let live: Vec<&Message> = turn.plan.live.iter().filter_map(|key| turn.message(key)).collect();
        if live.len() < turn.plan.live.len() {
            tracing::error!(
                request_id = turn.request_id(),
                "a waiting message is not stored, or cannot be read"
            );
        }
        // Nothing of the turn can be read: it ends, though nobody can be told.
        let Some(newest) = live.last() else { return Ok(Some(self.without_words(turn, Outcome::Failed))) };
        let is_stale = self.world.now().since(sent_or_received(newest)) > self.stale_after_ms(newest);
        let answer = match self.work {
            _ if are_announcements(&live) => self.announce(turn, &live, newest),
            Work::LastRites => self.with_sentence(turn, newest, Outcome::Failed, Sentence::Failed),
            Work::Models(..) if turn.taken_over => self.lost(turn, newest),
            Work::Models(..) if is_stale => self.busy(turn, newest, Outcome::TimedOut),
            Work::Models(..) if !live.iter().any(|message| is_readable(message)) => {
                self.with_sentence(turn, newest, Outcome::Answered, Sentence::CannotRead)
            }
            Work::Models(chain, skills) => {
                return self.ask_or_choose(turn, &live, newest, (chain, skills)).await;
            }
        };
        Ok(Some(answer))
    }

    /// Commands and choices change the state and are answered by the system; anything else is the model's.
    async fn ask_or_choose<'t>(
        &self,
        turn: &'t Turn<'_>,
        live: &[&'t Message],
        newest: &Message,
        with: (&Chain, &Skills),
    ) -> Result<Option<Answer>, TurnError> {
        let mut chosen = self.choose(turn, live);
        self.once_more(turn, &mut chosen);
        let answer = if chosen.talk.is_empty() {
            // A tapped button shows that it waits.
            if newest.kind == MessageKind::Action {
                self.delivery.show_work(newest.into(), true).await;
            }
            self.without_words(turn, Outcome::Answered)
        } else {
            let showing = self.delivery.show_work(newest.into(), true);
            let (ended, ()) = join(self.call(turn, &chosen, with), showing).await;
            let Some(ended) = ended else { return Ok(None) };
            self.answer_of(turn, newest, ended)
        };
        Ok(Some(with_choices(answer, chosen, newest)))
    }

    fn answer_of(&self, turn: &Turn<'_>, newest: &Message, ended: Ended) -> Answer {
        let failed = || self.with_sentence(turn, newest, Outcome::Failed, Sentence::Failed);
        match ended {
            Ended::Stopped(messages) => {
                let mut answer = self.without_words(turn, Outcome::Answered);
                answer.stop(&messages);
                answer
            }
            Ended::TimedOut => self.with_sentence(turn, newest, Outcome::TimedOut, Sentence::TookTooLong),
            Ended::Panicked => failed(),
            Ended::Replied(Err(NoReply::BudgetSpent)) => {
                tracing::info!(request_id = turn.request_id(), "the budget for today is spent");
                self.with_sentence(turn, newest, Outcome::Refused, Sentence::QuotaSpent)
            }
            Ended::Replied(Err(NoReply::Model(error @ ModelError::NotTaken { .. }))) => {
                tracing::warn!(request_id = turn.request_id(), %error, "no model takes the request");
                self.busy(turn, newest, Outcome::Failed)
            }
            Ended::Replied(Err(error)) => {
                tracing::error!(request_id = turn.request_id(), %error, "no answer from the model");
                failed()
            }
            Ended::Replied(Ok(said)) => self.worded(turn, newest, *said).unwrap_or_else(failed),
        }
    }

    /// What was heard, that it is remembered, and the answer with its sources. `None`: the model had nothing to say.
    fn worded(&self, turn: &Turn<'_>, newest: &Message, said: Said) -> Option<Answer> {
        let Said { reply, transcripts, known, state, switched } = said;
        if reply.is_none() && known.notes.is_empty() {
            return Some(self.with_sentence(turn, newest, Outcome::Answered, Sentence::CannotRead));
        }
        let channel = newest.address.channel;
        let say = |sentence| self.bot.wording.say(sentence, newest.language.as_deref(), 0);
        if reply.as_ref().is_some_and(|reply| delivery::parts(channel, &reply.text).is_empty()) {
            tracing::error!(request_id = turn.request_id(), "the model had nothing to say");
            return None;
        }
        let (answer, tokens) = reply.map(|reply| (reply.text, reply.tokens)).unwrap_or_default();
        let transcripts = transcripts.iter().map(|said| heard_as(said));
        let remembered = (!known.notes.is_empty()).then(|| say(Sentence::Remembered));
        let answer = known.with_sources(&channels::harmless(&answer), &say(Sentence::Sources));
        let switched = switched.and_then(|mode| self.bot.mode(Some(&mode)));
        let switched = switched.map(|mode| self.switched_to(mode, newest.language.as_deref()));
        let said = transcripts.chain(remembered).chain(switched).chain([answer]);
        let parts = said.flat_map(|said| delivery::parts(channel, &said)).collect();
        let tokens = known.tokens_with(tokens);
        let base = &turn.transcript.state;
        let patch = base.patch_to(state.placed(base, turn.session_start));
        Some(Answer {
            parts,
            tokens,
            patch,
            notes: known.notes,
            ..self.without_words(turn, Outcome::Answered)
        })
    }

    /// Somebody died over it. What was understood until then is told all the same.
    fn lost(&self, turn: &Turn<'_>, to: &Message) -> Answer {
        let lost = self.with_sentence(turn, to, Outcome::Lost, Sentence::Lost);
        let untold = turn.untold().into_iter().flat_map(|heard| delivery::parts(to.address.channel, &heard));
        let parts = untold.chain(lost.parts.clone()).collect();
        Answer { parts, buttons: self.try_again(turn, to), ..lost }
    }

    /// An answer that the system gives in the user's language.
    fn with_sentence(&self, turn: &Turn<'_>, to: &Message, outcome: Outcome, sentence: Sentence) -> Answer {
        let said = self.bot.wording.say(sentence, to.language.as_deref(), 0);
        let mut parts = turn.announcements();
        parts.extend(Some(said).filter(|_| !turn.was_asked_by_nobody()));
        Answer { parts, ..self.without_words(turn, outcome) }
    }

    /// Said once in a busy spell: who has heard it after writing this message is not told again. A web client asks, so
    /// it is always answered.
    fn busy(&self, turn: &Turn<'_>, to: &Message, outcome: Outcome) -> Answer {
        let admitted = turn.plan.live.iter().filter_map(|key| turn.mailbox.waiting.get(&key.hash));
        let newest = admitted.map(|waiting| waiting.admitted_at).max();
        if turn.mailbox.busy_told_at >= newest && newest.is_some() && to.address.channel != Channel::WEB {
            return self.without_words(turn, outcome);
        }
        self.with_sentence(turn, to, outcome, Sentence::Busy)
    }

    /// Whether that is what an answer says.
    pub(crate) fn says_busy(&self, turn: &Turn<'_>, answer: &Answer) -> bool {
        let language = turn.addressee(answer).and_then(|message| message.language.as_deref());
        answer.parts == [self.bot.wording.say(Sentence::Busy, language, 0)]
    }

    pub(crate) fn without_words(&self, turn: &Turn<'_>, outcome: Outcome) -> Answer {
        Answer {
            outcome,
            parts: Vec::new(),
            buttons: Vec::new(),
            progress: 0,
            unknown: Vec::new(),
            covers: turn.plan.covers(outcome),
            written_by: turn.token.clone(),
            written_at: self.world.now(),
            tokens: (0, 0),
            patch: None,
            errands: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// The model's work, within its time, watched for cancels. A panic in it is this turn's failure only. `None`: the
    /// lease is lost.
    async fn call(&self, turn: &Turn<'_>, chosen: &Chosen<'_>, with: (&Chain, &Skills)) -> Option<Ended> {
        let limits = &self.bot.limits;
        let until_deadline = turn.deadline.since(self.world.now() + limits.deadline_reserve_ms);
        // A worker that slept past its time asks nobody.
        if until_deadline == 0 {
            return Some(Ended::TimedOut);
        }
        let asking = pin!(AssertUnwindSafe(Box::pin(self.hear_and_ask(turn, chosen, with))).catch_unwind());
        let stopping = pin!(self.watch(turn));
        let showing = pin!(self.keep_showing_work(turn));
        let time = select(self.world.sleep(until_deadline), showing);
        let ended = match select(asking, select(stopping, time)).await {
            Either::Left((Ok(Some(replied)), _)) => Ended::Replied(replied),
            Either::Left((Err(_), _)) => {
                tracing::error!(request_id = turn.request_id(), "the turn panicked");
                Ended::Panicked
            }
            Either::Right((Either::Left((stopped, _)), _)) => Ended::Stopped(stopped?),
            Either::Left((Ok(None), _)) | Either::Right((Either::Right(_), _)) => Ended::TimedOut,
        };
        let was_asking = turn.traces.showed(match ended {
            Ended::TimedOut => Showed::Failure(None),
            _ => Showed::Nothing,
        });
        let has_failed = was_asking && matches!(ended, Ended::TimedOut);
        self.world.measure(Metric::ModelFailures, u64::from(has_failed));
        Some(ended)
    }

    /// The answer's own time begins when everything was fetched and written down. `None`: it is over.
    async fn hear_and_ask(
        &self,
        turn: &Turn<'_>,
        chosen: &Chosen<'_>,
        (chain, skills): (&Chain, &Skills),
    ) -> Option<Result<Box<Said>, NoReply>> {
        turn.traces.begin();
        let mut heard = match self.hear(turn, &chosen.talk, chain).await {
            Ok(heard) => heard,
            Err(NoReply::TookTooLong) => return None,
            Err(error) => return Some(Err(error)),
        };
        let mut known = self.know(turn, &mut heard, chain).await;
        if heard.lines.is_empty() && heard.pictures.is_empty() {
            let (transcripts, state) = (heard.transcripts, chosen.state.clone());
            return Some(Ok(Box::new(Said { reply: None, transcripts, known, state, switched: None })));
        }
        let mut state = chosen.state.clone();
        let meant = self.other_mode(turn, &state, &heard.lines, chain, &mut known.tokens).await;
        let switched = meant.map(|mode| mode.name.clone());
        state.mode = switched.clone().or(state.mode);
        let fields = kept_fields(turn, skills, &state);
        let newest = chosen.talk.last().copied();
        let Some(mut prompt) = self.prompt(turn, skills, &state, newest) else {
            return Some(Err(NoReply::NoPrompt));
        };
        known.quote(&mut prompt.lines);
        prompt.lines.extend((!fields.is_empty()).then(|| (Speaker::User, kept(&fields.to_json()))));
        prompt.lines.extend(heard.lines.into_iter().map(|(_, line)| (Speaker::User, line)));
        prompt.pictures = heard.pictures;
        let time_ms = self.bot.limits.answer_timeout_ms;
        let until = self.world.now() + time_ms;
        let answering = self.call_and_answer(turn, (chain, &skills.tools), prompt, fields, until);
        match select(pin!(answering), self.world.sleep(time_ms)).await {
            Either::Left((answered, _)) => Some(answered.map(|(reply, fields)| {
                let state = State { fields: fields.to_stored(), ..state };
                Box::new(Said { reply: Some(reply), transcripts: heard.transcripts, known, state, switched })
            })),
            Either::Right(_) => None,
        }
    }

    /// The mode's instructions and tools, and what was said before. `None`: they cannot be filled in.
    fn prompt(
        &self,
        turn: &Turn<'_>,
        skills: &Skills,
        state: &State,
        newest: Option<&Message>,
    ) -> Option<Prompt> {
        let mode = self.bot.mode(state.mode.as_deref());
        let today = self.calendar(state).day(self.world.now());
        let language = self.bot.wording.language(newest.and_then(|message| message.language.as_deref()));
        let situation = Situation { state, mode, language: &language, today: &today };
        let system = skills.prompts.prompt(self.bot.prompt_of(mode), situation)?;
        let tools = skills.tools.declared(mode.and_then(|mode| mode.tools.as_deref()));
        Some(Prompt { system, tools, lines: self.context(turn), ..Prompt::default() })
    }

    /// What was said before, where the bot goes by it.
    fn context(&self, turn: &Turn<'_>) -> Vec<(Speaker, String)> {
        if self.bot.has_context {
            history(turn.transcript, turn.session_start, self.bot.strategy)
        } else {
            Vec::new()
        }
    }

    /// Keeps up the sign that somebody is at work. Never ends.
    async fn keep_showing_work(&self, turn: &Turn<'_>) {
        let newest = turn.plan.live.last().and_then(|key| turn.message(key));
        let every_ms = newest.and_then(|newest| self.delivery.sign_every_ms(newest.address.channel));
        let (Some(newest), Some(every_ms)) = (newest, every_ms) else { return pending().await };
        loop {
            self.world.sleep(every_ms).await;
            self.delivery.show_work(newest.into(), false).await;
        }
    }

    /// Looks at the mailbox until there is a reason to stop: message by message, or `None`, the lease is lost.
    async fn watch(&self, turn: &Turn<'_>) -> Option<Vec<(MessageKey, Outcome)>> {
        loop {
            self.world.sleep(self.bot.limits.poll_ms).await;
            match self.table().mailbox(&turn.bell.conversation).await {
                Ok(Some(mailbox)) if !mailbox.is_held_by(turn.token) => return None,
                Ok(Some(mailbox)) => {
                    // What was written after a late cancel still wants its answer.
                    let stops = mailbox.stops(&turn.plan.live, self.interrupted_beyond(turn));
                    if stops.len() == turn.plan.live.len() {
                        return Some(stops);
                    }
                }
                Ok(None) => return None,
                Err(error) => {
                    tracing::warn!(request_id = turn.request_id(), %error, "the mailbox could not be looked at");
                }
            }
        }
    }
}

/// The same answer with what was chosen, said before it. A step that failed changes nothing.
pub(crate) fn with_choices(mut answer: Answer, chosen: Chosen<'_>, newest: &Message) -> Answer {
    if answer.outcome == Outcome::Answered {
        let mut parts = Vec::new();
        for (at, said) in chosen.said.iter().enumerate() {
            let (part, asked) = (parts.len(), chosen.errands.iter().filter(|errand| errand.part == at));
            answer.errands.extend(asked.map(|errand| Errand { part, ..errand.clone() }));
            parts.extend(delivery::parts(newest.address.channel, said));
        }
        answer.parts = parts.into_iter().chain(answer.parts).collect();
        answer.patch = answer.patch.or(chosen.patch);
        answer.buttons = chosen.buttons;
    }
    answer
}

/// What is kept of the user's search or form, as far as it can be used.
fn kept_fields(turn: &Turn<'_>, skills: &Skills, state: &State) -> Fields {
    let (fields, damaged) = skills.tools.fields(state);
    if damaged > 0 {
        let request_id = turn.request_id();
        tracing::error!(event = "damaged_state", request_id, damaged, "kept fields are left out");
    }
    fields
}

/// A button carries the time of the message it stands under, a web client that of its own clock: there only our
/// clock knows.
fn sent_or_received(message: &Message) -> Millis {
    let by_our_clock = message.kind == MessageKind::Action || message.address.channel == Channel::WEB;
    if by_our_clock { message.received_at } else { message.key.sent_at }
}
