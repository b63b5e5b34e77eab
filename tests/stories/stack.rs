//! A running stack, and the model that answers.

mod setup;

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::NamedTempFile;
use tokio::process::{Child, Command};

use crate::canaries::Canaries;

pub use setup::Setup;

/// How long anything may take before the story has failed. Nothing here waits this long when all is well.
pub const PATIENCE: Duration = Duration::from_mins(2);

/// A local stack in a process of its own.
pub struct Stack {
    child: Child,
    base: String,
    endpoints: Value,
    http: reqwest::Client,
    /// Processors that have ended.
    processors_gone: Arc<AtomicUsize>,
    /// What it said of the bot's folder.
    bot_events: Arc<Mutex<Vec<Value>>>,
    /// What a function was not allowed to do.
    refused: Arc<Mutex<Vec<Value>>>,
    /// What must stand in no line of its log.
    canaries: Canaries,
    /// All that it and its functions log; `None` when somebody wants to read along.
    log: Option<NamedTempFile>,
}

/// The binary under test, without secrets of the machine it runs on.
pub fn turnwise() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_turnwise"));
    let others =
        ["OPENAI_BASE_URL", "OPENAI_API_KEY", "GEMINI_API_KEY", "ANTHROPIC_API_KEY", "MODEL", "OWNER_TOKEN"];
    for name in others {
        command.env_remove(name);
    }
    for (_, variable) in channels::variables() {
        command.env_remove(variable.name);
    }
    command.current_dir(root()).stdin(Stdio::null()).kill_on_drop(true);
    if std::env::var_os("RUST_LOG").is_none() {
        command.env("RUST_LOG", "off");
    }
    command
}

/// The project's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the project's root")
}

/// A number no other story of this process has.
pub fn number() -> u64 {
    static NEXT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(1);
    NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
}

/// Waits for a fact. The story fails when it does not come true.
pub async fn until<T, F: Future<Output = Option<T>>>(what: &str, mut look: impl FnMut() -> F) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(started.elapsed() < PATIENCE, "waited in vain for: {what}");
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
}

impl Stack {
    /// Whatever was refused so far was meant to be. Waits until it is known.
    pub async fn refused(&self) -> Vec<Value> {
        until("something is refused", async || {
            let refused = std::mem::take(&mut *self.refused.lock().expect("whole"));
            (!refused.is_empty()).then_some(refused)
        })
        .await
    }

    /// A URL of the stack.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// An HTTP client.
    pub fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// `GET /local/state`.
    pub async fn state(&self) -> Value {
        self.get(self.url("/local/state")).await
    }

    /// The first rules that hold for what the model is asked.
    pub async fn model_rules(&self, rules: Value) {
        self.post(format!("{}/control/rules", self.model()), &rules).await;
    }

    /// Lets the model go on with what its rules hold.
    pub async fn let_go(&self) {
        self.post(format!("{}/control/let-go", self.model()), &json!({})).await;
    }

    /// Every request the model has had.
    pub async fn model_requests(&self) -> Vec<Value> {
        let journal = self.get(format!("{}/control/journal", self.model())).await;
        journal.as_array().or(journal["requests"].as_array()).expect("a list").clone()
    }

    /// Waits until the model is at work on something that contains `text`.
    pub async fn model_is_asked(&self, text: &str) {
        until(&format!("the model is asked `{text}`"), || async {
            let requests = self.model_requests().await;
            requests.iter().any(|request| asked(request).contains(text)).then_some(())
        })
        .await;
    }

    /// Waits until all that was said is settled: an answer is heard a moment before its outcome is recorded.
    pub async fn settles(&self) -> Value {
        until("everything is settled", || async {
            let answer = self.http.get(self.url("/local/ledger")).send().await.expect("an answer");
            let ledger: Value = answer.json().await.unwrap_or_default();
            (ledger["waiting"] == 0 && ledger["arriving"] == 0).then_some(ledger)
        })
        .await
    }

    /// Kills the processors that are at work; waits until there is one.
    pub async fn kill_processor(&self) {
        let kill = json!({ "function": "processor" });
        until("a processor is killed", || async {
            let killed = self.post(self.url("/local/kill"), &kill).await;
            (killed["killed"].as_u64()? > 0).then_some(())
        })
        .await;
    }

    /// How many processors have ended since the stack was ready.
    pub fn processors_gone(&self) -> usize {
        self.processors_gone.load(Ordering::Relaxed)
    }

    /// What it has said of changes in the bot's folder.
    pub fn bot_events(&self) -> Vec<Value> {
        self.bot_events.lock().expect("whole").clone()
    }

    /// All that the model was asked, the first time, the second and so on.
    pub async fn model_was_shown(&self, sequence: usize) -> String {
        let url = format!("{}/control/shown/{sequence}", self.model());
        self.http.get(url).send().await.expect("an answer").text().await.expect("a text")
    }

    /// The function's next invocations die at once.
    pub async fn kill_next(&self, function: &str, times: u32) {
        self.post(self.url("/local/faults"), &json!({ "function": function, "kill_next": times })).await;
    }

    /// Every alarm of the template, as it is now.
    pub async fn alarms(&self) -> Vec<Value> {
        self.state().await["alarms"].as_array().expect("alarms").clone()
    }

    /// Switches what feeds a function off or on.
    pub async fn switch_mappings(&self, function: &str, on: bool) {
        self.post(self.url("/local/faults"), &json!({ "function": function, "mappings": on })).await;
    }

    /// `kill -9` on the whole stack.
    pub async fn kill(mut self) {
        self.child.kill().await.expect("it is killed");
    }

    /// Ctrl-C. Answers with its exit code.
    pub async fn stop(mut self) -> Option<i32> {
        let pid = self.child.id().expect("it runs").to_string();
        Command::new("kill").args(["-INT", &pid]).status().await.expect("a signal is sent");
        tokio::time::timeout(PATIENCE, self.child.wait()).await.expect("it ends").expect("a status").code()
    }

    /// What is there now.
    pub async fn get(&self, url: String) -> Value {
        self.http.get(url).send().await.expect("an answer").json().await.expect("JSON")
    }

    /// Does something that has to succeed.
    pub async fn post(&self, url: String, body: &Value) -> Value {
        self.canaries.heard(body);
        let answer = self.http.post(url).json(body).send().await.expect("an answer");
        assert!(answer.status().is_success(), "{}: {:?}", answer.url(), answer.status());
        answer.json().await.unwrap_or_default()
    }

    /// What must stand in no log from now on.
    pub fn canaries(&self) -> &Canaries {
        &self.canaries
    }

    /// The next calls of the bot to Telegram go wrong like this.
    pub async fn telegram_faults(&self, faults: Value) {
        self.post(format!("{}/control/faults", self.telegram()), &faults).await;
    }

    fn model(&self) -> &str {
        self.endpoints["model"].as_str().expect("a URL").trim_end_matches("/v1")
    }

    /// The stand-in of a platform.
    pub fn platform(&self, channel: &str) -> &str {
        self.endpoints[channel].as_str().expect("a URL")
    }

    pub fn telegram(&self) -> &str {
        self.endpoints["telegram"].as_str().expect("a URL")
    }
}

/// A story is over: nothing that was said or secret in it stands in what was logged.
impl Drop for Stack {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let refused = self.refused.lock().expect("whole");
        assert!(refused.is_empty(), "template.yaml does not grant {refused:#?}");
        let Some(log) = &self.log else { return };
        let log = std::fs::read(log.path()).expect("a log");
        let leaks = self.canaries.leaks(&String::from_utf8_lossy(&log));
        assert!(leaks.is_empty(), "the log gives away {} times, as {}", leaks.len(), leaks[0]);
    }
}

/// What the user said last, in a request of the model's journal.
pub fn asked(request: &Value) -> &str {
    request["last_user_message"].as_str().unwrap_or_default()
}
