//! What an owner can read of a turn, and what of it nobody can.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};

use crate::stack::{turnwise, until};

#[tokio::test]
async fn a_turn_stands_in_the_log_from_its_doorbell_to_its_outcome_under_its_request_id() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let (_stack, ready) = logging(&log).await;
    let (url, http) = (ready["url"].as_str().unwrap(), reqwest::Client::new());
    let model = ready["endpoints"]["model"].as_str().unwrap().trim_end_matches("/v1").to_owned();
    let rules = json!([{ "contains": "pomegranate", "status": 429, "times": 1 }]);
    http.post(format!("{model}/control/rules")).json(&rules).send().await.unwrap();

    let said = json!({ "message": "a pomegranate, please" });
    let answer = http.post(format!("{url}/api/chat")).json(&said).send().await.unwrap();
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["outcome"], "answered", "{answer}");
    let request_id = answer["request_id"].as_str().unwrap();
    let lines = until("the turn's end is in the log", || async {
        let lines = lines_with(&log, request_id);
        lines.iter().any(|line| line.contains("duration_ms=")).then_some(lines)
    })
    .await;
    assert!(lines.iter().any(|line| line.contains("taken in")), "{lines:#?}");
    let wanted = ["doorbell", "turn claimed", "attempt=1 of=3", "outcome=\"answered\""];
    let at = wanted.map(|what| lines.iter().position(|line| line.contains(what)));
    assert!(at.iter().all(Option::is_some) && at.is_sorted(), "{wanted:?} at {at:?} of {lines:#?}");
    let everything = std::fs::read_to_string(&log).unwrap();
    assert!(!everything.contains("pomegranate"), "no word of a user");
}

#[tokio::test]
async fn who_answers_logs_the_trace_of_who_took_the_message_in() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let (_stack, ready) = logging(&log).await;
    let url = format!("{}/api/chat", ready["url"].as_str().unwrap());
    let answer = reqwest::Client::new().post(url).json(&json!({ "message": "hello" })).send().await.unwrap();
    let answer: Value = answer.json().await.unwrap();
    let request_id = answer["request_id"].as_str().unwrap();
    let lines = until("the turn's end is in the log", || async {
        let lines = lines_with(&log, request_id);
        lines.iter().any(|line| line.contains("duration_ms=")).then_some(lines)
    })
    .await;
    let line = |what: &str| lines.iter().find(|line| line.contains(what)).unwrap();
    let (_, trace) = line("taken in").split_once("Root=").unwrap();
    let trace = trace.split(';').next().unwrap();
    assert_eq!(trace.len(), "1-5759e988-bd862e3fe1be46a994272793".len(), "{trace}");
    assert!(line("turn claimed").contains(trace) && line("outcome=").contains(trace), "{lines:#?}");
}

/// A stack that says what it does to this file, and its ready line.
async fn logging(log: &Path) -> (tokio::process::Child, Value) {
    let mut command = turnwise();
    command.args(["up", "--json", "--memory", "--port", "0", "--sqs-port", "0", "--dynamodb-port", "0"]);
    command.args(["--set", "debounce_ms=0"]).env("RUST_LOG", "info");
    let file = std::fs::File::create(PathBuf::from(log)).unwrap();
    let mut stack = command.stdout(Stdio::piped()).stderr(file).spawn().unwrap();
    let mut lines = BufReader::new(stack.stdout.take().unwrap()).lines();
    loop {
        let line = lines.next_line().await.unwrap().expect("a ready line before the end");
        let event: Value = serde_json::from_str(&line).unwrap_or_default();
        if event["event"] == "ready" {
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return (stack, event);
        }
    }
}

fn lines_with(log: &Path, text: &str) -> Vec<String> {
    let written = std::fs::read_to_string(log).unwrap();
    written.lines().filter(|line| line.contains(text)).map(ToOwned::to_owned).collect()
}
