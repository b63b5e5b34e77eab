//! E-mail: to an SMTP server, or to Amazon SES.

mod letter;
mod ses;
mod smtp;

use std::future::Future;
use std::pin::Pin;

pub use letter::is_address;
pub use ses::Ses;
pub use smtp::Smtp;

/// A boxed future: the post is used through `dyn`.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Sends a letter. Never repeats one.
pub trait Mailer: Send + Sync {
    /// Whether there is a post at all: without one nobody is promised a mail.
    fn is_set_up(&self) -> bool {
        true
    }
    /// Hands a letter to the post, once.
    fn send(&self, letter: Letter) -> Pending<'_, Result<(), MailError>>;
}

/// A letter in plain text. All of it is private.
#[derive(Clone, PartialEq, Eq)]
pub struct Letter {
    /// One address.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// Its words.
    pub body: String,
    /// Names it for good, of letters, digits, `.` and `-`: a server may know it again by that.
    pub id: String,
}

/// Why a letter did not go. Neither says what it says: libraries' errors can hold it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// It was not taken. Say so; the user asks again.
    #[error("not sent: {0}")]
    NotSent(String),
    /// Nobody knows. It is not sent again.
    #[error("may not have been sent: {0}")]
    Unknown(String),
}

/// A deployment without e-mail.
#[derive(Debug, Clone, Copy)]
pub struct NoMailer;

impl Mailer for NoMailer {
    fn is_set_up(&self) -> bool {
        false
    }

    fn send(&self, _: Letter) -> Pending<'_, Result<(), MailError>> {
        Box::pin(std::future::ready(Err(MailError::NotSent("none is configured".to_owned()))))
    }
}
