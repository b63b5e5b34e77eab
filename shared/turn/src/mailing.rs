//! `/email`: the conversation, or something of the bot's material, sent once.

use std::pin::pin;

use domain::errand::{Errand, Sending, Task};
use domain::history::{Speaker, history};
use domain::quota::day;
use domain::turn::Answer;
use domain::wording::Sentence;
use domain::{Message, MessageKey, Metric, State, call_key};
use futures_util::future::{Either, select};
use io::table::Attempt;
use mail::{Letter, MailError};

use crate::{Turn, TurnError, Worker};

/// Most bytes of a letter's words; the oldest lines of a conversation are left out.
const BODY_BYTES_MAX: usize = 200_000;

impl Worker<'_> {
    /// Obeys a message that asks for a mail, and words what is true until it has been sent. `None`: it does not.
    pub(crate) fn email(
        &self,
        state: &mut State,
        message: &Message,
        errands: &mut Vec<Errand>,
    ) -> Option<String> {
        let mut words = message.text.split_whitespace();
        let (to, material) =
            (words.next().filter(|word| *word == "/email").map(|_| words.next())?, words.next());
        let say = |sentence, count| self.bot.wording.say(sentence, message.language.as_deref(), count);
        let per_day = self.bot.limits.mails_per_day_max;
        let today = day(self.world.now());
        let sent = if state.mails.0 == today { state.mails.1 } else { 0 };
        let Some(to) = to.filter(|to| mail::is_address(to)) else {
            return Some(say(Sentence::EmailAddressWrong, 0));
        };
        let refusal = if !self.outside.mailer.is_set_up() {
            Some(Sentence::EmailNotSetUp)
        } else if material.is_some_and(|name| !self.bot.material.contains_key(name)) {
            Some(Sentence::EmailMaterialUnknown)
        } else {
            (sent >= per_day).then_some(Sentence::EmailTooMany)
        };
        if let Some(refusal) = refusal {
            return Some(say(refusal, usize::try_from(per_day).unwrap_or(usize::MAX)));
        }
        state.mails = (today, sent + 1);
        let task = Task::Mail {
            to: to.to_owned(),
            material: material.map(ToOwned::to_owned),
            sending: Sending::Planned,
        };
        errands.push(Errand { asked_by: message.key.clone(), part: 0, task });
        Some(say(Sentence::EmailUnsure, 0))
    }

    /// Sends a turn's mail, unless somebody may have: then the answer says so.
    pub(crate) async fn mail(
        &self,
        turn: &Turn<'_>,
        key: &MessageKey,
        answer: &mut Answer,
        errand: &Errand,
    ) -> Result<(), TurnError> {
        let Task::Mail { to, material, sending } = &errand.task else { return Ok(()) };
        let conversation = &turn.bell.conversation;
        let sentence = match sending {
            Sending::Over => return Ok(()),
            Sending::Tried(_) => Sentence::EmailUnsure,
            Sending::Planned => match self.body(turn, material.as_deref()) {
                None => Sentence::EmailNothing,
                Some(body) => match self.table().try_mail(conversation, key, turn.token).await? {
                    Attempt::Theirs => Sentence::EmailUnsure,
                    Attempt::Mine => self.post(turn, key, to, body).await,
                },
            },
        };
        self.tell_of(turn, answer, errand, sentence);
        Ok(self.table().mail_over(conversation, key, answer).await?)
    }

    /// Hands the letter over, and answers what to say of it.
    async fn post(&self, turn: &Turn<'_>, key: &MessageKey, to: &str, body: String) -> Sentence {
        let request = domain::RequestId { conversation: turn.bell.conversation.clone(), key: key.clone() };
        let id = call_key(&format!("mail {request}"), 0);
        let letter = Letter { to: to.to_owned(), subject: self.bot.email.subject.clone(), body, id };
        let time = self.world.sleep(self.bot.limits.mail_timeout_ms);
        let sent = match select(pin!(self.outside.mailer.send(letter)), time).await {
            Either::Left((sent, _)) => sent,
            Either::Right(_) => Err(MailError::Unknown("no answer in time".to_owned())),
        };
        self.world.measure(Metric::Mails, 1);
        self.world.measure(Metric::MailFailures, u64::from(sent.is_err()));
        tracing::info!(request_id = turn.request_id(), ?sent, "mail");
        match sent {
            Ok(()) => Sentence::EmailSent,
            Err(MailError::NotSent(_)) => Sentence::EmailFailed,
            Err(MailError::Unknown(_)) => Sentence::EmailUnsure,
        }
    }

    /// The words of a letter. `None`: there are none.
    fn body(&self, turn: &Turn<'_>, material: Option<&str>) -> Option<String> {
        let body = match material {
            Some(name) => self.bot.material.get(name)?.clone(),
            None => self.conversation_so_far(turn),
        };
        Some(body).filter(|body| !body.trim().is_empty())
    }

    /// What was said in this session, the newest of it when it is long.
    fn conversation_so_far(&self, turn: &Turn<'_>) -> String {
        let lines = history(turn.transcript, turn.session_start, self.bot.strategy);
        let lines = lines.into_iter().map(|(speaker, text)| match speaker {
            Speaker::User => format!("> {}\n", text.replace('\n', "\n> ")),
            Speaker::Bot => format!("{text}\n"),
        });
        let lines: Vec<String> = lines.collect();
        let mut room = BODY_BYTES_MAX;
        let fits = |line: &&String| {
            let is_in = line.len() < room;
            room = room.saturating_sub(line.len() + 1);
            is_in
        };
        let mut newest: Vec<&String> = lines.iter().rev().take_while(fits).collect();
        newest.reverse();
        newest.into_iter().map(String::as_str).collect::<Vec<_>>().join("\n")
    }
}
