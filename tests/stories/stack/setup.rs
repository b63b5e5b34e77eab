//! How a story's stack is started.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tempfile::NamedTempFile;
use tokio::io::{AsyncBufReadExt, BufReader};

use super::{PATIENCE, Stack, number, root, turnwise};
use crate::canaries::{Canaries, LOGGED};

/// Timings that let a story run in seconds, and end no turn by its time on a slow machine.
const QUICK: &[&str] = &[
    "answer_timeout_ms=60000",
    "deadline_reserve_ms=2000",
    "lease_margin_ms=100",
    "clock_skew_ms=0",
    "processor_timeout_s=70",
    "visibility_timeout_s=75",
    "webhook_timeout_s=10",
    "poll_ms=50",
    "debounce_ms=0",
    "model_backoff_ms=20",
    // Nobody is told that it takes long because the machine is slow.
    "watch_after_s=900",
];

/// Timings that let a story about crashes run in seconds. Only their order matters: reserve < answer < timeout <
/// visibility.
const MORTAL: &[&str] = &[
    "answer_timeout_ms=8000",
    "deadline_reserve_ms=500",
    "processor_timeout_s=10",
    "visibility_timeout_s=11",
];

/// How a stack is started.
pub struct Setup {
    settings: Vec<String>,
    bot: PathBuf,
    data: Option<PathBuf>,
    model_delay_ms: u64,
    model_concurrency: u16,
    is_breakable: bool,
    is_fresh: bool,
}

impl Setup {
    /// The example bot with quick timings, nothing kept.
    pub fn quick() -> Setup {
        let settings = QUICK.iter().map(|setting| (*setting).to_owned()).collect();
        Setup {
            settings,
            bot: root().join("bots/assistant"),
            data: None,
            model_delay_ms: 50,
            model_concurrency: 8,
            is_breakable: false,
            is_fresh: false,
        }
    }

    /// The same where a turn may be held for as long as a story waits for anything.
    pub fn patient() -> Setup {
        let patient = ["answer_timeout_ms=100000", "processor_timeout_s=110", "visibility_timeout_s=120"];
        patient.into_iter().fold(Setup::quick(), Setup::set)
    }

    /// The same for a story about crashes: what was at work is taken over within seconds.
    pub fn mortal() -> Setup {
        MORTAL.iter().fold(Setup::quick(), |setup, setting| setup.set(setting))
    }

    /// The same where that is so late that much else is done before, on any machine.
    pub fn late() -> Setup {
        let late = ["answer_timeout_ms=14000", "processor_timeout_s=17", "visibility_timeout_s=18"];
        late.into_iter().fold(Setup::mortal(), Setup::set)
    }

    /// The same where a message of which two processors die is a dead letter.
    pub fn poisoned() -> Setup {
        Setup::mortal().set("max_receive_count=2")
    }

    /// One more setting.
    pub fn set(mut self, setting: &str) -> Setup {
        self.settings.push(setting.to_owned());
        self
    }

    /// So many model calls at a time.
    pub fn model_concurrency(mut self, calls: u16) -> Setup {
        self.model_concurrency = calls;
        self
    }

    /// With a way to the table that can be made a bad one.
    pub fn breakable(mut self) -> Setup {
        self.is_breakable = true;
        self
    }

    /// Another bot.
    pub fn bot(mut self, folder: &Path) -> Setup {
        folder.clone_into(&mut self.bot);
        self
    }

    /// State that survives.
    pub fn data(mut self, folder: &Path) -> Setup {
        self.data = Some(folder.to_owned());
        self
    }

    /// Whatever was kept is forgotten.
    pub fn fresh(mut self) -> Setup {
        self.is_fresh = true;
        self
    }

    /// Starts it and waits for its ready line.
    pub async fn up(self) -> Stack {
        let mut command = turnwise();
        command.args(["up", "--json", "--port", "0", "--sqs-port", "0", "--dynamodb-port", "0", "--bot"]);
        command.arg(&self.bot).arg("--set").arg(format!("model_delay_ms={}", self.model_delay_ms));
        command.arg("--model-concurrency").arg(self.model_concurrency.to_string());
        for setting in &self.settings {
            command.arg("--set").arg(setting);
        }
        if self.is_breakable {
            command.arg("--breakable");
        }
        if self.is_fresh {
            command.arg("--fresh");
        }
        match &self.data {
            Some(folder) => command.arg("--data").arg(folder),
            None => command.arg("--memory"),
        };
        let engines = [
            ("TURNWISE_SQS_ENDPOINT", "--sqs-endpoint"),
            ("TURNWISE_DYNAMODB_ENDPOINT", "--dynamodb-endpoint"),
        ];
        let foreign = engines.map(|(variable, option)| std::env::var(variable).ok().map(|url| (option, url)));
        for (option, url) in foreign.iter().flatten() {
            command.arg(option).arg(url);
        }
        if foreign.iter().any(Option::is_some) {
            // Stories share such an engine: each has a table and queues of its own there.
            command.arg("--name").arg(format!("story-{}-{}", std::process::id(), number()));
        }
        let log = std::env::var_os("RUST_LOG").is_none().then(|| NamedTempFile::new().expect("a file"));
        if let Some(file) = &log {
            command.env("RUST_LOG", LOGGED).stderr(file.reopen().expect("the same file"));
        }
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the stack starts");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let ready = tokio::time::timeout(PATIENCE, async {
            while let Some(line) = lines.next_line().await.expect("lines of text") {
                let event: Value = serde_json::from_str(&line).unwrap_or_default();
                if event["event"] == "ready" {
                    return Some(event);
                }
            }
            None
        });
        let ready = ready.await.expect("ready in time").expect("a ready line before the end");
        // What it goes on to say is read, or it would stop at a full pipe.
        let processors_gone = Arc::<AtomicUsize>::default();
        let bot_events = Arc::<Mutex<Vec<Value>>>::default();
        let refused = Arc::<Mutex<Vec<Value>>>::default();
        let (gone, of_bot) = (Arc::clone(&processors_gone), Arc::clone(&bot_events));
        let in_vain = Arc::clone(&refused);
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                let event: Value = serde_json::from_str(&line).unwrap_or_default();
                let is_gone = event["function"] == "processor" && event["state"] == "gone";
                gone.fetch_add(usize::from(is_gone), Ordering::Relaxed);
                match event["event"].as_str() {
                    Some("bot") => of_bot.lock().expect("whole").push(event),
                    Some("refused") => in_vain.lock().expect("whole").push(event),
                    _ => {}
                }
            }
        });
        let stack = Stack {
            child,
            base: ready["url"].as_str().expect("a URL").to_owned(),
            endpoints: ready["endpoints"].clone(),
            http: reqwest::Client::new(),
            processors_gone,
            bot_events,
            refused,
            canaries: Canaries::default(),
            log,
        };
        for secret in stack.state().await["secrets"].as_object().expect("secrets").values() {
            stack.canaries.secret(secret.as_str().unwrap_or_default());
        }
        stack
    }
}
