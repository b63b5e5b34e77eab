//! What the model does with a request, decided before it does it.
#![expect(missing_docs, reason = "the names of the fields and variants say it")]
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// One rule of the script. The first that matches holds; what it leaves out is as without rules.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rule {
    /// Text in the last user message; every message matches when absent.
    pub contains: Option<String>,
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
}

pub(super) struct Script {
    rules: Vec<Rule>,
    default_delay_ms: u64,
}

/// What will be done, after the delay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) delay: Duration,
    pub(super) act: Act,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Act {
    Hang,
    Refuse { status: u16, retry_after_s: Option<u32> },
    Answer { reply: String, cut_after_words: Option<usize> },
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

    /// The rules with what is left of their times.
    pub(super) fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Decides, and uses up one time of the rule that matched.
    pub(super) fn plan(&mut self, said: &str) -> Plan {
        let matched = self.rules.iter_mut().find(|rule| rule.matches(said));
        let rule = matched.map(Rule::used).unwrap_or_default();
        let delay = Duration::from_millis(rule.delay_ms.unwrap_or(self.default_delay_ms));
        let act = match rule {
            Rule { hang: true, .. } => Act::Hang,
            Rule { status: Some(status), retry_after_s, .. } => Act::Refuse { status, retry_after_s },
            Rule { reply, cut_after_words, .. } => {
                let reply = reply.unwrap_or_else(|| format!("[scripted model] You said: {said}"));
                Act::Answer { reply, cut_after_words }
            }
        };
        Plan { delay, act }
    }
}

impl Rule {
    fn matches(&self, said: &str) -> bool {
        self.times != Some(0) && self.contains.as_ref().is_none_or(|text| said.contains(text.as_str()))
    }

    fn used(&mut self) -> Self {
        self.times = self.times.map(|times| times.saturating_sub(1));
        self.clone()
    }
}
