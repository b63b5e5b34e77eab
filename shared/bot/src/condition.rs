//! `where = ["rent <= $rent_max"]`: which rows of bundled data a tool finds.

use crate::spanned::Spanned;

use crate::modes::missing;
use crate::sections::Complaint;

/// One condition on a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// The columns it looks at: more than one for words only.
    pub columns: Vec<String>,
    /// How they are compared.
    pub is: Comparison,
    /// The argument, or the kept field, that they are compared with.
    pub argument: String,
}

/// How a column is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// The same; of a list: one of them is.
    Same,
    /// Not so.
    Other,
    /// Numbers.
    Less,
    /// Numbers.
    AtMost,
    /// Numbers.
    More,
    /// Numbers.
    AtLeast,
    /// Each of the words stands in one of the columns.
    HasWords,
}

const OPERATORS: [(&str, Comparison); 7] = [
    ("!=", Comparison::Other),
    ("<=", Comparison::AtMost),
    (">=", Comparison::AtLeast),
    ("=", Comparison::Same),
    ("<", Comparison::Less),
    (">", Comparison::More),
    ("~", Comparison::HasWords),
];

/// Reads `COLUMN OPERATOR $ARGUMENT`.
pub(crate) fn condition(written: &Spanned<String>, arguments: &[&str]) -> Result<Condition, Complaint> {
    let (at, text) = (written.span().start, written.get_ref());
    let form = || (at, format!("`{text}` must be like `rent <= $rent_max`, or `title, text ~ $words`"));
    let found = OPERATORS.iter().find_map(|(sign, is)| Some((text.split_once(sign)?, *is)));
    let ((columns, argument), is) = found.ok_or_else(form)?;
    let argument = argument.trim().strip_prefix('$').ok_or_else(form)?;
    let columns: Vec<String> = columns.split(',').map(|column| column.trim().to_owned()).collect();
    let is_wrong = columns.iter().any(String::is_empty) || (columns.len() > 1 && is != Comparison::HasWords);
    if is_wrong {
        return Err(form());
    }
    if !arguments.contains(&argument) {
        return Err((at, missing("argument", argument, arguments)));
    }
    Ok(Condition { columns, is, argument: argument.to_owned() })
}
