//! How a message can end. Exactly one of these is recorded for every acknowledged message.

/// The end of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// The model's answer was sent.
    Answered,
    /// The user cancelled before an answer started to be sent.
    Cancelled,
    /// A newer message took its place (`latest`, `interrupt`).
    Superseded,
    /// No answer in time, or too old to be worth one.
    TimedOut,
    /// A crash during the model's work: the model is never called again for that turn.
    Lost,
    /// An internal error; the session is safe.
    Failed,
    /// Not taken in: too many waiting, over a quota, or stale.
    Refused,
    /// Unsent by its author.
    Withdrawn,
    /// A person answers.
    HandedOver,
    /// Pushed out by newer ones (`drop_oldest`).
    Dropped,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Outcome; 10] = [
        Outcome::Answered,
        Outcome::Cancelled,
        Outcome::Superseded,
        Outcome::TimedOut,
        Outcome::Lost,
        Outcome::Failed,
        Outcome::Refused,
        Outcome::Withdrawn,
        Outcome::HandedOver,
        Outcome::Dropped,
    ];

    /// The name in the table, in logs, metrics and responses.
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Answered => "answered",
            Outcome::Cancelled => "cancelled",
            Outcome::Superseded => "superseded",
            Outcome::TimedOut => "timed-out",
            Outcome::Lost => "lost",
            Outcome::Failed => "failed",
            Outcome::Refused => "refused",
            Outcome::Withdrawn => "withdrawn",
            Outcome::HandedOver => "handed-over",
            Outcome::Dropped => "dropped",
        }
    }

    /// The outcome of that name.
    pub fn named(name: &str) -> Option<Outcome> {
        Outcome::ALL.into_iter().find(|outcome| outcome.name() == name)
    }
}
