//! What the functions' processes hold in memory while a stack runs: a long calm run shows whether it grows.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::stack::Stack;

/// Between two looks.
const LOOK: Duration = Duration::from_secs(2);
/// Bytes of a page of `/proc/PID/statm`.
const PAGE_BYTES: u64 = 4096;
/// The last quarter may lie above the first by a quarter and so many bytes.
const GROWTH_BYTES_MAX: u64 = 2 * 1024 * 1024;

/// Resident bytes of a function's largest process, look by look.
#[derive(Debug, Default)]
pub struct Memory {
    looks: BTreeMap<&'static str, Vec<u64>>,
}

/// What a function's processes held.
#[derive(Debug, Clone, Copy)]
pub struct Held {
    /// Median of the first quarter of the time, in bytes.
    pub first: u64,
    /// Median of the last quarter.
    pub last: u64,
    /// The most ever seen.
    pub most: u64,
}

impl Memory {
    /// Looks until the end. Other systems than Linux show nothing.
    pub async fn until(end: Instant, stack: &Stack) -> Memory {
        let mut memory = Memory::default();
        while Instant::now() < end {
            memory.look(stack);
            tokio::time::sleep(LOOK).await;
        }
        memory
    }

    fn look(&mut self, stack: &Stack) {
        let mut largest = BTreeMap::new();
        for sandbox in stack.lambda.sandboxes() {
            let held = largest.entry(sandbox.function).or_insert(0);
            *held = resident(sandbox.pid).unwrap_or(0).max(*held);
        }
        for (function, held) in largest {
            self.looks.entry(function).or_default().push(held);
        }
    }

    /// By function.
    pub fn held(&self) -> BTreeMap<&'static str, Held> {
        let held = |looks: &Vec<u64>| {
            let quarter = looks.len().div_ceil(4);
            Held {
                first: median(looks.iter().take(quarter)),
                last: median(looks.iter().rev().take(quarter)),
                most: looks.iter().copied().max().unwrap_or(0),
            }
        };
        self.looks.iter().map(|(function, looks)| (*function, held(looks))).collect()
    }

    /// Functions whose processes grew, one sentence each.
    pub fn grown(&self) -> Vec<String> {
        let grew = |held: &Held| held.last > held.first + held.first / 4 + GROWTH_BYTES_MAX;
        let grown = self.held().into_iter().filter(|(_, held)| grew(held));
        grown.map(|(function, held)| format!("the memory of {function} grew: {held:?}")).collect()
    }
}

fn median<'a>(values: impl Iterator<Item = &'a u64>) -> u64 {
    let mut values: Vec<u64> = values.copied().collect();
    values.sort_unstable();
    values.get(values.len() / 2).copied().unwrap_or(0)
}

fn resident(pid: u32) -> Option<u64> {
    let statm = std::fs::read_to_string(format!("/proc/{pid}/statm")).ok()?;
    let pages: u64 = statm.split_whitespace().nth(1)?.parse().ok()?;
    Some(pages * PAGE_BYTES)
}
