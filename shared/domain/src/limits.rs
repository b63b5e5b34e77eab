//! Every limit and timing, each with its default, its bounds and its reason. All can be set: in `bot.toml`
//! under `[limits]`, and for a whole environment by `TURNWISE_SET` (`name=value,name=value`).

use std::fmt;
use std::ops::RangeInclusive;

macro_rules! limits {
    ($($(#[doc = $doc:literal])+ $name:ident = $default:literal in $bounds:expr;)+) => {
        /// The limits of one bot.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct Limits {
            $($(#[doc = $doc])+ pub $name: u64,)+
        }

        impl Default for Limits {
            fn default() -> Limits {
                Limits { $($name: $default,)+ }
            }
        }

        impl Limits {
            /// The names of all limits, in the order of the documentation.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($name)),+];

            /// All limits as a schema describes them, in the order of the documentation.
            pub fn described() -> Vec<Described> {
                vec![$(Described {
                    name: stringify!($name),
                    about: concat!($($doc),+).trim(),
                    standard: $default,
                    bounds: $bounds,
                }),+]
            }

            /// Sets the limit of that name.
            ///
            /// # Errors
            /// An unknown name or a value out of bounds. Nothing is changed; the owner has to correct it.
            pub fn set(&mut self, name: &str, value: u64) -> Result<(), LimitError> {
                let (place, bounds) = match name {
                    $(stringify!($name) => (&mut self.$name, $bounds),)+
                    _ => return Err(LimitError::Unknown { name: name.to_owned(), nearest: nearest(name, Self::NAMES) }),
                };
                if !bounds.contains(&value) {
                    let (low, high) = bounds.into_inner();
                    return Err(LimitError::OutOfBounds { name: name.to_owned(), value, low, high });
                }
                *place = value;
                Ok(())
            }
        }
    };
}

limits! {
    /// Messages of one user that may wait, the running turn included. SQS looks at the first 120,000 messages
    /// for free groups, so this cap is also what keeps the queue fair. The mailbox item is sized for 10.
    waiting_max = 10 in 1..=10;
    /// Messages that one user may send in a minute, all at once or evenly. 0: any number.
    user_messages_per_minute = 0 in 0..=6_000;
    /// Messages that one user may send in a day, which begins at 00:00 UTC. 0: any number.
    user_messages_per_day = 0 in 0..=1_000_000;
    /// Tokens, read and written, that one user's turns may take in a day (UTC). 0: any number. The most that a request can
    /// take is set aside before it is sent.
    user_tokens_per_day = 0 in 0..=1_000_000_000;
    /// What they may cost, in cents of the owner's currency. 0: any amount. It needs the two prices below.
    user_cents_per_day = 0 in 0..=10_000_000;
    /// Requests to a model that the bot may send in a day (UTC), those for speech and vectors among them. 0: any number.
    bot_requests_per_day = 0 in 0..=1_000_000_000;
    /// Tokens that all its turns may take in a day. 0: any number.
    bot_tokens_per_day = 0 in 0..=1_000_000_000_000;
    /// What they may cost, in cents. 0: any amount.
    bot_cents_per_day = 0 in 0..=1_000_000_000;
    /// Cents that a million tokens read cost, by the dearest model that the bot names.
    input_cents_per_million = 0 in 0..=1_000_000;
    /// Cents that a million tokens written cost.
    output_cents_per_million = 0 in 0..=1_000_000;
    /// Most tokens of one answer, a model's thinking included where it thinks. Sent along with each request.
    answer_tokens_max = 4_096 in 16..=1_000_000;
    /// Milliseconds an answer may take before the user is told that it takes too long.
    answer_timeout_ms = 30_000 in 100..=840_000;
    /// Milliseconds kept free before the invocation's deadline, to tell the user and commit.
    deadline_reserve_ms = 8_000 in 50..=60_000;
    /// Milliseconds by which the clocks of two sandboxes may differ. A turn that is being sent is taken over only so
    /// much later, for a holder that still lives would show its parts as well; before the gate nothing can be shown twice.
    clock_skew_ms = 60_000 in 0..=300_000;
    /// Milliseconds a lease outlives its holder's deadline, by which Lambda has killed it.
    lease_margin_ms = 2_000 in 100..=60_000;
    /// Milliseconds between two looks at the mailbox while the model works: how late a cancel is noticed.
    poll_ms = 500 in 20..=5_000;
    /// Age in milliseconds at which a message is no longer worth a model call.
    stale_after_ms = 300_000 in 1_000..=86_400_000;
    /// Idle milliseconds after which a session ends: its context is gone, settings stay.
    session_idle_ms = 1_800_000 in 500..=31_536_000_000;
    /// Seconds after which a waiting user is told that it still works, and the doorbell is looked after.
    watch_after_s = 30 in 1..=900;
    /// Milliseconds of silence after which a burst counts as complete. 0: no quiet window.
    debounce_ms = 400 in 0..=10_000;
    /// Milliseconds a quiet window lasts at the longest.
    max_wait_ms = 4_000 in 0..=20_000;
    /// Times a model request is sent, when the ones before provably were not processed.
    model_attempts = 3 in 1..=10;
    /// Milliseconds before the second attempt; doubled each time, with jitter, Retry-After as the floor.
    model_backoff_ms = 500 in 1..=30_000;
    /// 1: a model request that may have been processed (a broken stream, a 5xx) is sent again as well. It may be billed
    /// twice.
    model_retry_unsure = 0 in 0..=1;
    /// Failures of a model in a row after which nobody asks it for a while.
    circuit_failures_max = 5 in 1..=1_000;
    /// Milliseconds within which failures count as in a row.
    circuit_window_ms = 60_000 in 1_000..=3_600_000;
    /// Milliseconds for which nobody asks such a model; doubled with each opening in a row, up to 16 times.
    circuit_open_ms = 15_000 in 100..=600_000;
    /// Milliseconds for which a process goes by what it has read of a model's health.
    circuit_look_ms = 2_000 in 0..=60_000;
    /// Milliseconds for which the answer to a question that stands alone is kept for whoever asks it next, when the bot
    /// keeps answers.
    cache_answer_ms = 300_000 in 1_000..=86_400_000;
    /// Answers that a process keeps in memory; the least recently used one goes first.
    cache_entries_max = 10_000 in 1..=1_000_000;
    /// Longest question whose answer is kept, in Unicode scalar values: longer ones are rarely asked twice.
    cache_question_chars_max = 200 in 1..=8_000;
    /// Connections to one platform or model that a process keeps open between its requests.
    connections_idle_max = 4 in 0..=100;
    /// Milliseconds that opening a connection to a platform or a model may take.
    connect_timeout_ms = 2_000 in 100..=10_000;
    /// Milliseconds to wait for a platform to take a part.
    send_timeout_ms = 5_000 in 100..=30_000;
    /// Times a part is sent, when the platform said that it did not take it.
    send_attempts = 3 in 1..=10;
    /// Most bytes of attachments that are fetched for one turn; what goes beyond is left out. They are held in memory, a
    /// picture about five times: see the function's `MemorySize`.
    media_bytes_max = 10_000_000 in 1_000..=20_000_000;
    /// Milliseconds to wait for each answer while an attachment is fetched.
    media_timeout_ms = 10_000 in 100..=60_000;
    /// Milliseconds that writing down one voice message may take. The answer's own time begins after it.
    transcribe_timeout_ms = 20_000 in 100..=300_000;
    /// Stored lines (messages and answers) that one read brings back as history.
    history_items_max = 60 in 22..=500;
    /// Notes of one conversation that are searched, the newest first. They are read whole, each up to 4 KB.
    notes_max = 200 in 1..=1_000;
    /// Longest note, in Unicode scalar values; a longer statement is cut.
    note_chars_max = 1_000 in 50..=4_000;
    /// Days a note is kept. It is the user's own, so longer than what was only said.
    note_days = 365 in 1..=3_650;
    /// Milliseconds that looking something up, or sorting a message by the model, may take. Then the answer is made without.
    lookup_timeout_ms = 5_000 in 100..=30_000;
    /// Times that a model may call tools before it has to answer.
    tool_rounds_max = 5 in 1..=20;
    /// Milliseconds that a tool's call of a server may take, where the tool says nothing else.
    tool_timeout_ms = 5_000 in 100..=30_000;
    /// Bytes of a server's answer to a tool's call that the model is shown.
    tool_answer_bytes_max = 16_000 in 100..=200_000;
    /// Days a message and its answer are kept. At least 8: the longest platform redelivery is 7 (WhatsApp).
    transcript_days = 30 in 8..=3_650;
    /// Longest inbound text, in Unicode scalar values; a longer one is cut.
    text_chars_max = 8_000 in 1..=20_000;
    /// Reminders of one user that may stand: each is a part of the state, which every change writes.
    reminders_max = 20 in 0..=50;
    /// Days ahead that a reminder may be.
    reminder_days_max = 366 in 1..=3_650;
    /// Longest text of a reminder, in Unicode scalar values.
    reminder_chars_max = 500 in 1..=2_000;
    /// Mails that one user may have sent in a day of UTC: to whom is the user's choice, so this is what keeps the bot from
    /// being somebody's nuisance.
    mails_per_day_max = 5 in 0..=100;
    /// Milliseconds to wait for a mail server to take a mail. Part of `deadline_reserve_ms`.
    mail_timeout_ms = 5_000 in 100..=30_000;
    /// Subscribers of a schedule whose message is made in one invocation, about a second apart: how fast a digest goes
    /// out, and so how many turns it puts before everybody else's.
    schedule_page = 25 in 1..=100;
    /// Age in milliseconds at which an occurrence of a schedule is no longer worth a message: clocks deliver late after a
    /// fault, and a digest to many waits for its turns.
    schedule_stale_after_ms = 3_600_000 in 1_000..=86_400_000;
    /// Seconds after which a process reads its secrets again, at the start of an invocation: so long a replaced one is still
    /// used where nothing looks wrong. 0: for each invocation.
    secrets_refresh_s = 300 in 0..=86_400;
    /// Seconds that have to lie between two readings when a proof is refused: a secret may have been replaced, and who
    /// forges one must not cause more requests than this.
    secrets_retry_s = 10 in 0..=3_600;
    /// Milliseconds `POST /api/chat` waits for the answer. API Gateway's limit for a whole request is 30 s.
    chat_wait_ms = 25_000 in 0..=28_000;
    /// Milliseconds between two looks of the web API at the mailbox.
    chat_poll_ms = 200 in 10..=5_000;
}

/// A limit, for people and for schemas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub about: &'static str,
    /// What it is when nothing is said.
    pub standard: u64,
    /// What it may be.
    pub bounds: RangeInclusive<u64>,
}

/// Why a limit was not set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LimitError {
    /// There is no limit of that name.
    Unknown {
        /// What was asked for.
        name: String,
        /// The most similar name there is.
        nearest: Option<&'static str>,
    },
    /// The value is not allowed.
    OutOfBounds {
        /// Which limit.
        name: String,
        /// What was asked for.
        value: u64,
        /// Lowest allowed.
        low: u64,
        /// Highest allowed.
        high: u64,
    },
}

impl fmt::Display for LimitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LimitError::Unknown { name, nearest: Some(nearest) } => {
                write!(f, "unknown limit `{name}`; did you mean `{nearest}`?")
            }
            LimitError::Unknown { name, nearest: None } => {
                write!(f, "unknown limit `{name}`; the limits are: {}", Limits::NAMES.join(", "))
            }
            LimitError::OutOfBounds { name, value, low, high } => {
                write!(f, "limit `{name}` is {value}; it must be from {low} to {high}")
            }
        }
    }
}

impl std::error::Error for LimitError {}

/// The candidate nearest to `word`, when it is near enough to be a slip of the keyboard.
pub fn nearest<'c>(word: &str, candidates: &[&'c str]) -> Option<&'c str> {
    let scored = candidates.iter().map(|candidate| (distance(word, candidate), *candidate));
    scored
        .min()
        .filter(|(distance, _)| *distance <= 1 + word.chars().count() / 3)
        .map(|(_, candidate)| candidate)
}

/// Levenshtein distance: how many characters have to change.
pub fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut next = vec![i + 1];
        for ((to, left_above), above) in b.iter().zip(&row).zip(row.iter().skip(1)) {
            let left = next.last().copied().unwrap_or(0);
            next.push((left_above + usize::from(from != *to)).min(above + 1).min(left + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_answered_with_the_nearest_name() {
        let error = Limits::default().set("answer_timout_ms", 1_000).unwrap_err();
        assert_eq!(error.to_string(), "unknown limit `answer_timout_ms`; did you mean `answer_timeout_ms`?");
    }

    #[test]
    fn out_of_bounds_changes_nothing() {
        let mut limits = Limits::default();
        let error = limits.set("waiting_max", 11).unwrap_err();
        assert_eq!(error.to_string(), "limit `waiting_max` is 11; it must be from 1 to 10");
        assert_eq!(limits, Limits::default());
        limits.set("waiting_max", 3).unwrap();
        assert_eq!(limits.waiting_max, 3);
    }
}
