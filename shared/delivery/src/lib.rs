//! Sending to a user, whatever the platform: render, send, understand, and repeat only what the platform did not take
//! or knows again.

mod attachment;

use bot::Bot;
use channels::{AtWork, Call, Credentials, Fate, Parcel, Repeat, Sent, Way, encoder};
use domain::http::{HttpRequest, HttpResponse};
use domain::turn::Button;
use domain::wording::Sentence;
use domain::{Address, Channel, Handles, Limits, Message, Metric, Millis};
use futures_util::future::join_all;
use io::world::{Http, World};

pub use attachment::Attachment;

/// Longest wait in place before a parcel is tried again, in milliseconds. A longer one is the caller's to arrange.
const WAIT_MS_MAX: u64 = 5_000;

/// Milliseconds until a platform that may not have read a webhook's answer yet is asked again.
const SETTLING_MS: u64 = 1_000;

/// How long calls beside what matters may take, in milliseconds: a sign that somebody is at work holds up the answer no
/// longer.
const ASIDE_MS_MAX: u64 = 1_000;

/// Milliseconds that are left at the end of an invocation, to record what became of the last call.
const COMMIT_MS: u64 = 500;

/// The way to the users.
#[derive(Clone, Copy)]
pub struct Delivery<'d> {
    /// Clock.
    pub world: &'d dyn World,
    /// HTTP.
    pub http: &'d dyn Http,
    /// Credentials and base URLs.
    pub credentials: &'d Credentials,
    /// How often, how long.
    pub limits: &'d Limits,
    /// When the invocation ends: no call is begun that may outlive it.
    pub until: Millis,
}

/// Who is spoken to, and what the platform gave along with the message that is answered.
#[derive(Debug, Clone, Copy)]
pub struct Recipient<'r> {
    /// Where.
    pub to: &'r Address,
    /// What the platform gave along.
    pub handles: &'r Handles,
    /// When that message was taken in, by our clock.
    pub heard_at: Millis,
    /// The user's language, BCP 47.
    pub language: Option<&'r str>,
}

impl<'r> From<&'r Message> for Recipient<'r> {
    fn from(message: &'r Message) -> Recipient<'r> {
        Recipient {
            to: &message.address,
            handles: &message.handles,
            heard_at: message.received_at,
            language: message.language.as_deref(),
        }
    }
}

/// What is said in one call.
#[derive(Debug, Clone, Copy)]
pub struct Letter<'l> {
    /// Markdown, each within the channel's limit, as many as one call takes.
    pub texts: &'l [String],
    /// Under the last of them.
    pub buttons: &'l [Button],
    /// Whether nothing of the answer was sent before it.
    pub is_first: bool,
    /// A UUID, the same whenever this letter is sent.
    pub key: &'l str,
}

/// Where a letter goes, and how.
struct Route {
    to: Address,
    way: Way,
}

impl Delivery<'_> {
    /// Sends a letter. Only what was provably not taken, or is known again, is tried again.
    pub async fn send(&self, recipient: Recipient<'_>, letter: Letter<'_>) -> Sent {
        let sent = self.try_in_time(recipient, letter).await;
        self.world.measure(Metric::SendFailures, u64::from(sent != Sent::Accepted));
        sent
    }

    async fn try_in_time(&self, recipient: Recipient<'_>, letter: Letter<'_>) -> Sent {
        let mut attempt = 1;
        let mut route = Route { to: recipient.to.clone(), way: Way::Usual };
        loop {
            let sent = self.try_all_ways(recipient, letter, &mut route).await;
            let Sent::NotTaken { retry_after_ms } = sent else { return sent };
            let wait_ms = retry_after_ms.unwrap_or(250 << attempt);
            let is_too_late = self.until.since(self.world.now() + COMMIT_MS) <= wait_ms;
            if attempt >= self.limits.send_attempts || wait_ms > WAIT_MS_MAX || is_too_late {
                return sent;
            }
            tracing::info!(channel = %recipient.to.channel, attempt, of = self.limits.send_attempts, "not taken, again");
            self.world.sleep(wait_ms).await;
            attempt += 1;
        }
    }

    /// Says a sentence of the system in the user's language.
    pub async fn say(
        &self,
        bot: &Bot,
        recipient: Recipient<'_>,
        (sentence, count): (Sentence, usize),
        key: &str,
    ) -> Sent {
        let texts = [bot.wording.say(sentence, recipient.language, count)];
        self.send(recipient, Letter { texts: &texts, buttons: &[], is_first: true, key }).await
    }

    /// The usual way, and what the platform's answer leads to: another way, another address. Once there, it stays there,
    /// for what was sent that way may have arrived.
    async fn try_all_ways(&self, recipient: Recipient<'_>, letter: Letter<'_>, route: &mut Route) -> Sent {
        // Each turn of this loop happens once at most.
        loop {
            match self.try_once(&route.to, recipient, letter, route.way).await {
                Sent::NotThisWay if route.way == Way::Usual => route.way = Way::Other,
                Sent::NotThisWay => return Sent::Refused(Fate::Invalid),
                Sent::Moved(chat) if route.to == *recipient.to && route.to.chat != chat => {
                    route.to.chat = chat;
                }
                Sent::Moved(_) => return Sent::Refused(Fate::Unreachable),
                sent => return sent,
            }
        }
    }

    /// One call, or two where the platform takes the same one only once.
    async fn try_once(&self, to: &Address, recipient: Recipient<'_>, letter: Letter<'_>, way: Way) -> Sent {
        let Some(encoder) = encoder(to.channel) else { return Sent::Refused(Fate::Invalid) };
        let Recipient { handles, heard_at, .. } = recipient;
        let Letter { texts, buttons, is_first, key } = letter;
        let parcel = Parcel { to, texts, buttons, handles, is_first, heard_at, now: self.world.now(), key };
        let Call { request, repeat } = match encoder.render(&parcel, way, self.credentials) {
            Ok(Some(call)) => call,
            Ok(None) => return Sent::Accepted,
            Err(refused) => return refused,
        };
        let Some(timed) = self.in_time(request.clone()) else {
            return Sent::NotTaken { retry_after_ms: None };
        };
        let sent = encoder.outcome(&self.http.send(timed).await);
        match (sent, repeat) {
            // Sent again under the same key, it cannot be shown twice.
            (Sent::Unknown, Repeat::Always) => Sent::NotTaken { retry_after_ms: None },
            (Sent::Unknown, Repeat::Once) => {
                let Some(again) = self.in_time(request) else { return Sent::Unknown };
                match encoder.outcome(&self.http.send(again).await) {
                    Sent::Accepted => Sent::Accepted,
                    // "Not this way" may now mean that the first one arrived.
                    _ => Sent::Unknown,
                }
            }
            (Sent::Refused(Fate::WindowClosed), _) if way == Way::Usual && handles.reply.is_some() => {
                match encoder.handle_settles_in_ms() {
                    Some(settles_in_ms) if parcel.now.since(heard_at) < settles_in_ms => {
                        Sent::NotTaken { retry_after_ms: Some(SETTLING_MS) }
                    }
                    Some(_) => Sent::NotThisWay,
                    None => Sent::Refused(Fate::WindowClosed),
                }
            }
            (sent, _) => sent,
        }
    }

    /// The same call, so that it ends before the invocation does; `None`: there is no time for one.
    fn in_time(&self, mut request: HttpRequest) -> Option<HttpRequest> {
        let left_ms = self.until.since(self.world.now() + COMMIT_MS);
        request.timeout_ms = request.timeout_ms.min(left_ms);
        (left_ms > 0).then_some(request)
    }

    /// Shows the user that somebody is at work. That it fails changes nothing.
    pub async fn show_work(&self, recipient: Recipient<'_>, is_first: bool) {
        let Some(encoder) = encoder(recipient.to.channel) else { return };
        let at_work = AtWork { to: recipient.to, handles: recipient.handles, is_first };
        self.call_aside(recipient.to.channel, encoder.signs(&at_work, self.credentials)).await;
    }

    /// Milliseconds after which the sign is to be shown again.
    pub fn sign_every_ms(&self, channel: Channel) -> Option<u64> {
        encoder(channel).and_then(channels::Encoder::sign_every_ms)
    }

    /// Closes what messages left open at the platform. That it fails changes nothing.
    pub async fn dismiss(&self, recipients: Vec<Recipient<'_>>) {
        let Some(channel) = recipients.first().map(|recipient| recipient.to.channel) else { return };
        let Some(encoder) = encoder(channel) else { return };
        let calls = recipients.iter().filter_map(|r| encoder.dismiss(r.handles, self.credentials));
        self.call_aside(channel, calls.collect()).await;
    }

    /// Calls beside what matters: all at once, and only for so long.
    async fn call_aside(&self, channel: Channel, calls: Vec<HttpRequest>) {
        let calls = calls.into_iter().filter_map(|call| {
            self.in_time(HttpRequest { timeout_ms: call.timeout_ms.min(ASIDE_MS_MAX), ..call })
        });
        for answer in join_all(calls.map(|call| self.http.send(call))).await {
            match answer {
                Ok(HttpResponse { status: 200..=299, .. }) => {}
                Ok(HttpResponse { status, .. }) => tracing::info!(%channel, status, "a sign was not taken"),
                Err(_) => tracing::info!(%channel, "a sign was not answered"),
            }
        }
    }
}

/// An answer in parts that the channel takes. Code that is cut is closed in one part and opened again in the next.
pub fn parts(channel: Channel, markdown: &str) -> Vec<String> {
    let Some(encoder) = encoder(channel) else { return vec![markdown.to_owned()] };
    let (max, unit) = encoder.text_max();
    let parts = domain::split::split(markdown, max, unit);
    if parts.len() < 2 || !markdown.contains(FENCE) {
        return parts;
    }
    let parts = domain::split::split(markdown, max.saturating_sub(2 * FENCE.len() + 2), unit);
    let mut is_open = false;
    parts.into_iter().map(|part| fenced(&part, &mut is_open)).collect()
}

const FENCE: &str = "```";

fn fenced(part: &str, is_open: &mut bool) -> String {
    let was_open = *is_open;
    *is_open ^= part.lines().filter(|line| line.trim_start().starts_with(FENCE)).count() % 2 == 1;
    let before = if was_open { "```\n" } else { "" };
    let after = if *is_open { "\n```" } else { "" };
    format!("{before}{part}{after}")
}

/// How many parts one call of the channel takes.
pub fn parts_per_call(channel: Channel) -> usize {
    encoder(channel).map_or(1, channels::Encoder::parts_per_call).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_that_is_cut_is_code_in_both_parts() {
        let code = "let a = 1;\n".repeat(600);
        let parts = parts(Channel::of("telegram"), &format!("Look:\n```rust\n{code}```\nDone."));
        assert!(parts.len() > 1);
        for part in &parts {
            assert_eq!(part.matches(FENCE).count() % 2, 0, "{part}");
            assert!(part.encode_utf16().count() <= 4_096);
        }
    }
}
