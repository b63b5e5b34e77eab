//! The MD5 digests that SDKs check. Message attributes: developer guide, "Calculating the MD5 message digest
//! for message attributes".
use crate::sqs::rules::{AttributeValue, Value};
use md5::{Digest, Md5};
use std::collections::BTreeMap;
use std::fmt::Write;

const TEXT: u8 = 1;
const BINARY: u8 = 2;

pub(super) fn of_body(body: &str) -> String {
    hex(&Md5::digest(body))
}

/// `None` without attributes: AWS leaves the field out then.
pub(super) fn of_attributes(attributes: &BTreeMap<String, AttributeValue>) -> Option<String> {
    if attributes.is_empty() {
        return None;
    }
    let mut digest = Md5::new();
    for (name, attribute) in attributes {
        field(&mut digest, name.as_bytes());
        field(&mut digest, attribute.data_type.as_bytes());
        let (transport, bytes) = match &attribute.value {
            Value::Text(text) => (TEXT, text.as_bytes()),
            Value::Binary(bytes) => (BINARY, bytes.as_slice()),
        };
        digest.update([transport]);
        field(&mut digest, bytes);
    }
    Some(hex(&digest.finalize()))
}

fn field(digest: &mut Md5, bytes: &[u8]) {
    digest.update(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
    digest.update(bytes);
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
