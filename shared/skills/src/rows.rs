//! Bundled data: a list of objects, from JSON or from CSV with a heading.

use std::path::Path;

use serde_json::{Map, Value};

/// A row.
pub(crate) type Row = Map<String, Value>;

/// Most rows of a file: they are looked through one by one.
const ROWS_MAX: usize = 200_000;

/// # Errors
/// What is wrong with the file, in a line.
pub(crate) fn rows(file: &str, text: &str) -> Result<Vec<Row>, String> {
    let is_csv = Path::new(file).extension().is_some_and(|end| end == "csv");
    let rows = if is_csv { of_csv(text)? } else { of_json(text)? };
    match rows.len() {
        0 => Err("there are no rows in it".to_owned()),
        count if count > ROWS_MAX => Err(format!("it has {count} rows; at most {ROWS_MAX} can be searched")),
        _ => Ok(rows),
    }
}

fn of_json(text: &str) -> Result<Vec<Row>, String> {
    let what = |error: serde_json::Error| format!("line {}: it is no list of objects: {error}", error.line());
    serde_json::from_str(text).map_err(what)
}

/// What looks like a number is one, as in a spreadsheet; an empty cell is nothing.
fn of_csv(text: &str) -> Result<Vec<Row>, String> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let columns = reader.headers().map_err(|error| error.to_string())?.clone();
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| error.to_string())?;
        let cells = columns.iter().zip(record.iter()).filter(|(_, cell)| !cell.is_empty());
        rows.push(cells.map(|(column, cell)| (column.to_owned(), cell_of(cell))).collect());
    }
    Ok(rows)
}

fn cell_of(cell: &str) -> Value {
    let is_plain = cell == "0" || !cell.trim_start_matches('-').starts_with('0') || cell.contains('.');
    let number = cell.parse::<serde_json::Number>().ok().filter(|_| is_plain);
    match cell {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        _ => number.map_or_else(|| Value::String(cell.to_owned()), Value::Number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_spreadsheet_and_a_list_of_objects_are_the_same() {
        let csv = rows("flats.csv", "id, rent,note,zip\n1,8500,\"near, park\",00123\n2,900.5,,x\n").unwrap();
        let json = rows(
            "flats.json",
            r#"[{"id":1,"rent":8500,"note":"near, park","zip":"00123"},{"id":2,"rent":900.5,"zip":"x"}]"#,
        );
        assert_eq!(csv, json.unwrap());
        assert_eq!(csv[0]["zip"], json!("00123"), "what has a leading zero is no number");
    }

    #[test]
    fn what_is_no_table_is_named_with_its_line() {
        assert!(rows("x.json", "[{\"a\": 1},\n 7]").unwrap_err().contains("line 2"));
        assert!(rows("x.csv", "a,b\n1\n").unwrap_err().contains("line"));
        assert!(rows("x.json", "[]").is_err());
    }
}
