//! Finding rows of bundled data.

use std::cmp::Ordering;

use bot::{Comparison, Condition, DataSearch};
use domain::command::fold;
use serde_json::{Map, Value, json};

use crate::rows::Row;

/// What a search shows the model: how many rows were found, and the first of them.
pub(crate) fn found(search: &DataSearch, rows: &[Row], given: &Map<String, Value>) -> String {
    let fits = |row: &&Row| search.conditions.iter().all(|condition| holds(condition, row, given));
    let mut found: Vec<&Row> = rows.iter().filter(fits).collect();
    if let Some((column, is_descending)) = &search.sort {
        found.sort_by(|one, other| compared(one.get(column), other.get(column), *is_descending));
    }
    let shown: Vec<&Row> = found.iter().take(search.rows).copied().collect();
    json!({ "found": found.len(), "rows": shown }).to_string()
}

/// A condition about something that was not given holds of every row.
fn holds(condition: &Condition, row: &Row, given: &Map<String, Value>) -> bool {
    let Some(wanted) = given.get(&condition.argument).filter(|value| !value.is_null()) else { return true };
    let mut cells = condition.columns.iter().filter_map(|column| row.get(column));
    match condition.is {
        Comparison::HasWords => has_words(condition, row, wanted),
        Comparison::Same => cells.any(|cell| is_same(cell, wanted)),
        Comparison::Other => !cells.any(|cell| is_same(cell, wanted)),
        Comparison::Less => cells.any(|cell| ordered(cell, wanted) == Some(Ordering::Less)),
        Comparison::AtMost => {
            cells.any(|cell| matches!(ordered(cell, wanted), Some(Ordering::Less | Ordering::Equal)))
        }
        Comparison::More => cells.any(|cell| ordered(cell, wanted) == Some(Ordering::Greater)),
        Comparison::AtLeast => {
            cells.any(|cell| matches!(ordered(cell, wanted), Some(Ordering::Greater | Ordering::Equal)))
        }
    }
}

/// Texts in any case and width. Where either side is a list, one of it is enough.
fn is_same(cell: &Value, wanted: &Value) -> bool {
    match (cell, wanted) {
        (Value::Array(cells), _) => cells.iter().any(|cell| is_same(cell, wanted)),
        (_, Value::Array(wanted)) => wanted.iter().any(|wanted| is_same(cell, wanted)),
        (Value::String(cell), Value::String(wanted)) => fold(cell) == fold(wanted),
        (Value::Number(cell), Value::Number(wanted)) => cell.as_f64() == wanted.as_f64(),
        _ => cell == wanted,
    }
}

fn ordered(cell: &Value, wanted: &Value) -> Option<Ordering> {
    match (cell, wanted) {
        (Value::String(cell), Value::String(wanted)) => Some(cell.cmp(wanted)),
        _ => cell.as_f64()?.partial_cmp(&wanted.as_f64()?),
    }
}

fn has_words(condition: &Condition, row: &Row, wanted: &Value) -> bool {
    let Value::String(words) = wanted else { return false };
    let text = condition
        .columns
        .iter()
        .filter_map(|column| row.get(column))
        .map(plain)
        .collect::<Vec<_>>()
        .join("\n");
    let (text, words) = (fold(&text), fold(words));
    words.split_whitespace().all(|word| text.contains(word))
}

fn plain(cell: &Value) -> String {
    match cell {
        Value::String(text) => text.clone(),
        Value::Array(cells) => cells.iter().map(plain).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    }
}

/// Numbers before texts, and what is not there last, whichever way they are sorted.
fn compared(one: Option<&Value>, other: Option<&Value>, is_descending: bool) -> Ordering {
    let turned = |order: Ordering| if is_descending { order.reverse() } else { order };
    match (one, other) {
        (Some(one), Some(other)) => match (one.as_f64(), other.as_f64()) {
            (Some(one), Some(other)) => turned(one.total_cmp(&other)),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => turned(plain(one).cmp(&plain(other))),
        },
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    }
}
