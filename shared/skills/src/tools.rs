//! What the model may call: declared to it, checked when it calls, and run.

use std::collections::BTreeMap;

use bot::{Bot, DataSearch, ServerCall, ToolWork};
use domain::http::HttpRequest;
use domain::{Limits, State};
use serde_json::{Map, Value};

use crate::SkillError;
use crate::answers::KeptAnswers;
use crate::fields::Fields;
use crate::rows::{self, Row};
use crate::schema::Schema;
use crate::search::found;
use crate::server::{failure, request};

/// The tools of a bot.
#[derive(Default)]
pub struct Tools {
    by_name: BTreeMap<String, Tool>,
    fields: BTreeMap<String, Schema>,
    data: BTreeMap<String, Vec<Row>>,
    secrets: BTreeMap<String, String>,
    /// What servers answered, for a while.
    pub answers: KeptAnswers,
}

struct Tool {
    declared: models::Tool,
    arguments: Schema,
    keeps: Vec<String>,
    does: ToolWork,
}

/// What comes of a call.
#[derive(Clone, PartialEq, Eq)]
pub enum Called {
    /// The result, as text for the model.
    Result(String),
    /// It is wrong, or failed: text for the model. Nothing was changed.
    Refused(String),
    /// A server has to be asked.
    Ask {
        /// How.
        request: HttpRequest,
        /// For how many seconds its answer may be given again.
        cache_s: u64,
    },
}

impl Tools {
    pub(crate) fn of(
        bot: &Bot,
        data: &BTreeMap<String, String>,
        secrets: &BTreeMap<String, String>,
    ) -> Result<Tools, SkillError> {
        let mut tools = Tools { secrets: secrets.clone(), ..Tools::default() };
        for (name, schema) in &bot.fields {
            let field = |what| SkillError::Field { field: name.clone(), what };
            tools.fields.insert(name.clone(), Schema::of(schema).map_err(field)?);
        }
        for (name, tool) in &bot.tools {
            let wrong = |what| SkillError::Tool { tool: name.clone(), line: tool.line, what };
            let arguments = Schema::of(&tool.arguments).map_err(wrong)?;
            if let ToolWork::Search(search) = &tool.does {
                tools.read(search, data)?;
                let missing = tools.missing_column(search);
                if let Some(column) = missing {
                    return Err(wrong(format!("no row of `{}` has a column `{column}`", search.file)));
                }
            }
            let declared = models::Tool {
                name: name.clone(),
                description: tool.about.clone(),
                parameters: tool.arguments.clone(),
            };
            let (keeps, does) = (tool.keeps.clone(), tool.does.clone());
            tools.by_name.insert(name.clone(), Tool { declared, arguments, keeps, does });
        }
        Ok(tools)
    }

    fn read(&mut self, search: &DataSearch, data: &BTreeMap<String, String>) -> Result<(), SkillError> {
        let wrong = |what| SkillError::Data { file: search.file.clone(), what };
        if !self.data.contains_key(&search.file) {
            let text = data.get(&search.file).ok_or_else(|| wrong("there is no such file".to_owned()))?;
            self.data.insert(search.file.clone(), rows::rows(&search.file, text).map_err(wrong)?);
        }
        Ok(())
    }

    fn missing_column(&self, search: &DataSearch) -> Option<String> {
        let rows = self.data.get(&search.file).map_or(&[][..], Vec::as_slice);
        let named = search.conditions.iter().flat_map(|condition| &condition.columns);
        let sorted = search.sort.iter().map(|(column, _)| column);
        named.chain(sorted).find(|column| !rows.iter().any(|row| row.contains_key(*column))).cloned()
    }

    /// What a model is told it may call: all, or those of this list.
    pub fn declared(&self, only: Option<&[String]>) -> Vec<models::Tool> {
        let tools = self.by_name.iter().filter(|(name, _)| only.is_none_or(|only| only.contains(*name)));
        tools.map(|(_, tool)| tool.declared.clone()).collect()
    }

    /// What is kept in a state. A stored value that its schema does not take is damaged, or of an older bot: it is left
    /// out, and counted.
    pub fn fields(&self, state: &State) -> (Fields, usize) {
        let mut fields = Fields::default();
        let mut damaged = 0;
        for (name, text) in &state.fields {
            let value = serde_json::from_str::<Value>(text).ok();
            let value =
                value.filter(|value| self.fields.get(name).is_some_and(|schema| schema.check(value).is_ok()));
            match value {
                Some(value) => drop(fields.0.insert(name.clone(), value)),
                None => damaged += 1,
            }
        }
        (fields, damaged)
    }

    /// Runs a call, or says what is wrong with it, with the fields as they are if it succeeds.
    pub fn call(&self, name: &str, arguments: &Value, fields: &Fields, limits: &Limits) -> (Called, Fields) {
        let refused = |what: &str| (Called::Refused(failure(what)), fields.clone());
        let Some(tool) = self.by_name.get(name) else { return refused("there is no such tool") };
        let given = arguments_of(arguments);
        if let Err(what) = tool.arguments.check(&given) {
            return refused(&format!("the arguments do not fit: {what}"));
        }
        let given = given.as_object().cloned().unwrap_or_default();
        let kept = fields.with(&tool.keeps, &given);
        let called = match &tool.does {
            ToolWork::Keep => Called::Result(kept.to_json()),
            ToolWork::Search(search) => {
                let rows = self.data.get(&search.file).map_or(&[][..], Vec::as_slice);
                Called::Result(found(search, rows, &wanted(&kept, given)))
            }
            ToolWork::Call(call) => self.ask(call, &given, limits),
        };
        (called, kept)
    }

    fn ask(&self, call: &ServerCall, given: &Map<String, Value>, limits: &Limits) -> Called {
        let bytes_max = usize::try_from(limits.tool_answer_bytes_max).unwrap_or(usize::MAX);
        let request = request(call, given, &self.secrets, (limits.tool_timeout_ms, bytes_max));
        match request {
            Ok(request) => Called::Ask { request, cache_s: if call.posts { 0 } else { call.cache_s } },
            Err(what) => Called::Refused(failure(&what)),
        }
    }
}

/// What is looked for: what is kept, and what was given for this call alone.
fn wanted(kept: &Fields, given: Map<String, Value>) -> Map<String, Value> {
    let mut wanted = kept.0.clone();
    wanted.extend(given);
    wanted
}

/// Models write arguments as an object, some as its text; nothing at all means none.
fn arguments_of(arguments: &Value) -> Value {
    match arguments {
        Value::Null => Value::Object(Map::new()),
        Value::String(text) if text.trim().is_empty() => Value::Object(Map::new()),
        Value::String(text) => serde_json::from_str(text).unwrap_or_else(|_| arguments.clone()),
        other => other.clone(),
    }
}
