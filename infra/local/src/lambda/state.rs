//! What there is at a moment: sandboxes, each at something, and invocations that wait for one.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::{Ended, SandboxView, sandbox};

/// Which sandboxes there are, and what waits for one.
#[derive(Default)]
pub(super) struct State {
    pub(super) next_sandbox: u64,
    pub(super) next_request: u64,
    pub(super) sandboxes: BTreeMap<u64, Sandbox>,
    pub(super) waiting: BTreeMap<&'static str, VecDeque<Invocation>>,
    /// Invocations to be killed as soon as they have begun, by function.
    pub(super) kill_next: BTreeMap<String, u32>,
    /// Most invocations at a time, of all functions together.
    pub(super) account_concurrency: Option<usize>,
}

/// A process, and what it is at.
pub(super) struct Sandbox {
    pub(super) function: &'static str,
    pub(super) pid: u32,
    pub(super) phase: Phase,
    /// Its open `next` request, answered with the next event.
    pub(super) next: Option<oneshot::Sender<Delivered>>,
    /// It has begun before something changed: it ends when it has nothing to do.
    pub(super) is_retired: bool,
}

/// What a sandbox is at.
pub(super) enum Phase {
    Starting,
    Idle,
    Busy(Invocation),
}

/// An event, and who waits for its end.
pub(super) struct Invocation {
    pub(super) id: String,
    pub(super) payload: Vec<u8>,
    pub(super) done: oneshot::Sender<Ended>,
    /// Since when it has been at work.
    pub(super) begun: Instant,
}

/// An event on its way into a sandbox.
pub(super) struct Delivered {
    pub(super) id: String,
    pub(super) payload: Vec<u8>,
    pub(super) timeout: Duration,
}

impl State {
    pub(super) fn of(&self, function: &'static str) -> impl Iterator<Item = (&u64, &Sandbox)> {
        self.sandboxes.iter().filter(move |(_, sandbox)| sandbox.function == function)
    }

    pub(super) fn count(&self, function: &'static str) -> usize {
        self.of(function).count()
    }

    pub(super) fn in_flight(&self) -> usize {
        let busy = self.sandboxes.values().filter(|sandbox| matches!(sandbox.phase, Phase::Busy(_)));
        busy.count() + self.waiting.values().map(VecDeque::len).sum::<usize>()
    }

    pub(super) fn starting(&self, function: &'static str) -> usize {
        self.of(function).filter(|(_, sandbox)| matches!(sandbox.phase, Phase::Starting)).count()
    }

    pub(super) fn idle(&self, function: &'static str) -> Option<u64> {
        let idle = |sandbox: &Sandbox| matches!(sandbox.phase, Phase::Idle) && sandbox.next.is_some();
        self.of(function).find(|(_, sandbox)| idle(sandbox)).map(|(id, _)| *id)
    }

    pub(super) fn takes_a_kill(&mut self, function: &str) -> bool {
        match self.kill_next.get_mut(function) {
            Some(left) if *left > 0 => {
                *left -= 1;
                true
            }
            _ => false,
        }
    }
}

impl Sandbox {
    pub(super) fn view(&self) -> SandboxView {
        let state = match self.phase {
            Phase::Starting => "starting",
            Phase::Idle => "idle",
            Phase::Busy(_) => "busy",
        };
        SandboxView { function: self.function, pid: self.pid, state }
    }

    /// It ends here and now. Answers with what it was at; one that starts ends when it asks for an event.
    pub(super) fn time_out(&mut self) -> Option<Invocation> {
        self.is_retired = true;
        if matches!(self.phase, Phase::Starting) {
            return None;
        }
        self.next = None;
        sandbox::kill(self.pid);
        match std::mem::replace(&mut self.phase, Phase::Idle) {
            Phase::Busy(invocation) => Some(invocation),
            Phase::Starting | Phase::Idle => None,
        }
    }

    pub(super) fn begin(&mut self, mut invocation: Invocation, timeout: Duration) {
        invocation.begun = Instant::now();
        sandbox::thaw(self.pid);
        let delivered = Delivered { id: invocation.id.clone(), payload: invocation.payload.clone(), timeout };
        if let Some(next) = self.next.take() {
            let _ = next.send(delivered);
        }
        self.phase = Phase::Busy(invocation);
    }
}
