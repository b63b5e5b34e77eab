//! Sending one part to a user, whatever the platform: render, send, understand, and repeat only what the
//! platform said it did not take.

use bot::Bot;
use channels::{Part, Senders, Sent, codec};
use domain::wording::Sentence;
use domain::{Address, Channel, Limits};
use io::world::{Http, World};

/// Longest wait in place before a part is tried again, in milliseconds. A longer one is the caller's to arrange.
const WAIT_MS_MAX: u64 = 5_000;

/// The way to the users.
#[derive(Clone, Copy)]
pub struct Delivery<'d> {
    /// Clock.
    pub world: &'d dyn World,
    /// HTTP.
    pub http: &'d dyn Http,
    /// Credentials and base URLs.
    pub senders: &'d Senders,
    /// How often, how long.
    pub limits: &'d Limits,
}

impl Delivery<'_> {
    /// Sends one part. Only what was provably not taken is tried again.
    pub async fn send(&self, to: &Address, text: &str) -> Sent {
        let mut attempt = 1;
        loop {
            let sent = self.try_once(to, text).await;
            let Sent::NotTaken { retry_after_ms } = sent else { return sent };
            let wait_ms = retry_after_ms.unwrap_or(250 << attempt);
            if attempt >= self.limits.send_attempts || wait_ms > WAIT_MS_MAX {
                return sent;
            }
            tracing::info!(channel = %to.channel, attempt, of = self.limits.send_attempts, "part not taken, again");
            self.world.sleep(wait_ms).await;
            attempt += 1;
        }
    }

    /// Says a sentence of the system in the user's language.
    pub async fn say(
        &self,
        bot: &Bot,
        to: &Address,
        language: Option<&str>,
        said: (Sentence, usize),
    ) -> Sent {
        let (sentence, count) = said;
        self.send(to, &bot.wording.say(sentence, language, count)).await
    }

    async fn try_once(&self, to: &Address, text: &str) -> Sent {
        let codec = codec(to.channel);
        match codec.render(Part { to, text }, self.senders) {
            Ok(Some(request)) => codec.outcome(&self.http.send(request).await),
            Ok(None) => Sent::Accepted,
            Err(refused) => refused,
        }
    }
}

/// An answer in parts that the channel takes.
pub fn parts(channel: Channel, text: &str) -> Vec<String> {
    let (max, unit) = codec(channel).text_max();
    domain::split::split(text, max, unit)
}
