//! The Lambda stand-in: functions, their sandboxes, and the placing of invocations on them.
//!
//! A sandbox is a child process of this executable that runs the function's real `lambda_runtime` loop against
//! the Runtime API served here. It is started when an invocation finds none idle, handles one event at a time,
//! is stopped (SIGSTOP) between events as Lambda freezes it, and killed (SIGKILL) at its deadline.

mod levers;
mod output;
mod runtime_api;
mod sandbox;
mod state;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::Serialize;
use tokio::sync::{Notify, oneshot, watch};

use crate::clock::StackClock;
use crate::cloudwatch::CloudWatch;

use state::{Delivered, Invocation, Phase, Sandbox, State};

pub use runtime_api::router;

/// A function as deployed.
#[derive(Clone)]
pub struct Function {
    /// Its name: the subcommand's argument.
    pub name: &'static str,
    /// Most sandboxes at a time; an invocation that finds all busy waits.
    pub concurrency: usize,
    /// After this the sandbox is killed.
    pub timeout: Duration,
    /// Its environment.
    pub environment: BTreeMap<String, String>,
    /// Nobody reads what it logs.
    pub quiet: bool,
}

/// How an invocation ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// The function's response.
    Response(Vec<u8>),
    /// It reported an error, ran out of time or died.
    Failed(String),
    /// It has not begun: the account runs as much at a time as it may.
    Throttled,
}

/// What the outside can see of a sandbox.
#[derive(Debug, Clone, Serialize)]
pub struct SandboxView {
    /// Which function.
    pub function: &'static str,
    /// Process id.
    pub pid: u32,
    /// `starting`, `idle`, `busy`, `gone`.
    pub state: &'static str,
}

/// The stand-in.
#[derive(Clone)]
pub struct Lambda {
    shared: Arc<Shared>,
}

struct Shared {
    /// `http://127.0.0.1:PORT` of the Runtime API.
    endpoint: String,
    functions: Vec<Function>,
    state: Mutex<State>,
    /// Something about the sandboxes changed.
    changed: Notify,
    watcher: Box<dyn Fn(&SandboxView) + Send + Sync>,
    hooks: output::Hooks,
    cloudwatch: CloudWatch,
    clock: StackClock,
    /// The functions whose event source mappings somebody has switched off.
    switched_off: watch::Sender<BTreeSet<String>>,
}

impl Lambda {
    /// A stand-in for these functions whose Runtime API is served at `endpoint`. `watcher` hears of every change.
    pub fn new(
        endpoint: String,
        functions: Vec<Function>,
        cloudwatch: CloudWatch,
        clock: StackClock,
        watcher: impl Fn(&SandboxView) + Send + Sync + 'static,
    ) -> Lambda {
        let watcher = Box::new(watcher);
        let (state, changed, hooks) = (Mutex::default(), Notify::new(), output::Hooks::default());
        let switched_off = watch::Sender::default();
        let shared =
            Shared { endpoint, functions, state, changed, watcher, hooks, cloudwatch, clock, switched_off };
        Lambda { shared: Arc::new(shared) }
    }

    /// Where it is measured.
    pub fn cloudwatch(&self) -> &CloudWatch {
        &self.shared.cloudwatch
    }

    /// The time it goes by.
    pub fn clock(&self) -> &StackClock {
        &self.shared.clock
    }

    /// Hears every line of metrics that a function prints, with the function's name.
    pub fn on_metric_line(&self, hook: impl Fn(&'static str, &str) + Send + Sync + 'static) {
        self.shared.hooks.add(Arc::new(hook));
    }

    /// Invokes a function and waits for its end.
    pub async fn invoke(&self, function: &str, payload: Vec<u8>) -> Ended {
        let Some(function) = self.function(function) else {
            return Ended::Failed(format!("there is no function `{function}`"));
        };
        let (done, ended) = oneshot::channel();
        {
            let mut state = self.state();
            if state.account_concurrency.is_some_and(|most| state.in_flight() >= most) {
                self.cloudwatch().of_function(function.name, "Throttles", 1.0);
                return Ended::Throttled;
            }
            state.next_request += 1;
            let id = format!("{:08x}-0000-4000-8000-{:012x}", std::process::id(), state.next_request);
            let invocation = Invocation { id, payload, done, begun: Instant::now() };
            state.waiting.entry(function.name).or_default().push_back(invocation);
        }
        self.place(function);
        ended.await.unwrap_or_else(|_| Ended::Failed("the sandbox is gone".to_owned()))
    }

    /// Starts a sandbox ahead of the first event.
    pub fn warm(&self, function: &str) {
        if let Some(function) = self.function(function) {
            self.start(function);
        }
    }

    /// Starts a sandbox of each function that somebody waits for, ahead of the first event.
    pub fn warm_all(&self) {
        for function in self.shared.functions.iter().filter(|function| function.name != "dead-letter") {
            self.start(function);
        }
    }

    /// Waits until no sandbox is starting any more, or until the time is up.
    pub async fn wait_until_warm(&self, at_most: Duration) {
        let warm = async {
            loop {
                let changed = self.shared.changed.notified();
                if self.sandboxes().iter().all(|sandbox| sandbox.state != "starting") {
                    return;
                }
                changed.await;
            }
        };
        let _ = tokio::time::timeout(at_most, warm).await;
    }

    /// Kills all sandboxes.
    pub fn shut_down(&self) {
        self.state().sandboxes.values().for_each(|sandbox| sandbox::kill(sandbox.pid));
    }

    /// All sandboxes.
    pub fn sandboxes(&self) -> Vec<SandboxView> {
        self.state().sandboxes.values().map(Sandbox::view).collect()
    }

    /// How many sandboxes are at work, by function: of those that have any.
    pub fn at_work(&self) -> BTreeMap<&'static str, usize> {
        let mut at_work = BTreeMap::new();
        for sandbox in self.sandboxes().iter().filter(|sandbox| sandbox.state == "busy") {
            *at_work.entry(sandbox.function).or_default() += 1;
        }
        at_work
    }

    /// How many invocations wait for a sandbox, by function.
    pub fn backlog(&self) -> BTreeMap<&'static str, usize> {
        self.state().waiting.iter().map(|(function, waiting)| (*function, waiting.len())).collect()
    }

    /// After this a sandbox of the function is killed.
    pub fn timeout(&self, function: &str) -> Duration {
        self.function(function).map_or(Duration::ZERO, |function| function.timeout)
    }

    fn function(&self, name: &str) -> Option<&Function> {
        self.shared.functions.iter().find(|function| function.name == name)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn changed(&self, view: &SandboxView) {
        (self.shared.watcher)(view);
        self.shared.changed.notify_waiters();
    }

    /// Puts waiting invocations into idle sandboxes, and starts one more where that is allowed and needed.
    fn place(&self, function: &Function) {
        let mut begun = Vec::new();
        let start = {
            let mut state = self.state();
            while let Some(id) = state.idle(function.name) {
                let Some(invocation) = state.waiting.get_mut(function.name).and_then(VecDeque::pop_front)
                else {
                    break;
                };
                let kill = state.takes_a_kill(function.name);
                if let Some(sandbox) = state.sandboxes.get_mut(&id) {
                    begun.push((id, invocation.id.clone(), kill));
                    sandbox.begin(invocation, function.timeout);
                }
            }
            let waiting = state.waiting.get(function.name).map_or(0, VecDeque::len);
            waiting > state.starting(function.name) && state.count(function.name) < function.concurrency
        };
        for (id, request, kill) in begun {
            self.watch_deadline(function, id, request, kill);
        }
        if start {
            self.start(function);
        }
    }

    /// Kills the sandbox when its event is not done in time.
    fn watch_deadline(&self, function: &Function, id: u64, request: String, kill: bool) {
        let view = self.state().sandboxes.get(&id).map(Sandbox::view);
        let Some(view) = view else { return };
        self.changed(&view);
        if kill {
            sandbox::kill(view.pid);
            return;
        }
        let (lambda, timeout) = (self.clone(), function.timeout);
        tokio::spawn(async move {
            tokio::time::sleep(timeout).await;
            let still_at_it = lambda.state().sandboxes.get(&id).is_some_and(
                |sandbox| matches!(&sandbox.phase, Phase::Busy(invocation) if invocation.id == request),
            );
            if still_at_it {
                tracing::warn!(pid = view.pid, function = view.function, "task timed out: killed");
                sandbox::kill(view.pid);
            }
        });
    }

    fn start(&self, function: &Function) {
        let id = {
            let mut state = self.state();
            state.next_sandbox += 1;
            let id = state.next_sandbox;
            // Its place counts from now on; the process id follows.
            let (phase, next, is_retired) = (Phase::Starting, None, false);
            let place = Sandbox { function: function.name, pid: 0, phase, next, is_retired };
            state.sandboxes.insert(id, place);
            id
        };
        let runtime_api = format!("{}/sandbox/{id}", self.shared.endpoint);
        match sandbox::spawn(function, &runtime_api, self.clock().ahead_ms()) {
            Ok(mut child) => {
                let pid = child.id().unwrap_or(0);
                if let Some(sandbox) = self.state().sandboxes.get_mut(&id) {
                    sandbox.pid = pid;
                }
                self.changed(&SandboxView { function: function.name, pid, state: "starting" });
                let (lambda, function, output) = (self.clone(), function.clone(), child.stdout.take());
                tokio::spawn(async move {
                    if let Some(output) = output {
                        output::relay(&lambda.shared.hooks, &function, output).await;
                    }
                    let _ = child.wait().await;
                    lambda.gone(id);
                });
            }
            Err(error) => {
                tracing::error!(function = function.name, %error, "no sandbox could be started");
                self.gone(id);
            }
        }
    }

    /// The process has ended: what it was at has failed.
    fn gone(&self, id: u64) {
        let Some(sandbox) = self.state().sandboxes.remove(&id) else { return };
        let died_starting = matches!(sandbox.phase, Phase::Starting);
        if let Phase::Busy(invocation) = sandbox.phase {
            self.measure(sandbox.function, invocation.begun, true);
            let _ = invocation.done.send(Ended::Failed("the process ended before its response".to_owned()));
        }
        self.changed(&SandboxView { function: sandbox.function, pid: sandbox.pid, state: "gone" });
        let Some(function) = self.function(sandbox.function).cloned() else { return };
        let lambda = self.clone();
        tokio::spawn(async move {
            if died_starting {
                // Its own log says why. Not at once again, or a wrong setting would spin.
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
            lambda.place(&function);
        });
    }

    /// A sandbox asks for its next event: it is initialised, or has done the one before.
    fn asks(&self, id: u64) -> Option<oneshot::Receiver<Delivered>> {
        let (sender, receiver) = oneshot::channel();
        let (view, function) = {
            let mut state = self.state();
            let sandbox = state.sandboxes.get_mut(&id)?;
            sandbox.phase = Phase::Idle;
            if sandbox.is_retired {
                sandbox::kill(sandbox.pid);
                return None;
            }
            // Before anybody can hand it an event: later, it would be frozen at its work.
            sandbox::freeze(sandbox.pid);
            sandbox.next = Some(sender);
            (sandbox.view(), sandbox.function)
        };
        self.changed(&view);
        if let Some(function) = self.function(function) {
            self.place(function);
        }
        Some(receiver)
    }

    /// A sandbox has done an event.
    fn ends(&self, id: u64, request: &str, ended: Ended) {
        let mut state = self.state();
        let Some(sandbox) = state.sandboxes.get_mut(&id) else { return };
        let is_its = matches!(&sandbox.phase, Phase::Busy(invocation) if invocation.id == request);
        if let (true, Phase::Busy(invocation)) =
            (is_its, std::mem::replace(&mut sandbox.phase, Phase::Starting))
        {
            self.measure(sandbox.function, invocation.begun, matches!(ended, Ended::Failed(_)));
            let _ = invocation.done.send(ended);
        }
    }

    /// An invocation is over. Source: Lambda developer guide, "Types of metrics for Lambda functions".
    fn measure(&self, function: &str, begun: Instant, is_error: bool) {
        let put = |name, value| self.cloudwatch().of_function(function, name, value);
        put("Invocations", 1.0);
        put("Errors", f64::from(u8::from(is_error)));
        put("Duration", begun.elapsed().as_secs_f64() * 1_000.0);
    }
}
