//! Events as Amazon's binary event streams have them:
//! <https://smithy.io/2.0/aws/amazon-eventstream.html>.
use bytes::{BufMut, Bytes, BytesMut};
use serde_json::Value;

/// The length of the prelude with its checksum, and of the checksum at the end.
const PRELUDE_BYTES: usize = 12;
const CHECKSUM_BYTES: usize = 4;

/// A header value that is a text.
const TEXT: u8 = 7;

pub(super) fn event(kind: &str, payload: &Value) -> Bytes {
    let payload = payload.to_string();
    let headers =
        headers(&[(":event-type", kind), (":content-type", "application/json"), (":message-type", "event")]);
    let length = PRELUDE_BYTES + headers.len() + payload.len() + CHECKSUM_BYTES;
    let mut frame = BytesMut::with_capacity(length);
    frame.put_u32(u32::try_from(length).unwrap_or(u32::MAX));
    frame.put_u32(u32::try_from(headers.len()).unwrap_or(u32::MAX));
    frame.put_u32(checksum(&frame));
    frame.put_slice(&headers);
    frame.put_slice(payload.as_bytes());
    frame.put_u32(checksum(&frame));
    frame.freeze()
}

fn headers(named: &[(&str, &str)]) -> BytesMut {
    let mut headers = BytesMut::new();
    for (name, value) in named {
        headers.put_u8(u8::try_from(name.len()).unwrap_or(u8::MAX));
        headers.put_slice(name.as_bytes());
        headers.put_u8(TEXT);
        headers.put_u16(u16::try_from(value.len()).unwrap_or(u16::MAX));
        headers.put_slice(value.as_bytes());
    }
    headers
}

/// CRC-32 as in gzip, <https://www.rfc-editor.org/rfc/rfc1952#section-8>.
fn checksum(bytes: &[u8]) -> u32 {
    let bit = |crc: u32, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
    !bytes.iter().fold(!0, |crc: u32, byte| (0..8).fold(crc ^ u32::from(*byte), bit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_one_everybody_knows() {
        assert_eq!(checksum(b"123456789"), 0xcbf4_3926);
    }
}
