//! A running stack, and the model that answers.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::NamedTempFile;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::canaries::{Canaries, LOGGED};

/// How long anything may take before the story has failed. Nothing here waits this long when all is well.
pub const PATIENCE: Duration = Duration::from_mins(2);

/// Timings that let a story run in seconds, and end no turn by its time on a slow machine.
const QUICK: &[&str] = &[
    "answer_timeout_ms=20000",
    "deadline_reserve_ms=2000",
    "lease_margin_ms=100",
    "clock_skew_ms=0",
    "processor_timeout_s=30",
    "visibility_timeout_s=35",
    "webhook_timeout_s=10",
    "poll_ms=50",
    "debounce_ms=0",
    "model_backoff_ms=20",
];

/// Timings that let a story about crashes run in seconds. Only their order matters: reserve < answer < timeout <
/// visibility.
const MORTAL: &[&str] =
    &["answer_timeout_ms=4000", "deadline_reserve_ms=500", "processor_timeout_s=6", "visibility_timeout_s=7"];

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

    /// The same for a story about crashes: what was at work is taken over within seconds.
    pub fn mortal() -> Setup {
        MORTAL.iter().fold(Setup::quick(), |setup, setting| setup.set(setting))
    }

    /// The same where that is so late that much else is done before, on any machine.
    pub fn late() -> Setup {
        let late = ["answer_timeout_ms=10000", "processor_timeout_s=13", "visibility_timeout_s=14"];
        late.into_iter().fold(Setup::mortal(), Setup::set)
    }

    /// The same where a message of which two processors die is a dead letter.
    pub fn poisoned() -> Setup {
        Setup::mortal().set("max_receive_count=2").set("processor_timeout_s=4").set("visibility_timeout_s=5")
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
