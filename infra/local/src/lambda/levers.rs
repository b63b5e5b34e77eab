//! What is done to functions and their sandboxes from outside: they are killed, squeezed, switched off, replaced, and time
//! passes.

use std::collections::{BTreeMap, BTreeSet};

use tokio::sync::watch;

use super::sandbox;
use super::state::{Phase, Sandbox};
use super::{Ended, Lambda};
use crate::cli::Failure;

impl Lambda {
    /// Kills a sandbox of a function that is at work: the one that is `which` places behind the oldest, counted round
    /// and round. Answers how many: one or none.
    pub fn kill_busy(&self, function: &str, which: usize) -> usize {
        let state = self.state();
        let busy = state.sandboxes.values().filter(|sandbox| sandbox.function == function);
        let busy: Vec<u32> = busy
            .filter(|sandbox| matches!(sandbox.phase, Phase::Busy(_)))
            .map(|sandbox| sandbox.pid)
            .collect();
        busy.get(which % busy.len().max(1)).map_or(0, |pid| {
            sandbox::kill(*pid);
            1
        })
    }

    /// Leaves the function's sandboxes, but for those that start, so many bytes of address space above what they have now: the allocation that
    /// needs more aborts the process, as Lambda ends one that has used up its memory.
    pub fn squeeze(&self, function: &str, spare_bytes: u64) {
        let state = self.state();
        let of_function = state.sandboxes.values().filter(|sandbox| sandbox.function == function);
        let have_begun = of_function.filter(|sandbox| !matches!(sandbox.phase, Phase::Starting));
        have_begun.for_each(|sandbox| sandbox::squeeze(sandbox.pid, spare_bytes));
    }

    /// Kills the sandbox of each of the function's next invocations as soon as it has its event. Answers how many would
    /// have been killed.
    pub fn kill_next(&self, function: &str, times: u32) -> u32 {
        self.state().kill_next.insert(function.to_owned(), times).unwrap_or(0)
    }

    /// How many invocations are still to be killed, by function: of those that have any.
    pub fn kills_left(&self) -> BTreeMap<String, u32> {
        let mut left = self.state().kill_next.clone();
        left.retain(|_, times| *times > 0);
        left
    }

    /// The account may run so many invocations at a time from now on; `None`: as many as there are sandboxes for.
    pub fn limit_account(&self, most: Option<usize>) {
        self.state().account_concurrency = most;
    }

    /// Switches the event source mappings of a function on or off, as one can in a console.
    pub fn switch_mappings(&self, function: &str, on: bool) {
        self.shared.switched_off.send_modify(|off| {
            if on {
                off.remove(function);
            } else {
                off.insert(function.to_owned());
            }
        });
    }

    /// The functions whose mappings are off, as it changes.
    pub fn switched_off(&self) -> watch::Receiver<BTreeSet<String>> {
        self.shared.switched_off.subscribe()
    }

    /// Puts new sandboxes in the place of all that there are, as a deployment does: what is at work is finished first.
    pub fn retire(&self) {
        let mut state = self.state();
        for sandbox in state.sandboxes.values_mut() {
            sandbox.is_retired = true;
            if matches!(sandbox.phase, Phase::Idle) {
                sandbox.next = None;
                sandbox::kill(sandbox.pid);
            }
        }
    }

    /// So much time passes: what is at work has timed out, an idle sandbox has ended, and those that come begin later.
    ///
    /// # Errors
    /// The clock cannot be advanced: nothing has happened.
    pub fn let_pass(&self, milliseconds: u64) -> Result<(), Failure> {
        let timed_out: Vec<_> = {
            let mut state = self.state();
            // Nothing begins meanwhile: what has its place by now ends, and what gets one later is told the new time.
            self.clock().advance(milliseconds)?;
            let over = |sandbox: &mut Sandbox| Some((sandbox.function, sandbox.time_out()?));
            state.sandboxes.values_mut().filter_map(over).collect()
        };
        for (function, invocation) in timed_out {
            self.measure(function, invocation.begun, true);
            let timeout_s = self.timeout(function).as_secs();
            let _ = invocation.done.send(Ended::Failed(format!("Task timed out after {timeout_s} seconds")));
        }
        Ok(())
    }
}
