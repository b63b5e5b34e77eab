//! What the model does with a request, decided before it does it.
#![expect(missing_docs, reason = "the names of the fields and variants say it")]
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// One rule of the script. The first that matches holds; what it leaves out is as without rules.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(clippy::struct_excessive_bools, reason = "a rule is written by hand, as JSON")]
pub struct Rule {
    /// Text in the last user message; every message matches when absent.
    pub contains: Option<String>,
    /// Text in the system prompt; every request matches when absent.
    pub system: Option<String>,
    /// The model that the request names; any when absent.
    pub model: Option<String>,
    pub delay_ms: Option<u64>,
    /// Refuses with this HTTP status.
    pub status: Option<u16>,
    pub retry_after_s: Option<u32>,
    pub reply: Option<String>,
    /// How often the rule holds; for ever when absent.
    pub times: Option<u32>,
    /// Drops the connection after so many words; before any answer when it is not streamed.
    pub cut_after_words: Option<usize>,
    /// Never answers.
    pub hang: bool,
    /// Does nothing until it is let go.
    pub held: bool,
    /// Asks for these calls. Such a rule holds only until their results are there, unless it is one `in_turn`.
    pub calls: Vec<Call>,
    /// Holds for the next request, also for one that brings results: such rules are gone through one after the other.
    pub in_turn: bool,
    /// Why the answer ends, in the words of the API that is asked: `length`, `content_filter`, `max_tokens`.
    pub finish_reason: Option<String>,
    /// Counts no tokens, as many servers do not.
    pub uncounted: bool,
    /// Holds for requests for embeddings, and for those only; of the fields above these obey `contains`, `model`,
    /// `delay_ms`, `status`, `retry_after_s`, `times` and `hang`.
    pub embeddings: bool,
    /// Holds for sounds, and for those only, by what is said in them; obeyed as for embeddings, and `uncounted`.
    pub speech: bool,
}

/// A call that the model asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    pub name: String,
    pub arguments: serde_json::Value,
}

pub(super) struct Script {
    rules: Vec<Rule>,
    default_delay_ms: u64,
}

/// What will be done, after the delay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    /// Not before it is let go.
    pub(super) held: bool,
    pub(super) delay: Duration,
    pub(super) act: Act,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Act {
    Hang,
    Refuse { status: u16, retry_after_s: Option<u32> },
    Answer(Answer),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) reply: String,
    pub(super) calls: Vec<Call>,
    pub(super) cut_after_words: Option<usize>,
    /// `None`: the usual one.
    pub(super) finish_reason: Option<String>,
    pub(super) is_counted: bool,
}

/// What a request is about, as far as a rule looks at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Asked<'a> {
    /// The model that the request names.
    pub(super) model: &'a str,
    /// What the model is told first.
    pub(super) system: &'a str,
    /// The user's last words, the texts whose vectors are wanted, or what is said in a sound.
    pub(super) said: &'a str,
    pub(super) wants: Wants<'a>,
}

/// What a request wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wants<'a> {
    Answer,
    /// An answer to the results of calls.
    Conclusion(&'a str),
    Vectors,
    /// What is said in a sound.
    Words,
}

impl Script {
    pub(super) fn new(default_delay_ms: u64) -> Self {
        Self { rules: Vec::new(), default_delay_ms }
    }

    pub(super) fn set_rules(&mut self, rules: Vec<Rule>) {
        self.rules = rules;
    }

    pub(super) fn set_default_delay_ms(&mut self, delay_ms: u64) {
        self.default_delay_ms = delay_ms;
    }

    pub(super) fn default_delay_ms(&self) -> u64 {
        self.default_delay_ms
    }

    /// So many of the next requests get this status, before any other rule holds. Answers how many would have.
    pub(super) fn refuse_next(&mut self, status: u16, times: u32) -> u32 {
        let before =
            self.rules.iter().position(|rule| rule.refuses_next().is_some_and(|(is, _)| is == status));
        let before = before.map(|at| self.rules.remove(at)).and_then(|rule| rule.times);
        if times > 0 {
            let after = self.rules.iter().take_while(|rule| rule.refuses_next().is_some()).count();
            self.rules.insert(after, Rule { status: Some(status), times: Some(times), ..Rule::default() });
        }
        before.unwrap_or(0)
    }

    /// The rules with what is left of their times.
    pub(super) fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Decides, and uses up one time of the rule that matched.
    pub(super) fn plan(&mut self, asked: Asked<'_>) -> Plan {
        let matched = self.rules.iter_mut().find(|rule| rule.matches(asked));
        let rule = matched.map(Rule::used).unwrap_or_default();
        // Nothing listens, so that without a rule nothing takes time.
        let standard_ms = if asked.wants == Wants::Words { 0 } else { self.default_delay_ms };
        let delay = Duration::from_millis(rule.delay_ms.unwrap_or(standard_ms));
        let held = rule.held;
        let act = match rule {
            Rule { hang: true, .. } => Act::Hang,
            Rule { status: Some(status), retry_after_s, .. } => Act::Refuse { status, retry_after_s },
            rule => Act::Answer(rule.answer(asked)),
        };
        Plan { held, delay, act }
    }
}

impl Rule {
    /// The status that the next requests get, whatever they are, and how many of them; nothing if there is more to it.
    pub fn refuses_next(&self) -> Option<(u16, u32)> {
        let (status, times) = (self.status?, self.times?);
        let plain = Rule { status: self.status, times: self.times, ..Rule::default() };
        (*self == plain).then_some((status, times))
    }

    fn matches(&self, asked: Asked<'_>) -> bool {
        let fits = match asked.wants {
            Wants::Answer => !self.embeddings && !self.speech,
            Wants::Conclusion(_) => {
                !self.embeddings && !self.speech && (self.calls.is_empty() || self.in_turn)
            }
            Wants::Vectors => self.embeddings,
            Wants::Words => self.speech,
        };
        let has = |text: &Option<String>, place: &str| text.as_ref().is_none_or(|text| place.contains(text));
        let names = self.model.as_ref().is_none_or(|named| named == asked.model);
        fits && names
            && self.times != Some(0)
            && has(&self.contains, asked.said)
            && has(&self.system, asked.system)
    }

    fn answer(self, asked: Asked<'_>) -> Answer {
        let Rule { reply, calls, cut_after_words, finish_reason, uncounted, .. } = self;
        let standard = match asked.wants {
            Wants::Conclusion(results) if calls.is_empty() => {
                format!("[scripted model] The tools said: {results}")
            }
            Wants::Words => asked.said.to_owned(),
            _ if !calls.is_empty() => String::new(),
            _ => format!("[scripted model] You said: {}", asked.said),
        };
        Answer {
            reply: reply.unwrap_or(standard),
            calls,
            cut_after_words,
            finish_reason,
            is_counted: !uncounted,
        }
    }

    fn used(&mut self) -> Self {
        self.times = self.times.map(|times| times.saturating_sub(1));
        self.clone()
    }
}

impl<'a> Asked<'a> {
    pub(super) fn of(model: &'a str, system: &'a str, said: &'a str, results: Option<&'a str>) -> Asked<'a> {
        Asked { model, system, said, wants: results.map_or(Wants::Answer, Wants::Conclusion) }
    }
}
