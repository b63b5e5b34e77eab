//! A letter as an RFC 5322 message. Everything in a header is encoded by the library: nobody's text can add one.

use lettre::message::{Mailbox, header};
use lettre::{Address, Message};

use crate::{Letter, MailError};

/// Longest address (RFC 5321, section 4.5.3.1.3: a path of 256 with its brackets).
const ADDRESS_BYTES_MAX: usize = 254;

/// Whether this is one address, and nothing besides: no name, no list, no line break. An address that no mail server of
/// the world reaches, as one without a dot in its domain, is none.
pub fn is_address(text: &str) -> bool {
    let is_plain = text.is_ascii() && !text.contains(['"', '[', ' ']) && text.len() <= ADDRESS_BYTES_MAX;
    is_plain && text.parse::<Address>().is_ok_and(|address| address.domain().contains('.'))
}

/// The letter as a message from this address.
pub(crate) fn message(from: &str, letter: &Letter) -> Result<Message, MailError> {
    let address = |text: &str| text.parse::<Address>().map_err(|_| not_sent("an address cannot be read"));
    let from = address(from)?;
    let id = format!("<{}@{}>", letter.id, from.domain());
    let message =
        Message::builder().from(Mailbox::new(None, from)).to(Mailbox::new(None, address(&letter.to)?));
    let message =
        message.subject(&letter.subject).message_id(Some(id)).header(header::ContentType::TEXT_PLAIN);
    message.body(letter.body.clone()).map_err(|_| not_sent("the letter cannot be made"))
}

pub(crate) fn not_sent(why: &str) -> MailError {
    MailError::NotSent(why.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_one_address() {
        for address in ["ann@example.org", "ann+bot@mail.example.co.uk", "a.b_c-d@xn--fiq228c.example"] {
            assert!(is_address(address), "{address}");
        }
        for text in [
            "",
            "ann",
            "ann@",
            "@example.org",
            "ann@localhost",
            "ann@example.org, ben@example.org",
            "Ann <ann@example.org>",
            "ann@example.org\r\nBcc: ben@example.org",
            "ann@example.org\nX: y",
            "\"ann\r\nBcc: x\"@example.org",
            "ann @example.org",
            "ann@[127.0.0.1]",
            "ann@example.org?bcc=ben@example.org",
            &format!("{}@example.org", "a".repeat(250)),
        ] {
            assert!(!is_address(text), "{text:?}");
        }
    }

    #[test]
    fn no_text_becomes_a_header() {
        let letter = Letter {
            to: "ann@example.org".into(),
            subject: "Your talk\r\nBcc: ben@example.org\r\n\r\nHello".into(),
            body: "Bcc: eve@example.org\n\nGrüße".into(),
            id: "1-2".into(),
        };
        let text = String::from_utf8(message("bot@example.org", &letter).unwrap().formatted()).unwrap();
        let (headers, _) = text.split_once("\r\n\r\n").unwrap();
        assert!(!headers.lines().any(|line| line.to_lowercase().starts_with("bcc:")), "{headers}");
        assert!(headers.contains("Message-ID: <1-2@example.org>"), "{headers}");
    }
}
