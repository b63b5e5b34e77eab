//! `[tools.NAME]` and `[state]`: what the model may call, and what is kept of a user's search or form.
//!
//! Read and checked for its form here. The schemas are compiled, and the data read, by who runs the tools.

use std::collections::BTreeMap;

use crate::spanned::Spanned;
use serde_json::{Map, Value, json};

use crate::condition::{Condition, condition};
use crate::file::{BotFile, ToolFile};
use crate::modes::missing;
use crate::sections::{Complaint, is_name};

/// What the model may call.
#[derive(Debug, Clone, PartialEq)]
pub struct Tool {
    /// When to call it, for the model.
    pub about: String,
    /// JSON Schema of its arguments, of type `object`.
    pub arguments: Value,
    /// Fields of the state that are kept from its arguments.
    pub keeps: Vec<String>,
    /// What it does.
    pub does: ToolWork,
    /// Where it stands in `bot.toml`, from 1.
    pub line: usize,
}

/// What a tool does.
#[derive(Debug, Clone, PartialEq)]
pub enum ToolWork {
    /// Nothing but keeping what it is called with.
    Keep,
    /// Finds rows of bundled data.
    Search(DataSearch),
    /// Calls a server.
    Call(ServerCall),
}

/// A search in bundled data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataSearch {
    /// The file, as `data/flats.csv`.
    pub file: String,
    /// Which rows are found.
    pub conditions: Vec<Condition>,
    /// The column that rows are sorted by, and whether the other way round.
    pub sort: Option<(String, bool)>,
    /// Most rows shown.
    pub rows: usize,
}

/// A call of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerCall {
    /// Whether the arguments are posted; otherwise the address is read.
    pub posts: bool,
    /// The address. `{name}` stands for an argument.
    pub url: String,
    /// Headers; `${NAME}` stands for a secret.
    pub headers: Vec<(String, String)>,
    /// Milliseconds that it may take, where the tool says so.
    pub timeout_ms: Option<u64>,
    /// Seconds for which an answer is given again.
    pub cache_s: u64,
}

/// Most tools of a bot: each is a part of every request.
const TOOLS_MAX: usize = 30;

/// Most fields of a state: the item that holds them is written with every change.
const FIELDS_MAX: usize = 40;

/// Rows when nothing is said, and at most: what a model reads costs tokens and time.
const STANDARD_ROWS: usize = 5;
const ROWS_MAX: i64 = 50;

/// Names that every provider takes for tools and their arguments: letters, digits and `_`.
fn is_argument(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    (1..=40).contains(&name.len()) && name.bytes().all(allowed)
}

/// The fields of `[state]`, each with its schema.
pub(crate) fn fields(file: &BotFile) -> Result<BTreeMap<String, Value>, Complaint> {
    if let Some(beyond) = file.state.keys().nth(FIELDS_MAX) {
        return Err((beyond.span().start, format!("a state has at most {FIELDS_MAX} fields")));
    }
    schemas(&file.state)
}

pub(crate) fn tools(
    file: &BotFile,
    line_of: impl Fn(usize) -> usize,
) -> Result<BTreeMap<String, Tool>, Complaint> {
    let fields = fields(file)?;
    let mut tools = BTreeMap::new();
    for (name, written) in &file.tools {
        let at = name.span().start;
        if !is_name(name.get_ref()) && !is_argument(name.get_ref()) {
            let what = format!("tool `{}` must be 1 to 40 letters, digits, `_` and `-`", name.get_ref());
            return Err((at, what));
        }
        if tools.len() == TOOLS_MAX {
            return Err((at, format!("a bot has at most {TOOLS_MAX} tools")));
        }
        let does = work(name, written, file, &fields)?;
        let (arguments, keeps) = arguments(written, &fields)?;
        let about = written.about.get_ref().trim().to_owned();
        if about.is_empty() {
            return Err((written.about.span().start, "this says nothing".to_owned()));
        }
        tools.insert(name.get_ref().clone(), Tool { about, arguments, keeps, does, line: line_of(at) });
    }
    Ok(tools)
}

/// The schema of all arguments, and which of them are kept. A kept one may be `null`: that forgets it.
fn arguments(
    written: &ToolFile,
    fields: &BTreeMap<String, Value>,
) -> Result<(Value, Vec<String>), Complaint> {
    let mut properties: Map<String, Value> = schemas(&written.arguments)?.into_iter().collect();
    let mut keeps = Vec::new();
    for kept in &written.keeps {
        let (at, name) = (kept.span().start, kept.get_ref());
        let known: Vec<&str> = fields.keys().map(String::as_str).collect();
        let Some(schema) = fields.get(name) else {
            return Err((at, missing("field of `[state]`", name, &known)));
        };
        if properties.insert(name.clone(), json!({ "anyOf": [schema, { "type": "null" }] })).is_some() {
            return Err((at, format!("`{name}` is an argument and a kept field")));
        }
        keeps.push(name.clone());
    }
    let unknown = written.required.iter().find(|name| !properties.contains_key(name.get_ref()));
    if let Some(unknown) = unknown {
        let known: Vec<&str> = properties.keys().map(String::as_str).collect();
        return Err((unknown.span().start, missing("argument", unknown.get_ref(), &known)));
    }
    let required: Vec<&String> = written.required.iter().map(Spanned::get_ref).collect();
    let schema = json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false });
    Ok((schema, keeps))
}

fn schemas(
    written: &BTreeMap<Spanned<String>, Spanned<toml::Value>>,
) -> Result<BTreeMap<String, Value>, Complaint> {
    let mut schemas = BTreeMap::new();
    for (name, schema) in written {
        if !is_argument(name.get_ref()) {
            let what = format!("`{}` must be 1 to 40 letters, digits and `_`", name.get_ref());
            return Err((name.span().start, what));
        }
        let json = serde_json::to_value(schema.get_ref())
            .ok()
            .filter(|schema| schema.get("type").is_some_and(Value::is_string));
        let what = || {
            format!(
                "`{}` must be a JSON Schema with a `type`, as {{ type = \"integer\", minimum = 1 }}",
                name.get_ref()
            )
        };
        schemas.insert(name.get_ref().clone(), json.ok_or_else(|| (schema.span().start, what()))?);
    }
    Ok(schemas)
}

fn work(
    name: &Spanned<String>,
    written: &ToolFile,
    file: &BotFile,
    fields: &BTreeMap<String, Value>,
) -> Result<ToolWork, Complaint> {
    match (&written.data, &written.get, &written.post) {
        (Some(data), None, None) => search(data, written, fields).map(ToolWork::Search),
        (None, Some(url), None) => call(url, false, written, file).map(ToolWork::Call),
        (None, None, Some(url)) => call(url, true, written, file).map(ToolWork::Call),
        (None, None, None) if !written.keeps.is_empty() => Ok(ToolWork::Keep),
        _ => Err((
            name.span().start,
            format!("tool `{}` has one of `data`, `get` and `post`, or only `keeps`", name.get_ref()),
        )),
    }
}

fn search(
    data: &Spanned<String>,
    written: &ToolFile,
    fields: &BTreeMap<String, Value>,
) -> Result<DataSearch, Complaint> {
    let file = data.get_ref();
    let is_data = [".json", ".csv"].iter().any(|end| file.ends_with(end)) && !file.contains(['/', '\\']);
    if !is_data {
        return Err((data.span().start, format!("`{file}` must be a .json or .csv file in `data/`")));
    }
    let known: Vec<&str> = written
        .arguments
        .keys()
        .map(|name| name.get_ref().as_str())
        .chain(fields.keys().map(String::as_str))
        .collect();
    let conditions =
        written.conditions.iter().map(|text| condition(text, &known)).collect::<Result<_, _>>()?;
    let sort = written.sort.as_ref().map(|sort| match sort.get_ref().strip_prefix('-') {
        Some(column) => (column.to_owned(), true),
        None => (sort.get_ref().clone(), false),
    });
    let rows = match &written.rows {
        None => STANDARD_ROWS,
        Some(rows) => {
            let number =
                usize::try_from(*rows.get_ref()).ok().filter(|_| (1..=ROWS_MAX).contains(rows.get_ref()));
            let what = || format!("`rows` is {}; it must be from 1 to {ROWS_MAX}", rows.get_ref());
            number.ok_or_else(|| (rows.span().start, what()))?
        }
    };
    Ok(DataSearch { file: format!("data/{file}"), conditions, sort, rows })
}

fn call(
    url: &Spanned<String>,
    posts: bool,
    written: &ToolFile,
    file: &BotFile,
) -> Result<ServerCall, Complaint> {
    let (at, address) = (url.span().start, url.get_ref());
    let host = host(address).ok_or_else(|| {
        (at, format!("`{address}` must begin with https:// and a host that is written out, as https://api.example.org/x?q={{q}}"))
    })?;
    let hosts: Vec<&str> = file.tool_hosts.iter().map(|host| host.get_ref().as_str()).collect();
    if !hosts.contains(&host) {
        return Err((at, format!("`{host}` is not one of `tool_hosts`; tools call no other")));
    }
    let arguments: Vec<&str> = written.arguments.keys().map(|name| name.get_ref().as_str()).collect();
    for name in placeholders(address) {
        if !arguments.contains(&name) {
            return Err((at, missing("argument", name, &arguments)));
        }
    }
    let number = |written: &Option<Spanned<i64>>, most: u64, what: &str| match written {
        None => Ok(None),
        Some(number) => {
            let value = u64::try_from(*number.get_ref()).ok().filter(|value| *value <= most);
            let wrong = || {
                (
                    number.span().start,
                    format!("`{what}` is {}; it must be from 0 to {most}", number.get_ref()),
                )
            };
            value.map(Some).ok_or_else(wrong)
        }
    };
    let headers =
        written.headers.iter().map(|(name, value)| header(name, value)).collect::<Result<_, _>>()?;
    Ok(ServerCall {
        posts,
        url: address.clone(),
        headers,
        timeout_ms: number(&written.timeout_ms, 30_000, "timeout_ms")?,
        cache_s: number(&written.cache_s, 86_400, "cache_s")?.unwrap_or(0),
    })
}

fn header(name: &str, value: &Spanned<String>) -> Result<(String, String), Complaint> {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    if name.is_empty() || !name.bytes().all(is_token) || value.get_ref().chars().any(char::is_control) {
        return Err((value.span().start, format!("`{name}` is no header with a value of one line")));
    }
    Ok((name.to_lowercase(), value.get_ref().clone()))
}

/// The host of an address, port included, when nothing in it can be chosen by a call. A server on this machine may be
/// called without TLS.
fn host(url: &str) -> Option<&str> {
    let of = |scheme: &str| {
        url.strip_prefix(scheme).map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default())
    };
    let is_host = |host: &&str| {
        !host.is_empty()
            && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':'))
    };
    let is_here = |host: &&str| matches!(host.split(':').next(), Some("127.0.0.1" | "localhost"));
    of("https://").filter(is_host).or_else(|| of("http://").filter(is_host).filter(is_here))
}

/// The arguments that stand in an address.
pub fn placeholders(url: &str) -> impl Iterator<Item = &str> {
    url.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name)
}
