//! The users, the platform and the owner: who does what, and when it is delivered.

use domain::{Address, Channel, ConversationKey, MessageHash, MessageKey, Millis};
use fastrand::Rng;
use gateway::Request;

use super::faults::Faults;
use super::{BOT, SECRET};

/// What somebody did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Deed {
    /// The user wrote a text.
    Text,
    /// The user changed a setting.
    Set,
    /// The user asks the bot for something that needs no model, in these words.
    Asks(&'static str),
    /// The user wants the schedules' messages: `tea` says a text, of `news` the model makes one.
    Subscribe(&'static str),
    /// The user wants them no more.
    Unsubscribe(&'static str),
    /// That schedule is due: EventBridge Scheduler rings.
    Due(&'static str),
    /// The user went back, or to the main menu.
    Leave,
    /// The user stopped everything.
    Cancel,
    /// The user changed the text of an earlier message.
    Edit(u64),
    /// The user took an earlier message back.
    Unsend(u64),
    /// The owner's person answers from now on.
    Hold,
    /// That person says something to the user.
    Says,
    /// The bot answers again.
    HandBack,
    /// Everything was erased.
    Erase,
}

impl Deed {
    /// Whether it chooses something, which no model is asked about.
    pub(super) fn is_choice(self) -> bool {
        matches!(self, Deed::Set | Deed::Leave | Deed::Asks(_) | Deed::Subscribe(_) | Deed::Unsubscribe(_))
    }

    /// Whether it is a message that must end in an outcome.
    pub fn has_outcome(self) -> bool {
        matches!(self, Deed::Text | Deed::Leave) || self.is_choice()
    }
}

/// Something done.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Said {
    /// Whose conversation: the chat id.
    pub user: u64,
    /// Which message of the platform; counted up in a chat.
    pub message_id: u64,
    /// When, in milliseconds since the start.
    pub at_ms: u64,
    /// What.
    pub deed: Deed,
    /// The text: it names its user and message, so that it is told from every other.
    pub text: String,
}

impl Said {
    /// A deed with the text that goes with it.
    pub fn new(user: u64, message_id: u64, at_ms: u64, deed: Deed) -> Said {
        let text = match deed {
            Deed::Text => format!("u{user}m{message_id}"),
            Deed::Set => format!("/set tone u{user}m{message_id}"),
            Deed::Asks(words) => words.to_owned(),
            Deed::Subscribe(name) => format!("/subscribe {name}"),
            Deed::Unsubscribe(name) => format!("/unsubscribe {name}"),
            Deed::Leave => if message_id.is_multiple_of(2) { "main menu" } else { "back" }.to_owned(),
            Deed::Cancel => "cancel".to_owned(),
            Deed::Edit(of) => format!("u{user}m{of}e{message_id}"),
            Deed::Says => format!("person u{user}m{message_id}"),
            Deed::Unsend(_) | Deed::Due(_) | Deed::Hold | Deed::HandBack | Deed::Erase => String::new(),
        };
        Said { user, message_id, at_ms, deed, text }
    }

    /// The platform's time of it: whole seconds.
    pub fn sent_at(&self) -> Millis {
        let at_ms = super::START.0 + i64::try_from(self.at_ms).unwrap_or(0);
        Millis(at_ms - at_ms.rem_euclid(1_000))
    }

    /// The occurrence that it is, as EventBridge Scheduler names its time.
    pub(super) fn due(&self) -> String {
        let seconds = self.sent_at().seconds() - super::START.seconds();
        format!("2026-11-20T{:02}:{:02}:{:02}Z", 9 + seconds / 3_600, seconds / 60 % 60, seconds % 60)
    }

    /// The conversation.
    pub(super) fn address(&self) -> Address {
        Address { channel: Channel::of("telegram"), chat: self.user.to_string(), thread: None }
    }

    /// As a message of the platform's: for an unsend, the one that is taken back.
    pub(super) fn message(&self, now: Millis) -> domain::Message {
        let of = if let Deed::Unsend(of) = self.deed { of } else { self.message_id };
        domain::Message {
            conversation: ConversationKey::of(BOT, &self.address()),
            key: MessageKey::new(self.sent_at(), MessageHash::counted(of)),
            address: self.address(),
            text: self.text.clone(),
            kind: domain::MessageKind::Text,
            media: Vec::new(),
            handles: domain::Handles::default(),
            language: None,
            received_at: now,
        }
    }

    /// The platform's webhook.
    pub(super) fn request(&self) -> Request {
        let (kind, message_id) = match self.deed {
            Deed::Edit(of) => ("edited_message", of),
            _ => ("message", self.message_id),
        };
        let at_s = self.sent_at().seconds();
        let body = serde_json::json!({
            "update_id": self.user * 100_000 + self.message_id,
            kind: {
                "message_id": message_id,
                "from": { "id": self.user, "is_bot": false, "first_name": "Ann" },
                "chat": { "id": self.user, "type": "private" },
                "date": at_s,
                "edit_date": at_s,
                "text": self.text,
            },
        });
        Request {
            method: "POST".into(),
            path: "/webhook/telegram".into(),
            query: String::new(),
            headers: vec![("x-telegram-bot-api-secret-token".into(), SECRET.into())],
            body: body.to_string().into_bytes(),
            id: self.message_id.to_string(),
            socket: None,
        }
    }
}

/// A delivery of it: when, in milliseconds since the start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// When.
    pub at_ms: u64,
    /// What.
    pub said: Said,
}

impl Delivery {
    /// Delivered once, a tenth of a second later.
    pub fn of(said: Said) -> Delivery {
        Delivery { at_ms: said.at_ms + 100, said }
    }
}

/// A plan for a few users: what they do, and every delivery of it, in order of time.
pub(super) fn plan(rng: &mut Rng, faults: &Faults) -> Vec<Delivery> {
    let users = rng.choice([1, 1, 1, 2, 3]).unwrap_or(1);
    let mut deliveries = Vec::new();
    for user in 1..=users {
        for said in a_life(rng, user) {
            deliveries.extend(delivered(rng, faults, &said));
        }
    }
    deliveries
}

/// What one user does: a few messages or many, close together or far apart, and now and then something else.
fn a_life(rng: &mut Rng, user: u64) -> Vec<Said> {
    let shapes = [(1..=6, 20_000), (1..=6, 200_000), (11..=14, 5_000), (18..=26, 900_000)];
    let (count, span) = rng.choice(shapes).unwrap_or((1..=3, 20_000));
    let (count, lively) = (rng.u64(count), rng.bool());
    let mut times: Vec<(u64, Deed)> = (0..count).map(|_| (rng.u64(0..span), Deed::Text)).collect();
    for _ in 0..rng.choice([0, 0, 1, 2]).unwrap_or(0) {
        times.push((rng.u64(0..span + 10_000), Deed::Cancel));
    }
    if lively {
        for _ in 0..rng.u64(1..=4) {
            let deeds = [Deed::Set, Deed::Set, Deed::Leave, Deed::Edit(0), Deed::Edit(0), Deed::Unsend(0)];
            let deed = rng.choice(deeds).unwrap_or(Deed::Set);
            // A text is changed soon after it was written, about when its turn begins.
            let written = rng.choice(times.iter().map(|(at_ms, _)| *at_ms).collect::<Vec<_>>());
            let changes = matches!(deed, Deed::Edit(_) | Deed::Unsend(_));
            let at_ms = written.filter(|_| changes).map(|written| written + rng.u64(1..2_500));
            times.push((at_ms.unwrap_or_else(|| rng.u64(0..span + 5_000)), deed));
        }
    }
    if rng.u32(0..10) == 0 {
        let held_at = rng.u64(0..span);
        let held_for = rng.u64(1_000..60_000);
        times.push((held_at, Deed::Hold));
        for _ in 0..rng.u64(0..3) {
            times.push((held_at + rng.u64(0..held_for + 5_000), Deed::Says));
        }
        times.push((held_at + held_for, Deed::HandBack));
    }
    if rng.u32(0..20) == 0 {
        times.push((rng.u64(0..span), Deed::Erase));
    }
    times.sort_unstable();
    let numbered = (1_u64..).zip(times);
    numbered
        .map(|(number, (at_ms, deed))| Said::new(user, number, at_ms, of_earlier(rng, deed, number)))
        .collect()
}

/// An edit or an unsend is of a message written before it.
fn of_earlier(rng: &mut Rng, deed: Deed, number: u64) -> Deed {
    match deed {
        Deed::Edit(_) if number > 1 => Deed::Edit(rng.u64(number.saturating_sub(2).max(1)..number)),
        Deed::Unsend(_) if number > 1 => Deed::Unsend(rng.u64(number.saturating_sub(2).max(1)..number)),
        Deed::Edit(_) | Deed::Unsend(_) => Deed::Text,
        other => other,
    }
}

/// At once and once; or late, and again after seconds, minutes, or the five minutes of SQS's memory.
fn delivered(rng: &mut Rng, faults: &Faults, said: &Said) -> Vec<Delivery> {
    if !faults.platform {
        return vec![Delivery::of(said.clone())];
    }
    let late = rng.choice([100, 100, 100, 100, 5_000, 70_000, 320_000, 900_000]).unwrap_or(100);
    let mut at_ms = said.at_ms + late;
    let mut all = Vec::new();
    for _ in 0..rng.choice([1, 1, 1, 2, 3]).unwrap_or(1) {
        all.push(Delivery { at_ms, said: said.clone() });
        at_ms += rng.choice([500, 30_000, 61_000, 310_000, 700_000, 3_000_000]).unwrap_or(500);
    }
    all
}
