//! The table of a simulation.

mod engine;

use dynoxide::Database;
use io::world::{Item, TableError, TableReply, TableRequest};
use memory_table::Memory;

pub use engine::{item_bytes, item_of, json_of};

/// What evaluates the requests.
pub(crate) enum Store {
    /// The embedded DynamoDB engine.
    Embedded(Database),
    /// A table in memory.
    Memory(Memory),
    /// Both, on every request; a panic when they differ.
    Both(Database, Memory),
}

/// Which engine a run uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Engine {
    /// The embedded DynamoDB engine.
    Embedded,
    /// Our own evaluator of the same expressions, several times as fast.
    #[default]
    Memory,
    /// Both, on every request: they must agree.
    Both,
}

impl Store {
    /// An empty table.
    ///
    /// # Errors
    /// The engine refuses to start: give up.
    pub(crate) fn new(engine: Engine) -> Result<Store, Box<dyn std::error::Error>> {
        Ok(match engine {
            Engine::Embedded => Store::Embedded(engine::empty()?),
            Engine::Memory => Store::Memory(Memory::default()),
            Engine::Both => Store::Both(engine::empty()?, Memory::default()),
        })
    }

    /// The bodies of the dead letters that were kept.
    pub(crate) fn dead_letters(&mut self) -> Vec<String> {
        match self {
            Store::Memory(memory) | Store::Both(_, memory) => memory.dead_letters(),
            Store::Embedded(_) => Vec::new(),
        }
    }

    /// Does what the request asks.
    pub(crate) fn execute(&mut self, request: &TableRequest) -> Result<TableReply, TableError> {
        match self {
            Store::Embedded(database) => engine::execute(database, request.clone()),
            Store::Memory(memory) => memory.execute(request),
            Store::Both(database, memory) => {
                let embedded = engine::execute(database, request.clone());
                let own = memory.execute(request);
                assert_eq!(comparable(&embedded), comparable(&own), "the engines differ on {request:?}");
                own
            }
        }
    }
}

/// An answer without what has no order or is worded freely.
fn comparable(answer: &Result<TableReply, TableError>) -> (String, Vec<Item>) {
    match answer {
        Ok(TableReply::Item(item)) => ("item".to_owned(), item.iter().cloned().collect()),
        Ok(TableReply::Items(items)) => ("items".to_owned(), items.clone()),
        Ok(TableReply::Written(item)) => ("written".to_owned(), item.iter().cloned().collect()),
        Err(TableError::ConditionFailed { index, item }) => {
            (format!("condition {index}"), item.iter().cloned().collect())
        }
        Err(TableError::Unavailable(why)) => (format!("unavailable: {why}"), Vec::new()),
        Err(TableError::Later { key, .. }) => (format!("later {key}"), Vec::new()),
        Err(TableError::Damaged { key, .. }) => (format!("damaged {key}"), Vec::new()),
    }
}
