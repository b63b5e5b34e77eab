//! The scripted model as its clients see it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, in its helpers too"
)]
use serde_json::{Value, json};
use stand_ins::model::{Handle, Options, Outcome, Record, Rule};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;

struct Model {
    base: String,
    http: reqwest::Client,
    handle: Handle,
}

impl Model {
    async fn start() -> Self {
        let handle = Handle::new(Options::default());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let serving = handle.clone();
        tokio::spawn(async move { serving.serve(listener, std::future::pending()).await });
        Self { base, http: reqwest::Client::new(), handle }
    }

    fn request(&self, path: &str, body: &Value) -> reqwest::RequestBuilder {
        let request = self.http.post(format!("{}{path}", self.base));
        request.header("content-type", "application/json").body(body.to_string())
    }

    fn ask(&self, said: &str, stream: bool) -> reqwest::RequestBuilder {
        self.request("/v1/chat/completions", &asked(said, stream))
    }

    async fn rules(&self, rules: Value) {
        let answer = self.request("/control/rules", &rules).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap());
    }

    /// The last request, once it is no longer running.
    async fn last(&self) -> Record {
        let start = Instant::now();
        loop {
            let last = self.handle.journal().pop();
            match last {
                Some(record) if record.outcome != Outcome::Running => return record,
                _ if start.elapsed() > Duration::from_mins(1) => panic!("still running: {last:?}"),
                _ => tokio::time::sleep(Duration::from_millis(2)).await,
            }
        }
    }
}

fn asked(said: &str, stream: bool) -> Value {
    let messages = json!([{"role": "system", "content": "Be brief."}, {"role": "user", "content": said}]);
    json!({"model": "any", "messages": messages, "stream": stream})
}

async fn body(request: reqwest::RequestBuilder) -> (u16, Value) {
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    (status, serde_json::from_str(&answer.text().await.unwrap()).unwrap())
}

/// The data of the events of a stream.
fn events(text: &str) -> Vec<&str> {
    text.split("\n\n").filter_map(|event| event.strip_prefix("data: ")).collect()
}

fn content(events: &[&str]) -> String {
    let chunks = events.iter().filter_map(|event| serde_json::from_str::<Value>(event).ok());
    chunks.filter_map(|c| c["choices"][0]["delta"]["content"].as_str().map(str::to_owned)).collect()
}

#[tokio::test]
async fn it_says_what_it_heard() {
    let model = Model::start().await;
    let (status, answer) = body(model.ask("hello there", false)).await;
    assert_eq!(status, 200);
    assert_eq!(answer["choices"][0]["message"]["content"], "[scripted model] You said: hello there");
    assert_eq!(answer["choices"][0]["finish_reason"], "stop");
    assert_eq!((&answer["object"], &answer["model"]), (&json!("chat.completion"), &json!("any")));
    assert_eq!(answer["usage"], json!({"prompt_tokens": 4, "completion_tokens": 6, "total_tokens": 10}));
}

#[tokio::test]
async fn a_rule_may_be_for_one_model() {
    let model = Model::start().await;
    model.rules(json!([{"model": "other", "reply": "not this"}, {"model": "any", "reply": "this"}])).await;
    let (_, answer) = body(model.ask("hi", false)).await;
    assert_eq!(answer["choices"][0]["message"]["content"], "this");
    assert_eq!(model.last().await.model, "any");
}

#[tokio::test]
async fn each_request_is_noted_with_those_beside_it() {
    let model = Model::start().await;
    model.rules(json!([{"contains": "long", "held": true}])).await;
    let (long, ()) = tokio::join!(model.ask("long", false).send(), async {
        while model.handle.journal().is_empty() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        model.ask("short", false).send().await.unwrap();
        model.handle.let_go();
    });
    long.unwrap();
    model.ask("alone", false).send().await.unwrap();
    let in_flight: Vec<usize> = model.handle.journal().iter().map(|record| record.in_flight).collect();
    assert_eq!(in_flight, [1, 2, 1]);
}

#[tokio::test]
async fn user_messages_that_come_last_in_a_row_are_joined() {
    let model = Model::start().await;
    let part = json!([{"type": "text", "text": "three"}, {"type": "image_url", "image_url": {"url": "x"}}]);
    let messages = json!([
        {"role": "user", "content": "one"},
        {"role": "assistant", "content": null},
        {"role": "user", "content": "two"},
        {"role": "user", "content": part},
    ]);
    let (_, answer) = body(model.request("/v1/chat/completions", &json!({ "messages": messages }))).await;
    assert_eq!(answer["choices"][0]["message"]["content"], "[scripted model] You said: two / three [image]");
    let record = model.last().await;
    assert_eq!((record.messages, record.system_prompt, record.sequence), (4, false, 1));
}

#[tokio::test]
async fn a_stream_brings_the_words_over_the_delay_and_ends_with_done() {
    let model = Model::start().await;
    model.request("/control/default", &json!({"delay_ms": 1_000})).send().await.unwrap();
    let start = Instant::now();
    let mut answer = model.ask("a b c", true).send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    let (mut text, mut arrivals) = (String::new(), Vec::new());
    while let Some(chunk) = answer.chunk().await.unwrap() {
        arrivals.push(start.elapsed());
        text.push_str(std::str::from_utf8(&chunk).unwrap());
    }
    let events = events(&text);
    assert_eq!(content(&events), "[scripted model] You said: a b c");
    assert_eq!(events.last(), Some(&"[DONE]"));
    assert!(!text.contains("usage"), "nobody asked for it");
    assert!(start.elapsed() >= Duration::from_secs(1), "took {:?}", start.elapsed());
    let spread = arrivals.last().unwrap().saturating_sub(arrivals[0]);
    assert!(spread >= Duration::from_millis(200), "not word by word: {arrivals:?}");
    let record = model.last().await;
    assert_eq!((record.outcome, record.stream, record.system_prompt), (Outcome::Answered, true, true));
    assert!(record.finished_at_ms >= Some(record.received_at_ms + 1_000));
}

#[tokio::test]
async fn usage_comes_in_a_chunk_of_its_own_when_asked_for() {
    let model = Model::start().await;
    let mut request = asked("hi", true);
    request["stream_options"] = json!({"include_usage": true});
    let answer = model.request("/v1/chat/completions", &request).send().await.unwrap();
    let text = answer.text().await.unwrap();
    let events = events(&text);
    let usage: Value = serde_json::from_str(events[events.len() - 2]).unwrap();
    assert_eq!((&usage["choices"], &usage["usage"]["completion_tokens"]), (&json!([]), &json!(5)));
    assert_eq!(usage["object"], "chat.completion.chunk");
}

#[tokio::test]
async fn the_first_rule_that_matches_holds_until_it_is_spent() {
    let model = Model::start().await;
    let busy = json!({"contains": "hello", "status": 429, "retry_after_s": 1, "times": 2});
    model.rules(json!([busy, {"contains": "hell", "reply": "fire"}])).await;
    for _ in 0..2 {
        let answer = model.ask("hello", false).send().await.unwrap();
        assert_eq!(
            (answer.status().as_u16(), &answer.headers()["retry-after"]),
            (429, &"1".parse().unwrap())
        );
        let error: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        assert_eq!(error["error"]["code"], "rate_limit_exceeded");
        assert_eq!(model.last().await.outcome, Outcome::Refused);
    }
    let (_, answer) = body(model.ask("hello", false)).await;
    assert_eq!(answer["choices"][0]["message"]["content"], "fire");
    let (_, answer) = body(model.ask("bye", false)).await;
    assert_eq!(answer["choices"][0]["message"]["content"], "[scripted model] You said: bye");
    assert_eq!(model.handle.rules()[0].times, Some(0));
}

#[tokio::test]
async fn a_rule_cuts_a_stream_after_some_words() {
    let model = Model::start().await;
    model.rules(json!([{"cut_after_words": 3, "reply": "one two three four five", "delay_ms": 50}])).await;
    let mut answer = model.ask("x", true).send().await.unwrap();
    let mut text = String::new();
    let broken = loop {
        match answer.chunk().await {
            Ok(Some(chunk)) => text.push_str(std::str::from_utf8(&chunk).unwrap()),
            Ok(None) => break false,
            Err(_) => break true,
        }
    };
    assert!(broken, "the client must see a broken connection");
    assert_eq!(content(&events(&text)), "one two three ");
    assert_eq!(model.last().await.outcome, Outcome::CutByRule);
}

#[tokio::test]
async fn a_rule_cuts_a_plain_answer_before_it_begins() {
    let model = Model::start().await;
    model.rules(json!([{"cut_after_words": 3, "times": 1}])).await;
    assert!(model.ask("x", false).send().await.is_err());
    assert_eq!(model.last().await.outcome, Outcome::CutByRule);
    assert_eq!(body(model.ask("x", false)).await.0, 200, "the next connection is whole");
}

#[tokio::test]
async fn a_client_that_hangs_up_is_noticed() {
    let model = Model::start().await;
    model.handle.set_rules(vec![
        Rule { contains: Some("hang".into()), hang: true, ..Rule::default() },
        Rule { delay_ms: Some(60_000), ..Rule::default() },
    ]);
    for (asked_before, (said, stream)) in
        [("hang", false), ("hang", true), ("slow", false)].into_iter().enumerate()
    {
        let asking = tokio::spawn(model.ask(said, stream).send());
        while model.handle.journal().len() == asked_before && !asking.is_finished() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        asking.abort();
        assert_eq!(model.last().await.outcome, Outcome::CutByClient, "{said}");
    }
    let mut answer = model.ask("slow", true).send().await.unwrap();
    assert!(answer.chunk().await.unwrap().is_some(), "the stream has begun");
    assert_eq!(model.handle.journal().last().unwrap().outcome, Outcome::Running);
    drop(answer);
    assert_eq!(model.last().await.outcome, Outcome::CutByClient, "in the middle of a stream");
}

#[tokio::test]
async fn the_journal_and_the_models_can_be_read_over_http() {
    let model = Model::start().await;
    body(model.ask("hello", false)).await;
    let (_, journal) = body(model.http.get(format!("{}/control/journal", model.base))).await;
    assert_eq!(
        (&journal[0]["outcome"], &journal[0]["last_user_message"]),
        (&json!("answered"), &json!("hello"))
    );
    let (_, models) = body(model.http.get(format!("{}/v1/models", model.base))).await;
    assert_eq!(models["data"][0]["id"], "scripted");
}

#[tokio::test]
async fn calls_are_asked_for_until_their_results_are_there() {
    let model = Model::start().await;
    let calls = json!([{"name": "search", "arguments": {"city": "Taipei"}}]);
    model.rules(json!([{"contains": "flat", "calls": calls}])).await;
    let (_, answer) = body(model.ask("a flat", false)).await;
    let choice = &answer["choices"][0];
    let call = &choice["message"]["tool_calls"][0];
    assert_eq!(
        (&choice["finish_reason"], &choice["message"]["content"]),
        (&json!("tool_calls"), &Value::Null)
    );
    assert_eq!(call["function"], json!({"name": "search", "arguments": r#"{"city":"Taipei"}"#}));

    let streamed = model.ask("a flat", true).send().await.unwrap().text().await.unwrap();
    let deltas: Vec<Value> =
        events(&streamed).iter().filter_map(|event| serde_json::from_str(event).ok()).collect();
    let parts = deltas.iter().filter_map(|d| {
        d["choices"][0]["delta"]["tool_calls"][0]["function"]["arguments"].as_str().map(str::to_owned)
    });
    assert_eq!(parts.collect::<String>(), r#"{"city":"Taipei"}"#);

    let mut request = asked("a flat", false);
    let messages = request["messages"].as_array_mut().unwrap();
    messages.push(json!({"role": "assistant", "content": null, "tool_calls": [call]}));
    messages.push(json!({"role": "tool", "tool_call_id": call["id"], "content": "three"}));
    let (_, answer) = body(model.request("/v1/chat/completions", &request)).await;
    assert_eq!(answer["choices"][0]["message"]["content"], "[scripted model] The tools said: three");
}

#[tokio::test]
async fn a_text_has_one_vector_however_it_is_asked_for() {
    let model = Model::start().await;
    let (status, one) =
        body(model.request("/v1/embeddings", &json!({"model": "e", "input": "健康檢查"}))).await;
    let (_, many) = body(model.request("/v1/embeddings", &json!({"input": ["x", "健康檢查"]}))).await;
    assert_eq!((status, &one["data"][0]["embedding"]), (200, &many["data"][1]["embedding"]));
    assert_eq!((one["data"][0]["embedding"].as_array().unwrap().len(), model.handle.embeddings()), (256, 2));
    assert!(model.handle.journal().is_empty(), "a vector is no answer");
}

#[tokio::test]
async fn what_cannot_be_read_is_refused() {
    let model = Model::start().await;
    let (status, answer) = body(model.request("/v1/chat/completions", &json!({"messages": 1}))).await;
    assert_eq!((status, &answer["error"]["type"]), (400, &json!("invalid_request_error")));
    let answer = model.request("/control/rules", &json!([{"contain": "typo"}])).send().await.unwrap();
    assert_eq!(answer.status(), 422);
}

#[tokio::test]
async fn rules_in_turn_go_through_calls_and_their_results() {
    let model = Model::start().await;
    let call = |city: &str| json!({"in_turn": true, "times": 1, "calls": [{"name": "find", "arguments": {"city": city}}]});
    let sorting = json!({"system": "Sort", "reply": "question"});
    let answer = json!({"in_turn": true, "times": 1, "reply": "Both are there."});
    model.rules(json!([sorting, call("Taipei"), call("Tainan"), answer])).await;
    let ask = |system: &str, more: Value| {
        let mut messages =
            vec![json!({"role": "system", "content": system}), json!({"role": "user", "content": "where?"})];
        messages.extend(more.as_array().unwrap().clone());
        let body = json!({"model": "any", "messages": messages});
        let request = model.request("/v1/chat/completions", &body);
        async move {
            let text = request.send().await.unwrap().text().await.unwrap();
            serde_json::from_str::<Value>(&text).unwrap()["choices"][0]["message"].clone()
        }
    };
    let found = json!([{"role": "tool", "tool_call_id": "1", "content": "found it"}]);
    let argument =
        |message: &Value| message["tool_calls"][0]["function"]["arguments"].as_str().unwrap().to_owned();
    assert_eq!(argument(&ask("Be brief.", json!([])).await), r#"{"city":"Taipei"}"#);
    assert_eq!(ask("Sort this.", json!([])).await["content"], "question", "it uses up nothing");
    assert_eq!(argument(&ask("Be brief.", found.clone()).await), r#"{"city":"Tainan"}"#);
    assert_eq!(ask("Be brief.", found).await["content"], "Both are there.");
    let shown = model.handle.shown(4).unwrap();
    assert_eq!(shown, "system: Be brief.\nuser: where?\ntool: found it");
}

#[tokio::test]
async fn what_is_held_waits_until_it_is_let_go() {
    let model = Model::start().await;
    model.rules(json!([{"held": true, "reply": "At last."}])).await;
    let asking = tokio::spawn(model.ask("hello", false).send());
    while model.handle.journal().is_empty() {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    assert_eq!(model.handle.journal()[0].outcome, Outcome::Running);
    model.handle.let_go();
    let answer: Value = serde_json::from_str(&asking.await.unwrap().unwrap().text().await.unwrap()).unwrap();
    assert_eq!(answer["choices"][0]["message"]["content"], "At last.");
}
