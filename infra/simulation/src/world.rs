//! The seam, simulated.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::http::{HttpError, HttpRequest, HttpResponse};
use domain::{Metric, Millis, Token};
use io::metrics::Measured;
use io::world::{
    Http, Item, Pending, Queue, QueueError, QueueRequest, TableError, TableReply, TableRequest, World,
};
use models::{Model, ModelError, Prompt, Reply, Sound};
use stand_ins::sqs::rules::{Queues, Received};

use crate::queues::{self, DOORBELLS};
use crate::table::{Engine, Store};

/// What was asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counted {
    /// Writes to the table; a transaction counts each of its writes.
    pub writes: usize,
    /// Reads of the table.
    pub reads: usize,
    /// Requests to the doorbell queue: sends, receives, deletes, changes of visibility.
    pub doorbells: usize,
    /// Requests to the notices queue.
    pub notices: usize,
    /// Requests to platforms that say something.
    pub http: usize,
    /// Requests to platforms that show that somebody is at work.
    pub signs: usize,
    /// Requests to the model.
    pub model: usize,
}

/// A world of its own. Clones are the same world.
#[derive(Clone)]
pub struct Simulation {
    state: Arc<Mutex<State>>,
}

struct State {
    table: Store,
    queues: Queues,
    now_ms: i64,
    tokens: u64,
    counted: Counted,
    measured: Measured,
    asked: Vec<String>,
}

impl Simulation {
    /// An empty world at this time.
    ///
    /// # Errors
    /// The engines refuse to start: give up.
    pub fn new(now: Millis) -> Result<Simulation, Box<dyn std::error::Error>> {
        let queues = queues::created(u64::try_from(now.0)?);
        let state = State {
            table: Store::new(Engine::Embedded)?,
            queues,
            now_ms: now.0,
            tokens: 0,
            counted: Counted::default(),
            measured: Measured::default(),
            asked: Vec::new(),
        };
        Ok(Simulation { state: Arc::new(Mutex::new(state)) })
    }

    /// What was asked for so far.
    pub fn counted(&self) -> Counted {
        self.state().counted.clone()
    }

    /// The sum of what was measured of a metric so far.
    pub fn measured(&self, metric: Metric) -> u64 {
        self.state().measured.sum(metric)
    }

    /// The lines that the model was asked last.
    pub fn asked(&self) -> Vec<String> {
        self.state().asked.clone()
    }

    /// Starts counting anew.
    pub fn count_anew(&self) {
        self.state().counted = Counted::default();
    }

    /// Lets time pass.
    pub fn pass(&self, milliseconds: i64) {
        self.state().now_ms += milliseconds;
    }

    /// The next doorbell, as the event source mapping receives it.
    pub fn receive_doorbell(&self) -> Option<Received> {
        let mut state = self.state();
        state.counted.doorbells += 1;
        let now = state.queue_time();
        queues::receive(&mut state.queues, DOORBELLS, now)
    }

    /// Deletes a doorbell, as the event source mapping does when it has succeeded.
    pub fn delete_doorbell(&self, receipt: &str) -> bool {
        let mut state = self.state();
        state.counted.doorbells += 1;
        let now = state.queue_time();
        state.queues.delete(DOORBELLS, receipt, now).is_ok()
    }

    /// An item of the table, uncounted.
    pub fn item(&self, pk: &str, sk: &str) -> Option<Item> {
        let get = TableRequest::Get { pk: pk.to_owned(), sk: sk.to_owned() };
        match self.state().table.execute(&get) {
            Ok(TableReply::Item(item)) => item,
            _ => None,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn queue_now(&self, request: QueueRequest) -> Result<(), QueueError> {
        let mut state = self.state();
        let now = state.queue_time();
        match &request {
            QueueRequest::Notice { .. } | QueueRequest::Postpone { queue: Queue::Notices, .. } => {
                state.counted.notices += 1;
            }
            _ => state.counted.doorbells += 1,
        }
        queues::execute(&mut state.queues, request, now)
    }
}

impl State {
    fn queue_time(&self) -> u64 {
        u64::try_from(self.now_ms).unwrap_or(0)
    }
}

impl World for Simulation {
    fn table(&self, request: TableRequest) -> Pending<'_, Result<TableReply, TableError>> {
        Box::pin(async move {
            let mut state = self.state();
            match &request {
                TableRequest::Get { .. } | TableRequest::Query { .. } | TableRequest::Index { .. } => {
                    state.counted.reads += 1;
                }
                TableRequest::Write(_) => state.counted.writes += 1,
                TableRequest::Transact(writes) => state.counted.writes += writes.len(),
            }
            state.table.execute(&request)
        })
    }

    fn queue(&self, request: QueueRequest) -> Pending<'_, Result<(), QueueError>> {
        Box::pin(async move { self.queue_now(request) })
    }

    fn now(&self) -> Millis {
        Millis(self.state().now_ms)
    }

    /// Never ends: nothing that is tested here waits for time.
    fn sleep(&self, _milliseconds: u64) -> Pending<'_, ()> {
        Box::pin(std::future::pending())
    }

    fn token(&self) -> Token {
        let mut state = self.state();
        state.tokens += 1;
        Token(format!("{:011}", state.tokens))
    }

    fn measure(&self, metric: Metric, value: u64) {
        self.state().measured.add(metric, value);
    }
}

impl Http for Simulation {
    /// A platform that takes everything.
    fn send(&self, request: HttpRequest) -> Pending<'_, Result<HttpResponse, HttpError>> {
        Box::pin(async move {
            let says = request.url.ends_with("/sendMessage");
            let mut state = self.state();
            *(if says { &mut state.counted.http } else { &mut state.counted.signs }) += 1;
            Ok(HttpResponse { status: 200, headers: Vec::new(), body: b"{}".to_vec() })
        })
    }
}

impl Model for Simulation {
    fn transcribe(&self, _: Sound) -> models::Pending<'_, Result<models::Metered<String>, ModelError>> {
        let result = "spoken words".to_owned();
        Box::pin(std::future::ready(Ok(models::Metered { result, tokens: (1, 1), is_estimated: false })))
    }

    fn embed(
        &self,
        texts: Vec<String>,
    ) -> models::Pending<'_, Result<models::Metered<Vec<Vec<f32>>>, ModelError>> {
        let result = texts.iter().map(|text| stand_ins::model::embedded(text)).collect();
        Box::pin(std::future::ready(Ok(models::Metered { result, tokens: (1, 0), is_estimated: false })))
    }

    /// A model that repeats what was said last.
    fn answer(&self, prompt: Prompt) -> models::Pending<'_, Result<Reply, ModelError>> {
        Box::pin(async move {
            let lines: Vec<String> = prompt.lines.into_iter().map(|(_, text)| text).collect();
            let text = lines.last().cloned().unwrap_or_default();
            let mut state = self.state();
            state.counted.model += 1;
            state.asked = lines;
            Ok(Reply { text, tokens: (1, 1), ..Reply::default() })
        })
    }
}
