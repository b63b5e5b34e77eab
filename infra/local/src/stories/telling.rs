//! Telling a story: each step is done, waited for, and compared with what was written.

use std::collections::BTreeSet;

use domain::turn::Answer;
use domain::{ConversationKey, Message, MessageKey, Outcome, State};
use io::table::stored::Kind;

use super::file::StepFile;
use super::person::Person;
use super::reading::Story;
use super::stage::Stage;
use super::{came, script};
use crate::cli::Failure;

/// Why a story did not come out as written: at which byte of its file, and what happened instead.
#[derive(Debug)]
pub struct Miss {
    /// The byte.
    pub at: usize,
    /// One line.
    pub what: String,
}

/// What came of a step.
#[derive(Debug, Default)]
pub struct Came {
    /// What the bot said.
    pub heard: Vec<String>,
    /// The labels under its last message. `None`: this channel shows none.
    pub buttons: Option<Vec<String>>,
    /// What the model was asked, each request as a whole.
    pub asked: Vec<String>,
    /// Of the user's message.
    pub outcome: Option<Outcome>,
    /// Of the user.
    pub state: State,
}

/// A story that is being told.
pub struct Telling<'s> {
    stage: &'s Stage,
    story: &'s Story,
    person: Person<'s>,
    /// The conversations of others.
    others: BTreeSet<ConversationKey>,
    /// The messages whose outcomes are known from earlier steps.
    settled: BTreeSet<MessageKey>,
}

/// What is stored of a conversation.
#[derive(Default)]
struct Records {
    messages: Vec<Message>,
    answers: Vec<Answer>,
    state: State,
}

impl<'s> Telling<'s> {
    /// A story and its user.
    ///
    /// # Errors
    /// The table cannot be read.
    pub async fn new(stage: &'s Stage, story: &'s Story, person: Person<'s>) -> Result<Telling<'s>, Failure> {
        let others = stage.conversations().await?;
        Ok(Telling { stage, story, person, others, settled: BTreeSet::new() })
    }

    /// Tells it. `Some`: the first thing that was not as written.
    pub async fn tell(mut self) -> Option<Miss> {
        for step in &self.story.file.steps {
            let at = step.span().start;
            match self.step(step.get_ref()).await {
                Ok(None) => {}
                Ok(Some(miss)) => return Some(miss),
                Err(error) => return Some(Miss { at, what: error.to_string() }),
            }
        }
        None
    }

    async fn step(&mut self, step: &StepFile) -> Result<Option<Miss>, Failure> {
        let asked_before = self.stage.model.journal().len();
        self.stage.model.set_rules(script::rules(step));
        self.act(step).await?;
        if script::is_held(step) {
            self.meanwhile(step, asked_before).await?;
        }
        if !self.stage.is_done().await {
            return Err("the bot is still at work after a minute".into());
        }
        let came = self.came(step, asked_before).await?;
        Ok(came::compare(step, &came))
    }

    async fn act(&mut self, step: &StepFile) -> Result<(), Failure> {
        if let Some(text) = &step.says {
            return self.person.says(text).await;
        }
        if let Some(words) = &step.voice {
            return self.person.speaks(spoken(words)).await;
        }
        if let Some(file) = &step.sends {
            let sound = std::fs::read(self.story.path.with_file_name(file.get_ref()))?;
            return self.person.speaks(sound).await;
        }
        let label = step.taps.as_ref().map_or("", |label| label.get_ref());
        let buttons = match self.person.buttons() {
            Some(shown) => shown,
            None => self.offered().await?,
        };
        let is_it = |(shown, _): &&(String, String)| came::is_label(shown, label);
        if let Some((_, data)) = buttons.iter().find(is_it) {
            return self.person.taps(data).await;
        }
        let labels: Vec<&String> = buttons.iter().map(|(label, _)| label).collect();
        Err(format!("there is no button {label:?} to tap; there are {labels:?}").into())
    }

    /// While the model holds its answer back.
    async fn meanwhile(&mut self, step: &StepFile, asked_before: usize) -> Result<(), Failure> {
        if !self.stage.is_held(asked_before).await {
            return Err("the model was not asked, so nothing can happen while it is at work".into());
        }
        for text in &step.while_answering {
            self.person.says(text).await?;
        }
        if step.kills {
            self.stage.stack.lambda.kill_busy("processor", 0);
        }
        self.stage.model.let_go();
        Ok(())
    }

    async fn came(&mut self, step: &StepFile, asked_before: usize) -> Result<Came, Failure> {
        let heard = self.person.hears().await?;
        let model = &self.stage.model;
        let requests = model.journal().into_iter().skip(asked_before);
        let requests = requests.filter(|record| !self.stage.sorts(record));
        let asked = requests.filter_map(|record| model.shown(record.sequence)).collect();
        let records = self.records().await?;
        let labels = |buttons: Vec<(String, String)>| buttons.into_iter().map(|(label, _)| label).collect();
        Ok(Came {
            heard,
            buttons: self.person.buttons().map(labels),
            asked,
            outcome: self.outcome(step, &records),
            state: records.state,
        })
    }

    /// The outcome of what the user said first in this step.
    fn outcome(&mut self, step: &StepFile, records: &Records) -> Option<Outcome> {
        let covers = records.answers.iter().flat_map(|answer| &answer.covers);
        let new: Vec<_> = covers.filter(|(key, _)| self.settled.insert(key.clone())).collect();
        let text = |key: &MessageKey| {
            records.messages.iter().find(|message| message.key == *key).map(|message| message.text.as_str())
        };
        let said =
            |cover: &&&(MessageKey, Outcome)| step.says.is_some() && text(&cover.0) == step.says.as_deref();
        // By our clock: platforms that count whole seconds give two messages the same time.
        let taken_in = |key: &MessageKey| {
            records.messages.iter().find(|message| message.key == *key).map(|message| message.received_at)
        };
        let first = new.iter().find(said).or_else(|| new.iter().min_by_key(|(key, _)| taken_in(key)));
        first.map(|(_, outcome)| *outcome)
    }

    /// The buttons of the last answer, where the channel shows none: label, and what each says.
    async fn offered(&self) -> Result<Vec<(String, String)>, Failure> {
        let answers = self.records().await?.answers;
        let last = answers.into_iter().max_by_key(|answer| answer.written_at);
        let buttons = last.map(|answer| answer.buttons).unwrap_or_default();
        Ok(buttons.into_iter().map(|button| (button.label, button.says)).collect())
    }

    async fn records(&self) -> Result<Records, Failure> {
        let mut records = Records::default();
        // Nobody else writes meanwhile: what is new is this user's.
        let begun = self.stage.conversations().await?;
        let Some(conversation) = begun.difference(&self.others).next() else { return Ok(records) };
        for kind in self.stage.stored(conversation).await? {
            match kind {
                Kind::Message(_, message) => records.messages.push(*message?),
                Kind::Answer(_, answer) => records.answers.push(*answer?),
                Kind::State(state) => records.state = *state?,
                Kind::Mailbox(_) => {}
            }
        }
        Ok(records)
    }
}

/// A sound file that the scripted model hears these words in.
fn spoken(words: &str) -> Vec<u8> {
    let mut file = b"OggS\0\x02".to_vec();
    file.resize(28, 0);
    file.extend_from_slice(b"OpusHead says:");
    file.extend_from_slice(words.as_bytes());
    file
}
