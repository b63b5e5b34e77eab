//! Any SMTP server (RFC 5321), over lettre. One connection a letter: what a frozen sandbox keeps open is dead when it thaws.

use std::time::Duration;

use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};

use crate::letter::{message, not_sent};
use crate::{Letter, MailError, Mailer, Pending};

/// An SMTP server.
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: String,
}

impl Smtp {
    /// The server of a URL: `smtps://USER:PASSWORD@HOST`, or `smtp://HOST:587?tls=required`. `from`: the bot's address.
    ///
    /// # Errors
    /// The URL cannot be read. The owner has to correct it; it is not repeated, for it holds the password.
    pub fn connect(url: &str, from: &str, timeout_ms: u64) -> Result<Smtp, MailError> {
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url);
        let transport = transport.map_err(|_| not_sent("SMTP_URL cannot be read"))?;
        let transport = transport.timeout(Some(Duration::from_millis(timeout_ms))).build();
        Ok(Smtp { transport, from: from.to_owned() })
    }

    async fn post(&self, letter: Letter) -> Result<(), MailError> {
        let message = message(&self.from, &letter)?;
        self.transport.send(message).await.map(drop).map_err(|error| what(&error))
    }
}

impl Mailer for Smtp {
    fn send(&self, letter: Letter) -> Pending<'_, Result<(), MailError>> {
        Box::pin(self.post(letter))
    }
}

/// A server that says no has not taken it (RFC 5321, section 4.2.1); one that says nothing may have.
fn what(error: &lettre::transport::smtp::Error) -> MailError {
    match error.status() {
        Some(code) => MailError::NotSent(format!("the server answers {code}")),
        None if error.is_client() || error.is_tls() => not_sent("no way to the server"),
        None => MailError::Unknown("the server does not answer".to_owned()),
    }
}
