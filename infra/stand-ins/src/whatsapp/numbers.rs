//! Who is who: phone numbers, business-scoped user ids, message ids.
use crate::chat::{Ids, World};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// A derived id is this long; a chat that is named by an id has a longer one.
const DERIVED_LEN: usize = 20;

/// A phone number, or a business-scoped id: country, dot, letters and digits.
pub(super) fn is_person(chat: &str) -> bool {
    chat.bytes().all(|byte| byte.is_ascii_digit()) || is_scoped(chat)
}

fn is_scoped(chat: &str) -> bool {
    chat.as_bytes().get(2) == Some(&b'.')
}

/// Absent for users with a username, who are known by their id alone.
pub(super) fn phone(user: &str) -> Option<&str> {
    (!is_scoped(user)).then_some(user)
}

/// The user's id for this business.
pub(super) fn scoped(user: &str) -> String {
    if is_scoped(user) { user.to_owned() } else { format!("FI.1{user:0>16}") }
}

/// The chat that the bot means by `to` or `recipient`.
pub(super) fn chat(world: &World, recipient: &str) -> String {
    let recipient = recipient.trim_start_matches('+');
    if world.chats.get(recipient).is_some() {
        return recipient.to_owned();
    }
    let phone = recipient.strip_prefix("FI.1").filter(|_| recipient.len() == DERIVED_LEN);
    phone.map_or(recipient, |phone| phone.trim_start_matches('0')).to_owned()
}

/// Base64 of 39 letters and digits: neither slashes nor padding come out.
pub(super) fn wamid(ids: &mut Ids, chat: &str) -> String {
    let mut inside: String = chat.chars().filter(char::is_ascii_alphanumeric).take(15).collect();
    inside.push_str(&ids.hex(39 - inside.len()));
    format!("wamid.{}", STANDARD.encode(inside))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_derived_id_has_the_length_that_tells_it() {
        assert_eq!(scoped("358401234567"), "FI.10000358401234567");
        assert_eq!(scoped("358401234567").len(), DERIVED_LEN);
        assert_eq!(phone("358401234567"), Some("358401234567"));
        assert_eq!(phone("FI.13491208655302741918"), None);
        assert!(!is_person("group:1"));
    }
}
