//! Whether what the bot needs from its owner is there. No value is ever shown.

use std::collections::BTreeMap;

use bot::Bot;
use channels::{Credentials, Use};
use domain::Channel;
use startup::SECRET_CHARS_MIN;

use super::finding::Finding;

/// How long a platform may take, in milliseconds.
const TIMEOUT_MS: u64 = 10_000;

/// Values by the names of their variables. Has no `Debug`.
#[derive(Clone)]
pub struct Secrets {
    values: BTreeMap<String, String>,
    /// What they lack, this machine's environment may have.
    is_here: bool,
}

impl Secrets {
    /// These, and for what they lack this machine's environment.
    pub fn here(values: BTreeMap<String, String>) -> Secrets {
        Secrets { values, is_here: true }
    }

    /// These of a deployment: what they lack it does not have, whatever this machine has.
    pub fn there(values: BTreeMap<String, String>) -> Secrets {
        Secrets { values, is_here: false }
    }

    /// The value of a variable; an empty one counts as missing.
    pub fn value(&self, name: &str) -> Option<String> {
        let own = self.values.get(name).filter(|value| !value.is_empty()).cloned();
        own.or_else(|| io::config::optional(name).filter(|_| self.is_here))
    }

    fn all(&self, name: &str) -> Vec<String> {
        io::config::values(&self.value(name).unwrap_or_default())
    }

    /// For calls to the platforms.
    pub fn credentials(&self) -> Credentials {
        Credentials::read(|_| true, |name| self.all(name), TIMEOUT_MS)
    }

    /// The channels that have something, and the one that the bot is made for.
    pub fn channels(&self, bot: &Bot) -> Vec<Channel> {
        let has = |channel: &Channel| {
            let mut needed =
                channels::variables().filter(|(of, variable)| of == channel && is_needed(variable.is));
            needed.any(|(_, variable)| self.value(variable.name).is_some())
        };
        let is_its_own = |channel: &Channel| bot.channel.as_deref() == Some(channel.name());
        channels::CHANNELS.iter().copied().filter(|channel| has(channel) || is_its_own(channel)).collect()
    }
}

fn is_needed(is: Use) -> bool {
    !matches!(is, Use::Base(_))
}

/// One finding for each channel, one for the model. `place`: where they are to be written.
pub fn examine(bot: &Bot, secrets: &Secrets, place: &str) -> Vec<Finding> {
    let channels = secrets.channels(bot);
    let mut findings: Vec<_> = channels.iter().map(|channel| of_channel(*channel, secrets, place)).collect();
    if channels.is_empty() {
        let remedy = format!("write those of a channel {place}; docs/channels.md names them");
        findings.push(Finding::wrong("secrets", "no channel has any: every webhook is refused", remedy));
    }
    findings.push(of_model(bot, secrets, place));
    findings
}

fn of_channel(channel: Channel, secrets: &Secrets, place: &str) -> Finding {
    let needed = channels::variables().filter(|(of, variable)| *of == channel && is_needed(variable.is));
    let missing: Vec<_> =
        needed.map(|(_, variable)| variable.name).filter(|name| secrets.value(name).is_none()).collect();
    if !missing.is_empty() {
        let says = format!("{channel} lacks {}", missing.join(", "));
        return Finding::wrong(
            "secrets",
            says,
            format!("write it {place}; docs/channels.md says where it is found"),
        );
    }
    let is_short = |secret: &String| secret.chars().count() < SECRET_CHARS_MIN;
    if channel == Channel::WEB && secrets.all(channels::web::SECRET).iter().any(is_short) {
        let says =
            format!("a value of {} has fewer than {SECRET_CHARS_MIN} characters", channels::web::SECRET);
        return Finding::wrong(
            "secrets",
            says,
            "take one from `openssl rand -hex 32`: api does not start with it",
        );
    }
    Finding::ok("secrets", format!("{channel} has all it needs"))
}

/// The provider that a model's name begins with.
pub fn provider(model: &str) -> String {
    model.split_once("::").map_or("openai", |(provider, _)| provider).to_uppercase()
}

/// The bot's model, unless the environment replaces it.
pub fn model_of(bot: &Bot, secrets: &Secrets) -> String {
    secrets.value("MODEL").unwrap_or_else(|| bot.model.clone())
}

fn of_model(bot: &Bot, secrets: &Secrets, place: &str) -> Finding {
    let model = model_of(bot, secrets);
    let provider = provider(&model);
    let names = [format!("{provider}_API_KEY"), format!("{provider}_BASE_URL")];
    if provider == "BEDROCK" {
        return Finding::ok("secrets", format!("{model} is asked by the stack's role: no key"));
    }
    if names.iter().any(|name| secrets.value(name).is_some()) {
        return Finding::ok("secrets", format!("there is a key or a place for {model}"));
    }
    let remedy = format!("write {} {place}", names.join(" or "));
    Finding::wrong("secrets", format!("nothing opens {model}: every answer fails"), remedy)
}
