//! The mailbox as an item. It carries no version attribute: an attribute this code does not know is left
//! alone by every update, and one it cannot read makes the item damaged.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::mailbox::{Cancel, Lease, Mailbox, Phase, Waiting};
use domain::{MessageHash, MessageKey, Millis, Token};

use super::MAILBOX;
use super::fields::Fields;
use crate::world::{Item, TableError};

/// Phase numbers as stored; 0 in a cancel: it met nobody.
pub(super) const NOBODY: u8 = 0;
pub(super) const WORKING: u8 = 1;
pub(super) const SENDING: u8 = 2;

/// The attributes of a waiting message: its sequence, and its times.
pub(super) fn waiting_names(hash: &MessageHash) -> (String, String) {
    (format!("s{hash}"), format!("m{hash}"))
}

/// The two times of a waiting message. The second as a distance, which is shorter.
pub(super) fn times(sent_at: Millis, admitted_at: Millis) -> AttributeValue {
    AttributeValue::L(vec![number(sent_at.0), number(admitted_at.0 - sent_at.0)])
}

/// An entry of the settled ring: 11 characters of hash, then the platform time in base 36.
pub(super) fn ring_entry(key: &MessageKey) -> AttributeValue {
    AttributeValue::S(format!("{}{}", key.hash, base36(key.sent_at.0)))
}

#[expect(clippy::needless_pass_by_value, reason = "numbers are copied")]
pub(super) fn number(value: impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

fn base36(value: i64) -> String {
    let mut rest = u64::try_from(value).unwrap_or(0);
    let mut digits = Vec::new();
    while rest > 0 || digits.is_empty() {
        digits.push(char::from_digit((rest % 36) as u32, 36).unwrap_or('0'));
        rest /= 36;
    }
    digits.iter().rev().collect()
}

/// Reads a mailbox.
///
/// # Errors
/// `Damaged` when an attribute is not of its form. The item is then not used.
pub fn read(item: &Item) -> Result<Mailbox, TableError> {
    read_fields(item).map_err(|what| TableError::Damaged { key: MAILBOX.to_owned(), what })
}

fn read_fields(item: &Item) -> Result<Mailbox, String> {
    let fields = Fields(item);
    let mut mailbox = Mailbox {
        last_sequence: fields.number("q")?.unwrap_or(0),
        mark: fields.number("k")?.map(Millis),
        no_window: fields.number("nw")?.unwrap_or(0),
        cancel: read_cancel(&fields)?,
        lease: read_lease(&fields)?,
        held_by: fields.text("hb")?,
        handed_up_to: fields.number("hq")?.unwrap_or(0),
        erased_until: fields.number("er")?.map(Millis),
        committed_by: fields.text("d")?.map(Token),
        turns: fields.number("u")?.unwrap_or(0),
        counted: fields.number("dd")?.zip(fields.number("dn")?),
        paced_until: fields.number("pu")?.map(Millis),
        busy_told_at: fields.number("bt")?.map(Millis),
        active_at: fields.number("ac")?.map(Millis),
        session_start: fields.number("ss")?.map(Millis),
        ..Mailbox::default()
    };
    for name in item.keys().filter(|name| name.len() == 12 && name.starts_with('s')) {
        let hash = name.get(1..).and_then(MessageHash::parse).ok_or_else(|| format!("attribute {name}"))?;
        let waiting = read_waiting(&fields, name, &hash)?;
        mailbox.waiting.insert(hash, waiting);
    }
    if let Some(ring) = item.get("r") {
        let entries = ring.as_l().map_err(|_| "r is not a list")?;
        mailbox.settled =
            entries.iter().map(read_ring_entry).collect::<Option<_>>().ok_or("an entry of r")?;
    }
    let counted: usize = fields.number("n")?.unwrap_or(0);
    if counted == mailbox.waiting.len() {
        Ok(mailbox)
    } else {
        Err(format!("n is {counted}, not what waits"))
    }
}

fn read_waiting(fields: &Fields<'_>, name: &str, hash: &MessageHash) -> Result<Waiting, String> {
    let (_, times_name) = waiting_names(hash);
    let pair = fields.0.get(&times_name).and_then(|value| value.as_l().ok()).map(Vec::as_slice);
    let Some([AttributeValue::N(sent_at), AttributeValue::N(distance)]) = pair else {
        return Err(format!("attribute {times_name}"));
    };
    let sent_at: i64 = sent_at.parse().map_err(|_| times_name.clone())?;
    let distance: i64 = distance.parse().map_err(|_| times_name.clone())?;
    let admitted_at = sent_at.checked_add(distance).ok_or(times_name)?;
    Ok(Waiting {
        sequence: fields.number(name)?.unwrap_or(0),
        sent_at: Millis(sent_at),
        admitted_at: Millis(admitted_at),
    })
}

fn read_ring_entry(value: &AttributeValue) -> Option<MessageKey> {
    let (hash, time) = value.as_s().ok()?.split_at_checked(11)?;
    Some(MessageKey::new(Millis(i64::from_str_radix(time, 36).ok()?), MessageHash::parse(hash)?))
}

fn read_lease(fields: &Fields<'_>) -> Result<Option<Lease>, String> {
    let Some(token) = fields.text("lt")? else { return Ok(None) };
    Ok(Some(Lease {
        token: Token(token),
        ends_at: Millis(fields.number("le")?.ok_or("a lease without end")?),
        first_sequence: fields.number("ls")?.ok_or("a lease without sequence")?,
        phase: if fields.number("lp")? == Some(SENDING) { Phase::Sending } else { Phase::Working },
    }))
}

fn read_cancel(fields: &Fields<'_>) -> Result<Option<Cancel>, String> {
    let Some(event) = fields.text("ci")? else { return Ok(None) };
    Ok(Some(Cancel {
        up_to: fields.number("cq")?.ok_or("a cancel without sequence")?,
        sent_at: Millis(fields.number("cm")?.ok_or("a cancel without time")?),
        event: MessageHash::parse(&event).ok_or("a cancel's event")?,
        met_waiting: fields.number("cn")?.unwrap_or(0),
        met: match fields.number("cp")?.unwrap_or(NOBODY) {
            SENDING => Some(Phase::Sending),
            WORKING => Some(Phase::Working),
            _ => None,
        },
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_entry_reads_back() {
        let key = MessageKey::new(Millis(1_795_165_200_123), MessageHash::counted(2041));
        assert_eq!(ring_entry(&key).as_s().map(String::len), Ok(19));
        assert_eq!(read_ring_entry(&ring_entry(&key)), Some(key));
    }

    #[test]
    fn a_damaged_mailbox_is_not_used() {
        let item = |name: &str, value| Item::from([(name.to_owned(), value)]);
        for damaged in [item("q", AttributeValue::S("x".into())), item("n", number(1)), item("lt", number(1))]
        {
            assert!(matches!(read(&damaged), Err(TableError::Damaged { .. })), "{damaged:?}");
        }
        assert_eq!(read(&item("tomorrow", number(1))).ok(), Some(Mailbox::default()));
    }
}
