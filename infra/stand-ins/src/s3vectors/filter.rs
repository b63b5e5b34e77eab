//! What a query asks of metadata. Source: user guide, "Metadata filtering".
use serde_json::{Map, Value};

/// A checked filter.
pub(super) struct Filter(Vec<Condition>);

/// All of a filter's conditions hold, or it does not fit.
enum Condition {
    All(Vec<Filter>),
    Any(Vec<Filter>),
    Field { name: String, operator: String, value: Value },
}

impl Filter {
    /// `kept_only`: fields that cannot be filtered by.
    pub(super) fn read(written: Option<&Value>, kept_only: &[String]) -> Result<Self, String> {
        let Some(written) = written.filter(|written| !written.is_null()) else { return Ok(Self(Vec::new())) };
        let fields = written.as_object().ok_or("Invalid query filter: it is no object")?;
        let mut conditions = Vec::new();
        for (name, value) in fields {
            match name.as_str() {
                "$and" => conditions.push(Condition::All(filters(value, kept_only)?)),
                "$or" => conditions.push(Condition::Any(filters(value, kept_only)?)),
                name if kept_only.iter().any(|kept| kept == name) => {
                    return Err(format!("Invalid use of non-filterable metadata in filter: {name}"));
                }
                name => conditions.extend(of_field(name, value)?),
            }
        }
        Ok(Self(conditions))
    }

    pub(super) fn fits(&self, metadata: &Value) -> bool {
        self.0.iter().all(|condition| match condition {
            Condition::All(filters) => filters.iter().all(|filter| filter.fits(metadata)),
            Condition::Any(filters) => filters.iter().any(|filter| filter.fits(metadata)),
            Condition::Field { name, operator, value } => holds(metadata.get(name), operator, value),
        })
    }
}

fn filters(written: &Value, kept_only: &[String]) -> Result<Vec<Filter>, String> {
    let written = written.as_array().filter(|filters| !filters.is_empty());
    let written = written.ok_or("Invalid query filter: $and and $or take a list of filters")?;
    written.iter().map(|filter| Filter::read(Some(filter), kept_only)).collect()
}

/// `{"genre": "drama"}` is `{"genre": {"$eq": "drama"}}`.
fn of_field(name: &str, value: &Value) -> Result<Vec<Condition>, String> {
    let plain = || Map::from_iter([("$eq".to_owned(), value.clone())]);
    let operators = value.as_object().cloned().unwrap_or_else(plain);
    let conditions = operators.into_iter().map(|(operator, value)| {
        let is_right = match operator.as_str() {
            "$eq" | "$ne" => value.is_string() || value.is_number() || value.is_boolean(),
            "$gt" | "$gte" | "$lt" | "$lte" => value.is_number(),
            "$in" | "$nin" => value.as_array().is_some_and(|values| !values.is_empty()),
            "$exists" => value.is_boolean(),
            _ => false,
        };
        let wrong = || format!("Invalid query filter: {operator} of {name}");
        if is_right { Ok(Condition::Field { name: name.to_owned(), operator, value }) } else { Err(wrong()) }
    });
    conditions.collect()
}

fn holds(has: Option<&Value>, operator: &str, value: &Value) -> bool {
    let (number, than) = (has.and_then(Value::as_f64), value.as_f64());
    let compared = number.zip(than).and_then(|(number, than)| number.partial_cmp(&than));
    match operator {
        "$eq" => has.is_some_and(|has| is(has, value)),
        "$ne" => has.is_none_or(|has| !is(has, value)),
        "$gt" => compared.is_some_and(std::cmp::Ordering::is_gt),
        "$gte" => compared.is_some_and(std::cmp::Ordering::is_ge),
        "$lt" => compared.is_some_and(std::cmp::Ordering::is_lt),
        "$lte" => compared.is_some_and(std::cmp::Ordering::is_le),
        "$in" => has.is_some_and(|has| is_any(has, value)),
        "$nin" => has.is_none_or(|has| !is_any(has, value)),
        _ => has.is_some() == (value == &Value::Bool(true)),
    }
}

/// A list is what any of its elements is.
fn is(has: &Value, value: &Value) -> bool {
    let same = |has: &Value| has == value || (has.is_number() && has.as_f64() == value.as_f64());
    has.as_array().map_or_else(|| same(has), |elements| elements.iter().any(same))
}

fn is_any(has: &Value, values: &Value) -> bool {
    values.as_array().into_iter().flatten().any(|value| is(has, value))
}
