//! What is stored of a user can be read, and erased.

use serde_json::{Value, json};

use crate::audit::{audit, dynamodb};
use crate::conversations::copy_bot;
use crate::stack::{Setup, Stack, asked, turnwise, until};

/// What nobody is to find afterwards.
const SECRET: &str = "rosebud";

/// A command about the stack's table: its exit code, and what it says.
pub async fn command(stack: &Stack, arguments: &[&str]) -> (Option<i32>, String) {
    let port = stack.url("").rsplit(':').next().unwrap().to_owned();
    let output = turnwise().args(arguments).args(["--port", &port]).output().await.unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&said).into_owned())
}

async fn table(stack: &Stack) -> String {
    let table = &stack.state().await["table"];
    dynamodb(stack, "Scan", json!({ "TableName": table })).await["Items"].to_string()
}

/// Names that nobody can read.
fn short_names(value: &Value) -> Vec<String> {
    match value {
        Value::Array(list) => list.iter().flat_map(short_names).collect(),
        Value::Object(fields) => {
            let short = fields.keys().filter(|name| name.len() <= 2 && *name != "at").cloned();
            short.chain(fields.values().flat_map(short_names)).collect()
        }
        _ => Vec::new(),
    }
}

#[tokio::test]
async fn everything_of_a_user_is_shown_and_then_erased_and_the_audit_holds() {
    let folder = tempfile::tempdir().unwrap();
    copy_bot(folder.path(), "[settings.tone]\nvalues = []");
    let stack = Setup::quick().bot(folder.path()).up().await;
    let (ann, ben) = (stack.guest("telegram"), stack.guest("telegram"));
    ben.says("I stay").await;
    ben.hears("You said: I stay").await;
    for (text, told) in [
        ("my word is rosebud", "You said: my word is rosebud"),
        ("/set tone rosebud", "Saved"),
        ("/remind 2h call rosebud", "I will remind you"),
    ] {
        ann.says(text).await;
        ann.hears(told).await;
    }
    stack.model_rules(json!([{ "contains": "slow", "hang": true }])).await;
    let who = format!("telegram:{}", ann.chat);
    let (code, said) = command(&stack, &["export", &who]).await;
    let export: Value = serde_json::from_str(&said).expect("one JSON document");
    let conversation = export["conversation"].as_str().unwrap().to_owned();
    assert_eq!((code, export["turnwise_export"].as_u64()), (Some(0), Some(2)));
    let owner = stack.owner().await;
    owner.does(&conversation, "takeover", json!({ "person": "Eve" })).await;
    owner.does(&conversation, "say", json!({ "text": "I noted rosebud." })).await;
    ann.hears("I noted rosebud.").await;
    owner.does(&conversation, "release", json!({})).await;
    ann.hears("answers you again").await;

    let (_, said) = command(&stack, &["export", &conversation]).await;
    let export: Value = serde_json::from_str(&said).expect("one JSON document");
    let of = |kind: &str| -> Vec<&Value> {
        export["items"].as_array().unwrap().iter().filter(|item| item["item"] == kind).collect()
    };
    assert!(
        of("message").iter().any(|item| item["text"] == "my word is rosebud" && item["chat"] == ann.chat)
    );
    assert!(of("person").iter().any(|item| item["text"] == "I noted rosebud."));
    assert_eq!(of("settings")[0]["settings"]["tone"], SECRET);
    assert_eq!(of("settings")[0]["reminders"][0]["text"], "call rosebud");
    assert_eq!(short_names(&export["items"]), Vec::<String>::new());
    assert!(!said.contains("I stay"), "nobody else's");

    ann.says("slow rosebud").await;
    stack.model_is_asked("slow rosebud").await;
    let (code, refused) = command(&stack, &["forget", &who]).await;
    assert!(code == Some(1) && refused.contains("--yes"), "{refused}");
    assert!(table(&stack).await.contains(SECRET));
    let (code, said) = command(&stack, &["forget", &who, "--yes"]).await;
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("alarms                1"), "{said}");
    let left = table(&stack).await;
    for gone in [SECRET, &format!("\"S\":\"{}\"", ann.chat)] {
        assert!(!left.contains(gone), "{gone} is still there: {left}");
    }
    assert!(left.contains("I stay") && left.contains(&ben.chat), "nobody else's has gone");
    let (code, found) = audit(&stack).await;
    assert_eq!(code, Some(0), "{found}");
    assert_eq!(found["outcomes"], json!({ "answered": 4, "cancelled": 1 }), "{found}");
    let (code, again) = command(&stack, &["forget", &conversation, "--yes"]).await;
    assert!(code == Some(0) && again.contains("messages              0"), "{again}");

    // Telegram counts whole seconds: what was written in that of the erasure may have been written before it.
    let later = startup::now().0 + 2_000;
    ann.sends(json!({ "text": "who am I?", "date_ms": later })).await;
    ann.hears("You said: who am I?").await;
    let request = stack.model_requests().await.pop().unwrap();
    assert_eq!((asked(&request), &request["messages"]), ("who am I?", &json!(2)), "nothing is remembered");
    let (code, found) = audit(&stack).await;
    assert_eq!(code, Some(0), "{found}");
}

#[tokio::test]
async fn a_dead_letter_is_erased_too() {
    let stack = Setup::poisoned().up().await;
    stack.kill_next("processor", 2).await;
    let ann = stack.guest("telegram");
    ann.says("poison rosebud").await;
    ann.hears("An error occurred.").await;
    let who = format!("telegram:{}", ann.chat);
    // A deployment may keep them for years.
    let (_, said) = command(&stack, &["export", &who]).await;
    let export: Value = serde_json::from_str(&said).expect("one JSON document");
    let conversation = export["conversation"].as_str().unwrap().replacen(':', ".", 1);
    let old = format!("DEAD#{}", startup::now().seconds().div_euclid(86_400) - 400);
    let item = json!({ "pk": { "S": old }, "sk": { "S": format!("{conversation}.1#1") }, "body": { "S": "old rosebud" } });
    let table_name = &stack.state().await["table"];
    dynamodb(&stack, "PutItem", json!({ "TableName": table_name, "Item": item })).await;
    assert!(command(&stack, &["export", &who]).await.1.contains("old rosebud"));
    until("it has been settled and erased", || async {
        let (code, said) = command(&stack, &["forget", &who, "--yes"]).await;
        assert_eq!(code, Some(0), "{said}");
        (!table(&stack).await.contains(SECRET)).then_some(())
    })
    .await;
    assert_eq!(audit(&stack).await.0, Some(0));
}

#[tokio::test]
async fn nobody_is_said_to_be_nobody() {
    let stack = Setup::quick().up().await;
    let (code, said) = command(&stack, &["forget", "telegram:1", "--yes"]).await;
    assert!(code == Some(0) && said.contains("nothing is stored"), "{said}");
    let (code, said) = command(&stack, &["export", "fax:1"]).await;
    assert!(code == Some(1) && said.contains("`fax:1` names nobody"), "{said}");
}
