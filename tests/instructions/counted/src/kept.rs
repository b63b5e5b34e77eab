//! A world that keeps what is written into it, and can be brought back to what it was: each turn finds the same.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::http::{HttpError, HttpRequest, HttpResponse};
use domain::{Millis, Token};
use io::world::{Http, Pending, QueueError, QueueRequest, TableError, TableReply, TableRequest, World};
use memory_table::Memory;
use models::{Metered, Model, ModelError, Prompt, Reply, Sound};

/// Clones are the same world.
#[derive(Clone)]
pub struct Kept {
    state: Arc<Mutex<State>>,
}

/// All that there is.
#[derive(Clone)]
pub struct State {
    table: Memory,
    /// What was put into queues.
    pub queued: Vec<QueueRequest>,
    /// How often a platform was called.
    pub called: usize,
    /// The time.
    pub now: Millis,
    tokens: u64,
}

impl Kept {
    /// An empty world at this time.
    pub fn at(now: Millis) -> Kept {
        let state = State { table: Memory::default(), queued: Vec::new(), called: 0, now, tokens: 0 };
        Kept { state: Arc::new(Mutex::new(state)) }
    }

    /// What it holds. It stands still until this is let go.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl World for Kept {
    fn table(&self, request: TableRequest) -> Pending<'_, Result<TableReply, TableError>> {
        Box::pin(async move { self.state().table.execute(&request) })
    }

    fn queue(&self, request: QueueRequest) -> Pending<'_, Result<(), QueueError>> {
        Box::pin(async move {
            self.state().queued.push(request);
            Ok(())
        })
    }

    fn now(&self) -> Millis {
        self.state().now
    }

    /// Never ends: nothing that is counted here waits for time.
    fn sleep(&self, _milliseconds: u64) -> Pending<'_, ()> {
        Box::pin(std::future::pending())
    }

    fn token(&self) -> Token {
        let mut state = self.state();
        state.tokens += 1;
        Token(format!("{:011}", state.tokens))
    }
}

impl Http for Kept {
    /// Platforms that take everything.
    fn send(&self, _request: HttpRequest) -> Pending<'_, Result<HttpResponse, HttpError>> {
        Box::pin(async move {
            self.state().called += 1;
            Ok(HttpResponse { status: 200, headers: Vec::new(), body: br#"{"ok":true}"#.to_vec() })
        })
    }
}

impl Model for Kept {
    /// Repeats what was said last.
    fn answer(&self, prompt: Prompt) -> models::Pending<'_, Result<Reply, ModelError>> {
        let text = prompt.lines.into_iter().last().map(|(_, text)| text).unwrap_or_default();
        Box::pin(std::future::ready(Ok(Reply { text, tokens: (1, 1), ..Reply::default() })))
    }

    fn transcribe(&self, _: Sound) -> models::Pending<'_, Result<Metered<String>, ModelError>> {
        Box::pin(std::future::ready(Err(ModelError::Refused("nothing is spoken here".to_owned()))))
    }

    fn embed(&self, _: Vec<String>) -> models::Pending<'_, Result<Metered<Vec<Vec<f32>>>, ModelError>> {
        Box::pin(std::future::ready(Err(ModelError::Refused("nothing is looked up here".to_owned()))))
    }
}
