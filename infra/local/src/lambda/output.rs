//! What a sandbox writes on its standard output: lines of metrics, which CloudWatch would take up, and logs, which go
//! where people look for them.

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::ChildStdout;

use super::Function;

/// What a line of embedded metrics has, and no other line.
const METRICS: &str = r#""_aws":"#;

type Hook = Arc<dyn Fn(&'static str, &str) + Send + Sync>;

/// Who hears of metric lines: of which function, and the line.
#[derive(Default)]
pub(super) struct Hooks(Mutex<Vec<Hook>>);

impl Hooks {
    pub(super) fn add(&self, hook: Hook) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(hook);
    }

    fn metric_line(&self, function: &'static str, line: &str) {
        let hooks = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for hook in &hooks {
            hook(function, line);
        }
    }
}

/// Reads on until the process ends, also what it wrote just before.
pub(super) async fn relay(hooks: &Hooks, function: &Function, output: ChildStdout) {
    let mut lines = BufReader::new(output).split(b'\n');
    while let Ok(Some(line)) = lines.next_segment().await {
        let line = String::from_utf8_lossy(&line);
        if line.starts_with('{') && line.contains(METRICS) {
            hooks.metric_line(function.name, &line);
        } else if !function.quiet {
            let _ = writeln!(std::io::stderr(), "{line}");
        }
    }
}
