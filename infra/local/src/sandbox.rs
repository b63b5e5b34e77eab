//! The hidden subcommand: one function in a process of its own, served by the Lambda stand-in.

use std::sync::Arc;

use models::{Model, ModelError, Pending, Prompt, Reply};

use crate::cli::Failure;

/// A user text that makes the processor panic in the middle of the model's work, to watch what happens then.
const PANIC_WORD: &str = "[[panic]]";

/// Runs a function until the stand-in ends the process.
pub fn run(function: &str) -> Result<(), Failure> {
    die_with_parent()?;
    startup::log();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        match function {
            "webhook" => webhook::run().await,
            "processor" => processor::run_with(|model| Arc::new(Panicking(model))).await,
            "notify" => notify::run().await,
            "dead-letter" => dead_letter::run().await,
            "api" => api::run().await,
            other => Err(format!("there is no function `{other}`").into()),
        }
    })
}

/// A stack that is killed must not leave stopped sandboxes behind.
fn die_with_parent() -> Result<(), Failure> {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{Signal, getppid, set_parent_process_death_signal};
        set_parent_process_death_signal(Some(Signal::KILL))?;
        let parent = std::env::var("TURNWISE_PARENT_PID").unwrap_or_default();
        if getppid().is_some_and(|pid| pid.as_raw_nonzero().to_string() != parent) {
            return Err("the stack that started this sandbox is gone".into());
        }
    }
    Ok(())
}

/// The bot's model, with a fault on demand.
struct Panicking(Arc<dyn Model>);

impl Model for Panicking {
    fn answer(&self, prompt: Prompt) -> Pending<'_, Result<Reply, ModelError>> {
        let asked_to = prompt.lines.last().is_some_and(|(_, text)| text.contains(PANIC_WORD));
        Box::pin(async move {
            assert!(!asked_to, "as asked");
            self.0.answer(prompt).await
        })
    }
}
