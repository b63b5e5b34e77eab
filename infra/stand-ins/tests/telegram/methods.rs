//! What the bot calls.
use crate::world::{ANN, NOW_MS, World};
use serde_json::{Value, json};
use stand_ins::telegram::{Author, Fault};

#[tokio::test]
async fn a_sent_message_is_answered_in_the_real_shape_and_shown() {
    let world = World::start().await;
    world.say(ANN, "hello").await;
    let (status, answer) = world.send(ANN, "Hi").await;
    assert_eq!((status, &answer["ok"]), (200, &json!(true)));
    let lines = world.handle.messages(ANN);
    let expected = json!({
        "message_id": lines[1].message_id,
        "from": {"id": 42, "is_bot": true, "first_name": "Stand-in Bot", "username": "stand_in_bot"},
        "chat": {"id": ANN, "first_name": format!("User {ANN}"), "type": "private"},
        "date": NOW_MS / 1000,
        "text": "Hi",
    });
    assert_eq!(answer["result"], expected);
    let transcript: Vec<(Author, &str)> = lines.iter().map(|line| (line.from, line.text.as_str())).collect();
    assert_eq!(transcript, [(Author::User, "hello"), (Author::Bot, "Hi")]);
    let page = world.http.get(format!("{}/user/{ANN}/messages", world.base)).send().await.unwrap();
    let page: Value = serde_json::from_str(&page.text().await.unwrap()).unwrap();
    assert_eq!((&page[1]["from"], &page[1]["at_ms"]), (&json!("bot"), &json!(NOW_MS)));
}

#[tokio::test]
async fn a_text_has_4096_utf16_units() {
    let world = World::start().await;
    assert_eq!(world.send(ANN, &"x".repeat(4096)).await.0, 200);
    assert_eq!(world.send(ANN, &"😀".repeat(2048)).await.0, 200);
    for long in ["x".repeat(4097), "😀".repeat(2048) + "x"] {
        let (status, answer) = world.send(ANN, &long).await;
        assert_eq!((status, &answer["description"]), (400, &json!("Bad Request: message is too long")));
    }
    let (status, answer) = world.send(ANN, " ").await;
    assert_eq!((status, &answer["description"]), (400, &json!("Bad Request: message text is empty")));
    assert_eq!(world.handle.messages(ANN).len(), 2);
}

#[tokio::test]
async fn a_wrong_token_and_an_unknown_method_are_refused() {
    let world = World::start().await;
    let (status, answer) = world.post("/bot43:wrong/getMe", json!({})).await.unwrap();
    assert_eq!(answer, json!({"ok": false, "error_code": 401, "description": "Unauthorized"}));
    assert_eq!(status, 401);
    let (status, answer) = world.bot("fly", json!({})).await.unwrap();
    assert_eq!((status, &answer["description"]), (404, &json!("Not Found")));
}

#[tokio::test]
async fn parameters_come_as_query_form_or_json_in_any_case() {
    let world = World::start().await;
    let url = format!("{}/bot42:test/sendmessage?chat_id={ANN}&text=by+query", world.base);
    assert_eq!(world.http.get(url).send().await.unwrap().status(), 200);
    let form = world.http.post(format!("{}/bot42:test/sendMessage", world.base));
    let form = form.header("content-type", "application/x-www-form-urlencoded");
    assert_eq!(form.body(format!("chat_id={ANN}&text=by%20form")).send().await.unwrap().status(), 200);
    world.bot("sendMessage", json!({"chat_id": ANN.to_string(), "text": "by json"})).await.unwrap();
    let texts: Vec<String> = world.handle.messages(ANN).into_iter().map(|line| line.text).collect();
    assert_eq!(texts, ["by query", "by form", "by json"]);
}

#[tokio::test]
async fn calls_are_journalled() {
    let world = World::start().await;
    world.bot("sendChatAction", json!({"chat_id": ANN, "action": "typing"})).await.unwrap();
    world.bot("sendMessage", json!({"text": "to nobody"})).await.unwrap();
    let (_, me) = world.bot("getMe", json!({})).await.unwrap();
    assert_eq!((&me["result"]["id"], &me["result"]["is_bot"]), (&json!(42), &json!(true)));
    let page = world.http.get(format!("{}/journal", world.base)).send().await.unwrap();
    let calls: Vec<Value> = serde_json::from_str(&page.text().await.unwrap()).unwrap();
    let seen: Vec<Value> =
        calls.iter().map(|call| json!([call["method"], call["chat_id"], call["status"]])).collect();
    assert_eq!(
        seen,
        [json!(["sendChatAction", ANN, 200]), json!(["sendMessage", null, 400]), json!(["getMe", null, 200])]
    );
    assert_eq!(calls[0]["at_ms"], NOW_MS);
}

#[tokio::test]
async fn faults_refuse_so_many_calls_of_a_method() {
    let world = World::start().await;
    let faults = json!([
        {"method": "sendMessage", "times": 1, "status": 429, "retry_after_s": 2},
        {"method": "sendMessage", "times": 1, "status": 403},
        {"method": "sendMessage", "times": 1, "status": 500},
        {"method": "getMe", "times": 1},
    ]);
    assert_eq!(world.post("/control/faults", faults).await.unwrap().0, 200);
    let (status, busy) = world.send(ANN, "x").await;
    assert_eq!(
        (status, &busy["parameters"]["retry_after"], &busy["description"]),
        (429, &json!(2), &json!("Too Many Requests: retry after 2"))
    );
    let (status, blocked) = world.send(ANN, "x").await;
    assert_eq!((status, &blocked["description"]), (403, &json!("Forbidden: bot was blocked by the user")));
    assert_eq!(world.send(ANN, "x").await.0, 500);
    assert_eq!(world.send(ANN, "x").await.0, 200);
    assert!(world.bot("getMe", json!({})).await.is_err(), "dropped before");
    assert_eq!(world.handle.messages(ANN).len(), 1);
}

#[tokio::test]
async fn an_accepted_message_may_lose_its_answer() {
    let world = World::start().await;
    let lost = Fault { method: "sendMessage".into(), times: 1, after_accept: true, ..Fault::default() };
    world.handle.set_faults(vec![lost]);
    assert!(world.bot("sendMessage", json!({"chat_id": ANN, "text": "once"})).await.is_err());
    assert_eq!(world.handle.messages(ANN)[0].text, "once");
    assert_eq!(world.handle.journal()[0].status, None);
    assert_eq!(world.send(ANN, "twice").await.0, 200);
}

#[tokio::test]
async fn a_file_is_named_and_fetched() {
    let world = World::start().await;
    let (_, file) = world.bot("getFile", json!({"file_id": "voice1"})).await.unwrap();
    assert_eq!(file["result"]["file_size"], 4);
    let path = file["result"]["file_path"].as_str().unwrap();
    let bytes = world.http.get(format!("{}/file/bot42:test/{path}", world.base)).send().await.unwrap();
    assert_eq!(bytes.bytes().await.unwrap(), "OggS");
    assert_eq!(world.bot("getFile", json!({"file_id": "other"})).await.unwrap().0, 400);
}

#[tokio::test]
async fn what_the_real_server_would_not_take_is_refused() {
    let world = World::start().await;
    let refused = [
        ("setWebhook", json!({"url": "ftp://x"})),
        ("setWebhook", json!({"url": "http://x/", "secret_token": "white space"})),
        ("sendChatAction", json!({"chat_id": ANN})),
        (
            "sendMessage",
            json!({"chat_id": ANN, "text": "x", "reply_markup":
            {"inline_keyboard": [[{"text": "b", "callback_data": "x".repeat(65)}]]}}),
        ),
    ];
    for (method, parameters) in refused {
        let (status, answer) = world.bot(method, parameters).await.unwrap();
        assert!(
            status == 400 && answer["description"].as_str().unwrap().starts_with("Bad Request: "),
            "{answer}"
        );
    }
}
