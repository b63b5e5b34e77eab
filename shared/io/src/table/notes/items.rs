//! Notes as items.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::{ConversationKey, MessageKey, Note, NoteDirection};
use serde::{Deserialize, Serialize};

use crate::table::items::{damaged, read, write};
use crate::world::{Item, TableError};

/// The sort key of a note: "fact". It sorts before the messages, so that the one backward query of a turn comes to notes
/// last of all.
fn note_sk(of: &MessageKey) -> String {
    format!("F#{of}")
}

/// Above every note, and below everything else.
pub(crate) const NOTES_END: &str = "F#~";

/// Whether this is the sort key of a note.
pub(crate) fn is_note(sk: &str) -> bool {
    sk.starts_with("F#")
}

/// The message that a note was made in, by the note's sort key.
pub(crate) fn note_of(sk: &str) -> Option<MessageKey> {
    sk.strip_prefix("F#").and_then(MessageKey::parse)
}

#[derive(Serialize, Deserialize)]
pub(crate) struct NoteV1 {
    /// The message it was made in.
    of: String,
    /// Text.
    tx: String,
    /// Embedding model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mo: Option<String>,
    /// Direction: a signed byte for each dimension, in base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    di: Option<String>,
}

impl NoteV1 {
    pub(crate) fn of(note: &Note) -> NoteV1 {
        let bytes = |bytes: &[i8]| bytes.iter().map(|byte| byte.cast_unsigned()).collect::<Vec<u8>>();
        NoteV1 {
            of: note.of.to_string(),
            tx: note.text.clone(),
            mo: note.direction.as_ref().map(|direction| direction.model.clone()),
            di: note.direction.as_ref().map(|direction| STANDARD.encode(bytes(&direction.bytes))),
        }
    }

    /// `None`: its key cannot be read. A direction that cannot be read is left out.
    pub(crate) fn note(self) -> Option<Note> {
        let bytes = self.di.and_then(|text| STANDARD.decode(text).ok());
        let bytes = bytes.map(|bytes| bytes.into_iter().map(u8::cast_signed).collect());
        let direction = self.mo.zip(bytes).map(|(model, bytes)| NoteDirection { model, bytes });
        Some(Note { of: MessageKey::parse(&self.of)?, text: self.tx, direction })
    }
}

#[derive(Serialize, Deserialize)]
struct NoteItemV1 {
    pk: String,
    sk: String,
    v: u8,
    #[serde(flatten)]
    note: NoteV1,
    ttl: i64,
}

/// A note as an item.
pub(crate) fn note_item(conversation: &ConversationKey, note: &Note, ttl: i64) -> Result<Item, TableError> {
    let item =
        NoteItemV1 { pk: conversation.to_string(), sk: note_sk(&note.of), v: 1, note: NoteV1::of(note), ttl };
    write(&item, &item.sk)
}

/// An item as a note.
pub(crate) fn read_note(item: Item) -> Result<Note, TableError> {
    let item: NoteItemV1 = read(item, 1)?;
    item.note.note().ok_or_else(|| damaged(&item.sk, "its key"))
}
