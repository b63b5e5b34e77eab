//! Amazon SES, API version 2. It has no token against doubles, so nothing here is ever tried twice.

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, timeout::TimeoutConfig};
use aws_sdk_sesv2::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sesv2::operation::send_email::SendEmailError;
use aws_sdk_sesv2::primitives::Blob;
use aws_sdk_sesv2::types::{Destination, EmailContent, RawMessage};

use crate::letter::{message, not_sent};
use crate::{Letter, MailError, Mailer, Pending};

/// An account's SES.
pub struct Ses {
    client: aws_sdk_sesv2::Client,
    from: String,
}

impl Ses {
    /// The account of the environment. `from`: a verified identity.
    pub async fn connect(from: &str, timeout_ms: u64) -> Ses {
        let timeouts = TimeoutConfig::builder().operation_timeout(Duration::from_millis(timeout_ms)).build();
        let config = aws_config::defaults(BehaviorVersion::latest())
            .timeout_config(timeouts)
            .retry_config(RetryConfig::disabled())
            .load()
            .await;
        Ses::of(aws_sdk_sesv2::Client::new(&config), from)
    }

    /// The same with a client of one's own, which must not repeat a request.
    pub fn of(client: aws_sdk_sesv2::Client, from: &str) -> Ses {
        Ses { client, from: from.to_owned() }
    }

    async fn post(&self, letter: Letter) -> Result<(), MailError> {
        let raw = RawMessage::builder().data(Blob::new(message(&self.from, &letter)?.formatted())).build();
        let raw = raw.map_err(|_| not_sent("the letter cannot be made"))?;
        let send = self.client.send_email().from_email_address(&self.from);
        let send = send.destination(Destination::builder().to_addresses(letter.to).build());
        let sent = send.content(EmailContent::builder().raw(raw).build()).send().await;
        sent.map(drop).map_err(|error| what(&error))
    }
}

impl Mailer for Ses {
    fn send(&self, letter: Letter) -> Pending<'_, Result<(), MailError>> {
        Box::pin(self.post(letter))
    }
}

/// A refusal is certain; anything else is not.
fn what(error: &SdkError<SendEmailError>) -> MailError {
    let code = error.code().unwrap_or("no code").to_owned();
    match error {
        SdkError::ConstructionFailure(_) => not_sent("the request cannot be made"),
        SdkError::ServiceError(refusal) if refusal.raw().status().is_client_error() => {
            MailError::NotSent(code)
        }
        _ => MailError::Unknown(code),
    }
}
