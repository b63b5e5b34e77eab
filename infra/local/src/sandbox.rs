//! The hidden subcommand: one function in a process of its own, served by the Lambda stand-in.

use std::sync::Arc;
use std::time::Duration;

use models::{Metered, Model, ModelError, Pending, Prompt, Reply, Sound};

use crate::cli::Failure;

/// User texts that poison the processor in the middle of the model's work, to watch what happens then.
const POISONS: [(&str, Poison); 3] =
    [("[[panic]]", Poison::Panics), ("[[abort]]", Poison::Aborts), ("[[spin]]", Poison::Spins)];

/// Runs a function until the stand-in ends the process.
pub fn run(function: &str) -> Result<(), Failure> {
    die_with_parent()?;
    startup::log();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        match function {
            "webhook" => webhook::run().await,
            "processor" => Box::pin(processor::run_with(|model| Arc::new(Poisonable(model)))).await,
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
struct Poisonable(Arc<dyn Model>);

impl Model for Poisonable {
    fn answer(&self, prompt: Prompt) -> Pending<'_, Result<Reply, ModelError>> {
        let said = prompt.lines.last().map(|(_, text)| text.as_str()).unwrap_or_default();
        let poison = POISONS.iter().find(|(word, _)| said.contains(word)).map(|(_, poison)| *poison);
        Box::pin(async move {
            if let Some(poison) = poison {
                poison.works();
            }
            self.0.answer(prompt).await
        })
    }

    fn transcribe(&self, sound: Sound) -> Pending<'_, Result<Metered<String>, ModelError>> {
        self.0.transcribe(sound)
    }

    fn embed(&self, texts: Vec<String>) -> Pending<'_, Result<Metered<Vec<Vec<f32>>>, ModelError>> {
        self.0.embed(texts)
    }
}

/// What a turn does to its process.
#[derive(Clone, Copy)]
enum Poison {
    /// It unwinds.
    Panics,
    /// It ends the whole process at once.
    Aborts,
    /// It gives no other task a turn until the process is killed at its deadline.
    Spins,
}

impl Poison {
    fn works(self) -> ! {
        match self {
            Poison::Panics => std::panic::resume_unwind(Box::new("as asked")),
            Poison::Aborts => std::process::abort(),
            Poison::Spins => loop {
                std::thread::sleep(Duration::from_millis(1));
            },
        }
    }
}
