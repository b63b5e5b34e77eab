//! The expressions of DynamoDB, as far as this product uses them: read once, evaluated often.
//!
//! Semantics: DynamoDB developer guide, "Condition and filter expressions" and "Update expressions". Whether they are
//! met is checked request by request against the embedded engine (`tests/simulation`).

use std::cmp::Ordering;
use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use io::world::{Item, Write};

/// Why an expression cannot be read. Give up: it would be refused by DynamoDB too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unreadable(pub String);

/// A condition.
#[derive(Debug)]
pub(crate) enum Condition {
    Any(Vec<Condition>),
    All(Vec<Condition>),
    Not(Box<Condition>),
    Exists(Path),
    Contains(Path, Operand),
    Compare(Operand, &'static [Ordering], Operand),
    Differs(Operand, Operand),
}

/// A top-level attribute, by its name or by a `#placeholder`.
#[derive(Debug)]
pub(crate) struct Path(String);

/// Something with a value.
#[derive(Debug)]
pub(crate) enum Operand {
    Path(Path),
    Value(String),
    IfNotExists(Path, Box<Operand>),
    Sum(Box<Operand>, Box<Operand>),
    Difference(Box<Operand>, Box<Operand>),
}

/// An update.
#[derive(Debug, Default)]
pub(crate) struct Update {
    set: Vec<(Path, Operand)>,
    remove: Vec<Path>,
}

impl Condition {
    pub(crate) fn read(text: &str) -> Result<Condition, Unreadable> {
        let mut reader = Reader::of(text);
        let condition = reader.any()?;
        reader.end()?;
        Ok(condition)
    }

    /// Whether the item, if there is one, fulfils it.
    pub(crate) fn holds(&self, item: Option<&Item>, write: &Write) -> bool {
        match self {
            Condition::Any(several) => several.iter().any(|one| one.holds(item, write)),
            Condition::All(several) => several.iter().all(|one| one.holds(item, write)),
            Condition::Not(inner) => !inner.holds(item, write),
            Condition::Exists(path) => path.of(item, write).is_some(),
            Condition::Contains(path, operand) => {
                let wanted = operand.value(item, write);
                match (path.of(item, write), wanted) {
                    (Some(AttributeValue::L(list)), Some(wanted)) => list.contains(&wanted),
                    (Some(AttributeValue::S(text)), Some(AttributeValue::S(part))) => text.contains(&part),
                    _ => false,
                }
            }
            Condition::Compare(left, allowed, right) => {
                let order = compared(left.value(item, write).as_ref(), right.value(item, write).as_ref());
                order.is_some_and(|order| allowed.contains(&order))
            }
            Condition::Differs(left, right) => {
                compared(left.value(item, write).as_ref(), right.value(item, write).as_ref())
                    != Some(Ordering::Equal)
            }
        }
    }
}

/// Numbers and texts have an order; lists are equal or not; what is missing or of another kind compares with nothing.
fn compared(left: Option<&AttributeValue>, right: Option<&AttributeValue>) -> Option<Ordering> {
    match (left?, right?) {
        (AttributeValue::N(left), AttributeValue::N(right)) => {
            Some(left.parse::<i64>().ok()?.cmp(&right.parse().ok()?))
        }
        (AttributeValue::S(left), AttributeValue::S(right)) => Some(left.cmp(right)),
        (AttributeValue::L(left), AttributeValue::L(right)) => (left == right).then_some(Ordering::Equal),
        _ => None,
    }
}

impl Path {
    fn name<'a>(&'a self, write: &'a Write) -> &'a str {
        write.names.get(&self.0).map_or(self.0.as_str(), String::as_str)
    }

    fn of<'i>(&self, item: Option<&'i Item>, write: &Write) -> Option<&'i AttributeValue> {
        item?.get(self.name(write))
    }
}

impl Operand {
    fn value(&self, item: Option<&Item>, write: &Write) -> Option<AttributeValue> {
        match self {
            Operand::Path(path) => path.of(item, write).cloned(),
            Operand::Value(name) => write.values.get(name).cloned(),
            Operand::IfNotExists(path, otherwise) => {
                path.of(item, write).cloned().or_else(|| otherwise.value(item, write))
            }
            Operand::Sum(left, right) => number(left, item, write).zip(number(right, item, write)).map(sum),
            Operand::Difference(left, right) => number(left, item, write)
                .zip(number(right, item, write))
                .map(|(left, right)| sum((left, -right))),
        }
    }
}

fn number(operand: &Operand, item: Option<&Item>, write: &Write) -> Option<i64> {
    operand.value(item, write)?.as_n().ok()?.parse().ok()
}

fn sum((left, right): (i64, i64)) -> AttributeValue {
    AttributeValue::N((left + right).to_string())
}

impl Update {
    pub(crate) fn read(text: &str) -> Result<Update, Unreadable> {
        let mut reader = Reader::of(text);
        let mut update = Update::default();
        while let Some(word) = reader.next() {
            match word {
                "SET" => update.set = reader.list(Reader::assignment)?,
                "REMOVE" => update.remove = reader.list(Reader::path)?,
                other => return Err(Unreadable(format!("`{other}` in `{text}`"))),
            }
        }
        Ok(update)
    }

    /// The item afterwards. Every operand is read from the item before. `None`: an operand has no value.
    pub(crate) fn applied(&self, item: &Item, write: &Write) -> Option<Item> {
        let mut after = item.clone();
        for (path, operand) in &self.set {
            after.insert(path.name(write).to_owned(), operand.value(Some(item), write)?);
        }
        for path in &self.remove {
            after.remove(path.name(write));
        }
        Some(after)
    }
}

/// Reads an expression word by word.
struct Reader<'t> {
    text: &'t str,
    words: std::iter::Peekable<std::vec::IntoIter<&'t str>>,
}

const EQUAL: &[Ordering] = &[Ordering::Equal];
const LESS: &[Ordering] = &[Ordering::Less];
const LESS_OR_EQUAL: &[Ordering] = &[Ordering::Less, Ordering::Equal];
const GREATER: &[Ordering] = &[Ordering::Greater];
const GREATER_OR_EQUAL: &[Ordering] = &[Ordering::Greater, Ordering::Equal];

impl<'t> Reader<'t> {
    fn of(text: &'t str) -> Reader<'t> {
        Reader { text, words: words(text).into_iter().peekable() }
    }

    fn next(&mut self) -> Option<&'t str> {
        self.words.next()
    }

    fn takes(&mut self, word: &str) -> bool {
        self.words.next_if(|next| *next == word).is_some()
    }

    fn needs(&mut self, word: &str) -> Result<(), Unreadable> {
        if self.takes(word) { Ok(()) } else { Err(self.unreadable(word)) }
    }

    fn unreadable(&mut self, wanted: &str) -> Unreadable {
        Unreadable(format!("{:?} where {wanted} is wanted, in `{}`", self.words.peek(), self.text))
    }

    fn end(&mut self) -> Result<(), Unreadable> {
        if self.words.peek().is_none() { Ok(()) } else { Err(self.unreadable("the end")) }
    }

    fn any(&mut self) -> Result<Condition, Unreadable> {
        let mut several = vec![self.all()?];
        while self.takes("OR") {
            several.push(self.all()?);
        }
        Ok(Condition::Any(several))
    }

    fn all(&mut self) -> Result<Condition, Unreadable> {
        let mut several = vec![self.one()?];
        while self.takes("AND") {
            several.push(self.one()?);
        }
        Ok(Condition::All(several))
    }

    fn one(&mut self) -> Result<Condition, Unreadable> {
        if self.takes("NOT") {
            return Ok(Condition::Not(Box::new(self.one()?)));
        }
        if self.takes("(") {
            let inner = self.any()?;
            self.needs(")")?;
            return Ok(inner);
        }
        if self.takes("attribute_exists") {
            return Ok(Condition::Exists(self.argument()?));
        }
        if self.takes("attribute_not_exists") {
            return Ok(Condition::Not(Box::new(Condition::Exists(self.argument()?))));
        }
        if self.takes("contains") {
            self.needs("(")?;
            let path = self.path()?;
            self.needs(",")?;
            let operand = self.operand()?;
            self.needs(")")?;
            return Ok(Condition::Contains(path, operand));
        }
        self.comparison()
    }

    fn comparison(&mut self) -> Result<Condition, Unreadable> {
        let left = self.operand()?;
        let sign = self.next();
        let right = self.operand()?;
        Ok(match sign {
            Some("=") => Condition::Compare(left, EQUAL, right),
            Some("<") => Condition::Compare(left, LESS, right),
            Some("<=") => Condition::Compare(left, LESS_OR_EQUAL, right),
            Some(">") => Condition::Compare(left, GREATER, right),
            Some(">=") => Condition::Compare(left, GREATER_OR_EQUAL, right),
            Some("<>") => Condition::Differs(left, right),
            _ => return Err(self.unreadable("a comparison")),
        })
    }

    fn argument(&mut self) -> Result<Path, Unreadable> {
        self.needs("(")?;
        let path = self.path()?;
        self.needs(")")?;
        Ok(path)
    }

    fn path(&mut self) -> Result<Path, Unreadable> {
        let is_name = |word: &&str| word.starts_with('#') || word.chars().all(char::is_alphanumeric);
        match self.words.next_if(is_name) {
            Some(name) => Ok(Path(name.to_owned())),
            None => Err(self.unreadable("a name")),
        }
    }

    fn operand(&mut self) -> Result<Operand, Unreadable> {
        if let Some(value) = self.words.next_if(|word| word.starts_with(':')) {
            return Ok(Operand::Value(value.to_owned()));
        }
        if self.takes("if_not_exists") {
            self.needs("(")?;
            let path = self.path()?;
            self.needs(",")?;
            let otherwise = self.operand()?;
            self.needs(")")?;
            return Ok(Operand::IfNotExists(path, Box::new(otherwise)));
        }
        Ok(Operand::Path(self.path()?))
    }

    fn assignment(&mut self) -> Result<(Path, Operand), Unreadable> {
        let path = self.path()?;
        self.needs("=")?;
        let left = self.operand()?;
        let operand = if self.takes("+") {
            Operand::Sum(Box::new(left), Box::new(self.operand()?))
        } else if self.takes("-") {
            Operand::Difference(Box::new(left), Box::new(self.operand()?))
        } else {
            left
        };
        Ok((path, operand))
    }

    fn list<T>(&mut self, one: fn(&mut Self) -> Result<T, Unreadable>) -> Result<Vec<T>, Unreadable> {
        let mut several = vec![one(self)?];
        while self.takes(",") {
            several.push(one(self)?);
        }
        Ok(several)
    }
}

/// The placeholders of an expression.
pub(crate) fn placeholders(text: &str) -> BTreeSet<String> {
    let is_placeholder = |word: &&str| word.starts_with('#') || word.starts_with(':');
    words(text).into_iter().filter(is_placeholder).map(ToOwned::to_owned).collect()
}

/// Names, placeholders, brackets and signs.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let is_name = |c: char| c.is_alphanumeric() || c == '_' || c == '#' || c == ':';
        let is_sign = |c: char| matches!(c, '<' | '>' | '=');
        let end = if is_name(first) {
            rest.find(|c| !is_name(c))
        } else if is_sign(first) {
            rest.find(|c| !is_sign(c))
        } else {
            Some(first.len_utf8())
        };
        let (word, after) = rest.split_at(end.unwrap_or(rest.len()));
        words.push(word);
        rest = after.trim_start();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(pairs: &[(&str, i64)]) -> Item {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), AttributeValue::N(value.to_string()))).collect()
    }

    fn write(values: &[(&str, i64)]) -> Write {
        Write { values: item(values).into_iter().collect(), ..Write::default() }
    }

    #[test]
    fn or_binds_weaker_than_and_and_what_is_missing_compares_with_nothing() {
        let holds = |text, item: &Item| {
            Condition::read(text).unwrap().holds(Some(item), &write(&[(":one", 1), (":two", 2)]))
        };
        assert!(holds("a = :one OR b = :one AND c = :one", &item(&[("a", 1)])));
        assert!(!holds("(a = :one OR b = :one) AND c = :one", &item(&[("a", 1)])));
        assert!(!holds("missing < :two", &item(&[])));
        assert!(holds("missing <> :two AND NOT attribute_exists(missing)", &item(&[])));
    }

    #[test]
    fn an_update_reads_the_item_before_it() {
        let update =
            Update::read("SET q = if_not_exists(q, :one) + :one, s = if_not_exists(q, :one) REMOVE x")
                .unwrap();
        let after = update.applied(&item(&[("q", 4), ("x", 9)]), &write(&[(":one", 1)])).unwrap();
        assert_eq!(after, item(&[("q", 5), ("s", 4)]));
        assert_eq!(Update::read("SET a = missing").unwrap().applied(&item(&[]), &write(&[])), None);
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        for text in ["", "a =", "a = :one OR", "(a = :one", "a = :one b"] {
            assert!(Condition::read(text).is_err(), "{text}");
        }
        assert!(Update::read("ADD a :one").is_err());
    }
}
