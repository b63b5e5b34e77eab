//! Whether the promise was kept: what users wrote, what the table says, what users saw and what the model was asked.

use std::collections::{BTreeMap, BTreeSet};

use domain::turn::Answer;
use domain::wording::Sentence;
use domain::{Address, Channel, ConversationKey, MessageHash, Millis, Outcome, RequestId};
use io::table::audit::{Ledger, Tolerance, Violation};
use io::table::stored::{Kind, Stored};
use serde_json::Value;
use stand_ins::model;
use stand_ins::network::{Damage, Fate};
use stand_ins::telegram::{Author, Line};

use super::harm::Kills;
use super::people::{Written, words};
use super::verdict::Verdict;
use super::{Death, now_ms};
use crate::audit::Table;
use crate::cli::Failure;
use crate::stack::Stack;

/// Everything that a verdict is made from.
pub struct Evidence<'e> {
    /// The stack, quiet now.
    pub stack: &'e Stack,
    /// What users wrote.
    pub said: &'e [Written],
    /// Which processes ended.
    pub deaths: &'e [Death],
    /// Which of them we killed.
    pub kills: Kills,
    /// Whether everything came to its end.
    pub is_quiet: bool,
}

/// What one user wrote and saw.
struct Chat<'e> {
    id: i64,
    conversation: ConversationKey,
    said: Vec<&'e Written>,
    heard: Vec<Line>,
    answers: Vec<&'e Answer>,
}

impl Evidence<'_> {
    /// Judges.
    ///
    /// # Errors
    /// The table cannot be read.
    pub async fn judge(&self) -> Result<Verdict, Failure> {
        let (ledger, answers) = self.table().await?;
        let mut verdict =
            Verdict { kills: self.kills, deaths: self.deaths.len() as u64, ..Verdict::default() };
        if !self.is_quiet {
            verdict.violations.push("something is still on its way when all should be quiet".to_owned());
        }
        self.count_damages(&mut verdict);
        self.check_outcomes(&ledger, &mut verdict);
        self.check_model(&mut verdict);
        let outcomes: Vec<_> = ledger.outcomes().collect();
        for chat in self.chats(&answers) {
            self.check_told(&chat, &outcomes, &mut verdict);
            self.check_shown(&chat, &mut verdict);
            check_whose(&chat, &mut verdict);
            check_order(&chat, &mut verdict);
        }
        Ok(verdict)
    }

    /// The audit's view of the table, and the answers themselves.
    async fn table(&self) -> Result<(Ledger, Vec<(ConversationKey, Answer)>), Failure> {
        let table = Table::at(&self.stack.engines.places.dynamodb, "chaos").await;
        let (mut ledger, mut answers) = (Ledger::default(), Vec::new());
        let take = |item: io::world::Item| {
            if let Some(Stored { conversation, kind: Kind::Answer(_, Ok(answer)), .. }) =
                Stored::read(item.clone())
            {
                answers.push((conversation, *answer));
            }
            ledger.add(item);
        };
        table.each_item(take).await?;
        Ok((ledger, answers))
    }

    fn chats<'a>(&'a self, answers: &'a [(ConversationKey, Answer)]) -> Vec<Chat<'a>> {
        let ids: BTreeSet<i64> = self.said.iter().map(|written| written.chat).collect();
        let platform = self.stack.engines.telegram.as_ref();
        let chat = |id: i64| {
            let conversation = self.conversation(id);
            let lines = platform.map(|platform| platform.messages(id)).unwrap_or_default();
            let of_this = answers.iter().filter(|(whose, _)| *whose == conversation);
            Chat {
                id,
                said: self.said.iter().filter(|written| written.chat == id).collect(),
                heard: lines.into_iter().filter(|line| line.from == Author::Bot).collect(),
                answers: of_this.map(|(_, answer)| answer).collect(),
                conversation,
            }
        };
        ids.into_iter().map(chat).collect()
    }

    fn conversation(&self, chat: i64) -> ConversationKey {
        let address = Address { channel: Channel::of("telegram"), chat: chat.to_string(), thread: None };
        ConversationKey::of(&self.stack.bot.name, &address)
    }

    fn count_damages(&self, verdict: &mut Verdict) {
        let Some(network) = &self.stack.network else { return };
        let stretches =
            [&network.dynamodb, &network.sqs, &network.model, &network.telegram, &network.webhook];
        verdict.damages = stretches.iter().map(|stretch| stretch.damages().len() as u64).sum();
    }

    /// Acknowledged = sum of outcomes, nothing waits, and the table holds no other messages.
    fn check_outcomes(&self, ledger: &Ledger, verdict: &mut Verdict) {
        let now = Millis(i64::try_from(now_ms()).unwrap_or(i64::MAX));
        let audit = ledger.audit(now, Tolerance { open_ms: 0, lease_ms: 0 });
        verdict.violations.extend(audit.violations.iter().map(ToString::to_string));
        let twice = |violation: &&Violation| matches!(violation, Violation::CoveredTwice(..));
        verdict.outcomes_twice = audit.violations.iter().filter(twice).count() as u64;
        for (outcome, count) in &audit.outcomes {
            verdict.by_outcome.insert(outcome.name(), *count);
        }
        let settled: BTreeSet<(ConversationKey, MessageHash)> =
            ledger.outcomes().map(|(id, _)| (id.conversation, id.key.hash)).collect();
        for written in self.said.iter().filter(|written| written.word.is_some()) {
            verdict.acknowledged += 1;
            let place = (self.conversation(written.chat), MessageHash::counted(written.message_id));
            if settled.contains(&place) {
                verdict.outcomes += 1;
            } else {
                let word = written.word.as_deref().unwrap_or_default();
                verdict.violations.push(format!("{word} was acknowledged and has no outcome"));
            }
        }
        if audit.accepted != verdict.acknowledged {
            let (accepted, acknowledged) = (audit.accepted, verdict.acknowledged);
            verdict.violations.push(format!("the table has {accepted} messages, users wrote {acknowledged}"));
        }
    }

    /// A message is in one model request at the most.
    fn check_model(&self, verdict: &mut Verdict) {
        let journal = self.stack.engines.model.scripted.as_ref().map(model::Handle::journal);
        let mut asked = BTreeSet::new();
        for record in journal.iter().flatten() {
            verdict.model_requests += 1;
            let about: BTreeSet<String> = words(&record.last_user_message).map(ToOwned::to_owned).collect();
            for word in about {
                if !asked.insert(word.clone()) {
                    verdict.model_requests_repeated += 1;
                    verdict.violations.push(format!("the model was asked about {word} again"));
                }
            }
        }
    }

    /// Every refusal and every cancel was told, or tried to be on a connection that broke.
    fn check_told(&self, chat: &Chat<'_>, outcomes: &[(RequestId, Outcome)], verdict: &mut Verdict) {
        let refused = outcomes
            .iter()
            .filter(|(id, outcome)| id.conversation == chat.conversation && *outcome == Outcome::Refused)
            .count();
        let cancels = chat.said.iter().filter(|written| written.word.is_none()).count();
        let refusals = [Sentence::TooManyPending, Sentence::PleaseResend];
        let fences =
            [Sentence::Stopped, Sentence::NothingToStop, Sentence::TooLate, Sentence::TooLateButRestStopped];
        for (what, wanted, sentences) in [("refusals", refused, &refusals[..]), ("cancels", cancels, &fences)]
        {
            let beginnings: Vec<String> =
                sentences.iter().map(|sentence| self.beginning(*sentence)).collect();
            let is_one = |text: &str| beginnings.iter().any(|beginning| text.starts_with(beginning));
            let told = chat.heard.iter().filter(|line| is_one(&line.text)).count();
            let broken = self.broken_sends(chat.id).iter().filter(|text| is_one(text)).count();
            if told + broken < wanted {
                let id = chat.id;
                verdict
                    .violations
                    .push(format!("chat {id}: {wanted} {what}, but {told} told and {broken} broken off"));
            }
        }
    }

    /// A sentence up to its number.
    fn beginning(&self, sentence: Sentence) -> String {
        let said = self.stack.bot.wording.say(sentence, Some("en"), 0);
        said.split('0').next().unwrap_or_default().to_owned()
    }

    /// Texts to this chat whose sending ended without the platform's answer.
    fn broken_sends(&self, chat: i64) -> Vec<String> {
        let damages = self.stack.network.as_ref().map(|network| network.telegram.damages());
        let unknown = |damage: &Damage| damage.fate != Fate::Throttled;
        let text = |damage: Damage| {
            let body: Value = serde_json::from_slice(&damage.body).ok()?;
            let to = body.get("chat_id")?;
            let is_here = to.as_i64() == Some(chat) || to.as_str() == Some(chat.to_string().as_str());
            is_here.then(|| body.get("text").and_then(Value::as_str).unwrap_or_default().to_owned())
        };
        damages.into_iter().flatten().filter(unknown).filter_map(text).collect()
    }

    /// Every part of every answer was seen, unless its sending broke off; seen twice only where something broke between.
    fn check_shown(&self, chat: &Chat<'_>, verdict: &mut Verdict) {
        let mut shown: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
        for line in &chat.heard {
            shown.entry(&line.text).or_default().push(line.at_ms);
        }
        for (part, wanted) in wanted_parts(&chat.answers) {
            let times = shown.get(part).map(Vec::as_slice).unwrap_or_default();
            verdict.parts_shown += times.len() as u64;
            let unseen = wanted.times.saturating_sub(times.len());
            verdict.parts_unknown += unseen as u64;
            if unseen > wanted.unknown {
                verdict.parts_missing += 1;
                verdict
                    .violations
                    .push(format!("chat {}: a part of {} was never shown", chat.id, wanted.example));
            }
            let twice = times.len().saturating_sub(wanted.times);
            verdict.parts_shown_twice += twice as u64;
            let is_unexplained = || times.windows(2).any(|pair| !self.something_broke(pair));
            if twice > 0 && wanted.times == 1 && is_unexplained() {
                let id = chat.id;
                verdict
                    .violations
                    .push(format!("chat {id}: a part of {} was shown twice for no reason", wanted.example));
            }
        }
    }

    /// Whether a worker died, or the table or a queue was out of reach, between two times.
    fn something_broke(&self, between: &[u64]) -> bool {
        let [from, to] = between else { return false };
        let is_between = |at_ms: u64| (*from..=*to).contains(&at_ms);
        let works = |death: &&Death| matches!(death.function, "processor" | "dead-letter");
        let damages =
            self.stack.network.as_ref().map(|network| [network.dynamodb.damages(), network.sqs.damages()]);
        self.deaths.iter().filter(works).any(|death| is_between(death.at_ms))
            || damages.iter().flatten().flatten().any(|damage| is_between(damage.at_ms))
    }
}

/// How often a text should be seen in a chat.
struct Wanted {
    times: usize,
    /// How many of them were sent with an unknown result.
    unknown: usize,
    /// A message that is answered by it.
    example: String,
}

fn wanted_parts<'a>(answers: &[&'a Answer]) -> BTreeMap<&'a str, Wanted> {
    let mut wanted: BTreeMap<&str, Wanted> = BTreeMap::new();
    for answer in answers {
        let example = answer.covers.first().map(|(key, _)| key.to_string()).unwrap_or_default();
        for (number, part) in answer.parts.iter().enumerate() {
            let example = example.clone();
            let entry = wanted.entry(part).or_insert(Wanted { times: 0, unknown: 0, example });
            entry.times += 1;
            entry.unknown += usize::from(answer.unknown.contains(&number));
        }
    }
    wanted
}

/// No word of one user in another's chat, and no answer that nobody recorded.
fn check_whose(chat: &Chat<'_>, verdict: &mut Verdict) {
    let own: BTreeSet<&str> = chat.said.iter().filter_map(|written| written.word.as_deref()).collect();
    let recorded: BTreeSet<&str> =
        chat.answers.iter().flat_map(|answer| &answer.parts).map(String::as_str).collect();
    for line in &chat.heard {
        if words(&line.text).any(|word| !own.contains(word)) {
            verdict.violations.push(format!("chat {}: words of somebody else were shown", chat.id));
        }
        if words(&line.text).next().is_some() && !recorded.contains(line.text.as_str()) {
            verdict.violations.push(format!("chat {}: something was shown that no answer says", chat.id));
        }
    }
}

/// Answers come in the order in which the messages were accepted; a platform hands them over in the order of writing.
fn check_order(chat: &Chat<'_>, verdict: &mut Verdict) {
    let mut seen = BTreeSet::new();
    let mut last = "";
    for word in chat.heard.iter().flat_map(|line| words(&line.text)) {
        if seen.insert(word) {
            if word < last {
                verdict.out_of_order += 1;
                verdict.violations.push(format!("chat {}: {word} was answered after {last}", chat.id));
            }
            last = word;
        }
    }
}
