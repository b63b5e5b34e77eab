//! What is used: processor time of the functions' processes and of everything else that runs here (generator, stand-ins,
//! table), and the connections that the processes open.

use std::collections::BTreeMap;

use crate::stack::Stack;

/// Milliseconds of a clock tick of `/proc/PID/stat`: 100 a second on every Linux that Lambda or a laptop runs.
const TICK_MS: u64 = 10;

/// What the processes had used at some time.
#[derive(Debug, Clone, Default)]
pub struct Usage {
    /// By process id: which function, milliseconds.
    sandboxes: BTreeMap<u32, (&'static str, u64)>,
    /// This process.
    own_ms: u64,
    /// By server: how many connections it had taken.
    connections: BTreeMap<&'static str, usize>,
}

/// What was used between two looks.
#[derive(Debug, Clone, Default)]
pub struct Spent {
    /// By function. Processes that ended in between are missing.
    pub functions: BTreeMap<&'static str, u64>,
    /// Generator, stand-ins and table.
    pub own_ms: u64,
    /// Connections that were opened to the platform, the model and the queues.
    pub connections: BTreeMap<&'static str, usize>,
}

impl Usage {
    /// Looks. Other systems than Linux show nothing.
    pub fn look(stack: &Stack) -> Usage {
        let sandboxes = stack.lambda.sandboxes().into_iter();
        let used =
            sandboxes.filter_map(|sandbox| Some((sandbox.pid, (sandbox.function, used_ms(sandbox.pid)?))));
        Usage {
            sandboxes: used.collect(),
            own_ms: used_ms(std::process::id()).unwrap_or(0),
            connections: connections(stack),
        }
    }

    /// What has been used since an earlier look.
    pub fn since(&self, earlier: &Usage) -> Spent {
        let mut spent = Spent { own_ms: self.own_ms.saturating_sub(earlier.own_ms), ..Spent::default() };
        for (server, taken) in &self.connections {
            let before = earlier.connections.get(server).copied().unwrap_or(0);
            spent.connections.insert(server, taken - before);
        }
        for (pid, (function, ms)) in &self.sandboxes {
            let before = earlier.sandboxes.get(pid).map_or(0, |(_, before)| *before);
            *spent.functions.entry(function).or_default() += ms.saturating_sub(before);
        }
        spent
    }
}

/// Those that the stand-ins have taken so far.
fn connections(stack: &Stack) -> BTreeMap<&'static str, usize> {
    let engines = &stack.engines;
    let taken = [
        ("platform", engines.telegram.as_ref().map(stand_ins::telegram::Handle::connections)),
        ("model", engines.model.scripted.as_ref().map(stand_ins::model::Handle::connections)),
        ("queues", engines.queues.as_ref().map(stand_ins::sqs::Handle::connections)),
    ];
    taken.into_iter().filter_map(|(server, taken)| Some((server, taken?))).collect()
}

/// User and system time of a process: the fourteenth and fifteenth field of its `stat` (proc(5)).
fn used_ms(pid: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The second field, the name, may hold spaces; it ends with the last parenthesis.
    let mut after_name = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let user: u64 = after_name.next()?.parse().ok()?;
    let system: u64 = after_name.next()?.parse().ok()?;
    Some((user + system) * TICK_MS)
}
