//! The front door: what `/health` says.

use std::time::Duration;

use serde_json::Value;

use super::deployed::clock;
use super::finding::Finding;

/// How long it may take, a cold start included.
const TIMEOUT: Duration = Duration::from_secs(15);

/// What the deployment says of itself. `with_clock`: its clock is another machine's.
pub async fn examine(base_url: &str, with_clock: bool) -> Vec<Finding> {
    let url = format!("{}/health", base_url.trim_end_matches('/'));
    let remedy = "see the api function's log: it names what is dead";
    let answer = match reqwest::Client::new().get(&url).timeout(TIMEOUT).send().await {
        Ok(answer) => answer,
        Err(error) => {
            return vec![Finding::wrong(
                "health",
                format!("{url} does not answer: {}", error.without_url()),
                remedy,
            )];
        }
    };
    let date = answer.headers().get("date").and_then(|date| date.to_str().ok()).map(ToOwned::to_owned);
    let clock = date.as_deref().filter(|_| with_clock).and_then(clock);
    let status = answer.status().as_u16();
    let said: Value = answer.json().await.unwrap_or_default();
    let word = said.get("status").and_then(Value::as_str).unwrap_or("nothing");
    let health = match (status, word) {
        (200, "ok") => Finding::ok("health", format!("{url} says ok")),
        (200, word) => Finding::warn("health", format!("{url} says {word}: {}", parts(&said)), remedy),
        (status, word) => {
            Finding::wrong("health", format!("{url} answers {status}, {word}: {}", parts(&said)), remedy)
        }
    };
    std::iter::once(health).chain(clock).collect()
}

/// The parts that are not well.
fn parts(said: &Value) -> String {
    let all = said.get("parts").and_then(Value::as_object).into_iter().flatten();
    let word = |how: &Value, name: &str| how.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let unwell = all.map(|(part, how)| (part, word(how, "status"), word(how, "says")));
    let unwell = unwell.filter(|(_, status, _)| status != "ok");
    let unwell: Vec<_> = unwell.map(|(part, status, says)| format!("{part} is {status}, {says}")).collect();
    if unwell.is_empty() { "no part named".to_owned() } else { unwell.join(", ") }
}
