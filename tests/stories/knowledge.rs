//! A bot that answers from documents, and remembers what it is told.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::stack::{Setup, Stack, asked, root, turnwise, until};

pub fn shop() -> PathBuf {
    root().join("tests/bots/shop")
}

/// What the model was shown along with a question.
async fn quoted(stack: &Stack, question: &str) -> String {
    let requests = stack.model_requests().await;
    let request = requests.iter().find(|request| asked(request) == question).expect("it was asked");
    request["quoted"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_question_is_answered_from_the_documents_with_its_source() {
    let stack = Setup::quick().bot(&shop()).up().await;
    let ann = stack.person();
    ann.says("What does the code WELCOME10 do?").await;
    ann.hears("shop.md, Shop › Vouchers").await;
    let heard = ann.heard().await;
    assert!(heard[0].starts_with("[scripted model] You said: What does the code WELCOME10 do?"), "{heard:?}");
    assert!(heard[0].contains("Sources:"), "{heard:?}");
    let quoted = quoted(&stack, "What does the code WELCOME10 do?").await;
    assert!(quoted.contains("takes ten percent off a first order"), "{quoted}");
    // Small talk is answered without looking anything up.
    ann.says("Thank you!").await;
    ann.hears("You said: Thank you!").await;
    assert!(!ann.heard().await[1].contains("Sources:"));
}

#[tokio::test]
async fn without_an_embedding_model_words_alone_find_the_passage() {
    let stack = Setup::quick().bot(&shop()).up().await;
    stack.model_rules(json!([{ "embeddings": true, "status": 500 }])).await;
    let ann = stack.person();
    ann.says("form B-17").await;
    ann.hears("shop.md, Shop › Business customers").await;
    ann.says("Was ist die Hauptstadt?").await;
    ann.hears("You said: Was ist die Hauptstadt?").await;
    assert!(!ann.heard().await[1].contains("Sources:"), "nothing relevant, no sources");
}

#[tokio::test]
async fn a_statement_is_remembered_and_found_in_a_later_session() {
    let stack = Setup::quick().bot(&shop()).set("session_idle_ms=700").up().await;
    let (ann, ben) = (stack.person(), stack.person());
    ann.says("Remember that my locker has the number 4417.").await;
    ann.hears("I will remember that.").await;
    assert!(stack.model_requests().await.is_empty(), "sorted by rules, acknowledged by the system");
    stack.settles().await;
    tokio::time::sleep(std::time::Duration::from_millis(1_500)).await;
    ann.says("Which number has my locker?").await;
    ann.hears("You said: Which number has my locker?").await;
    let shown = quoted(&stack, "Which number has my locker?").await;
    assert!(
        shown.contains("<statement>\nRemember that my locker has the number 4417.\n</statement>"),
        "{shown}"
    );
    ben.says("And which number has my locker?").await;
    ben.hears("You said: And which number has my locker?").await;
    assert!(!quoted(&stack, "And which number has my locker?").await.contains("4417"), "it is ann's");
}

#[tokio::test]
async fn what_was_stated_is_stored_once_however_often_the_processor_dies() {
    let stack = Setup::late().bot(&shop()).up().await;
    let ann = stack.person();
    // The answer is stored and the platform takes it later: the processor dies between the answer and the commit.
    let fault = json!([{ "method": "sendMessage", "times": 2, "status": 429, "retry_after_s": 5 }]);
    stack.telegram_faults(fault).await;
    ann.says("Remember that I live in Taichung.").await;
    until("the answer is on its way", || async {
        let calls = stack.get(format!("{}/journal", stack.platform("telegram"))).await;
        calls.as_array()?.iter().any(|call| call["method"] == "sendMessage").then_some(())
    })
    .await;
    stack.kill_processor().await;
    ann.hears("I will remember that.").await;
    ann.says("Where do I live?").await;
    ann.hears("You said: Where do I live?").await;
    let shown = quoted(&stack, "Where do I live?").await;
    assert_eq!(shown.matches("Taichung").count(), 1, "{shown}");
}

#[tokio::test]
async fn the_index_is_built_anew_while_questions_are_answered() {
    let folder = tempfile::tempdir().unwrap();
    let bot = folder.path().join("bot");
    copy(&shop(), &bot);
    let data = folder.path().join("data");
    let stack = Setup::quick().bot(&bot).data(&data).up().await;
    std::fs::write(bot.join("knowledge/tea.md"), "# Tea\n\n## Oolong 7731\n\nOolong 7731 grows in Nantou.\n")
        .unwrap();
    let mut command = turnwise();
    let mut build =
        command.args(["knowledge", "build"]).arg(&bot).arg("--to").arg(data.join("knowledge.index")).spawn();
    let ann = stack.person();
    let mut asked_for = 0;
    while build.as_mut().unwrap().try_wait().unwrap().is_none() || asked_for < 3 {
        asked_for += 1;
        ann.says(&format!("Form B-17, number {asked_for}?")).await;
        ann.hears(&format!("number {asked_for}?\n")).await;
    }
    assert!(build.unwrap().wait().await.unwrap().success());
    let heard = ann.heard().await;
    assert!(
        heard.iter().all(|answer| answer.contains("Business customers")),
        "a whole index at any time: {heard:?}"
    );
    ann.says("Where does Oolong 7731 grow?").await;
    ann.hears("tea.md, Tea › Oolong 7731").await;
}

/// A folder with everything in it.
pub fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap();
        if path.is_dir() {
            copy(&path, &to.join(name));
        } else {
            std::fs::copy(&path, to.join(name)).unwrap();
        }
    }
}

#[tokio::test]
async fn a_model_can_sort_messages_and_a_turn_goes_on_when_it_cannot() {
    let folder = tempfile::tempdir().unwrap();
    let bot = folder.path().join("bot");
    copy(&shop(), &bot);
    let toml = std::fs::read_to_string(bot.join("bot.toml")).unwrap();
    std::fs::write(bot.join("bot.toml"), toml.replace("\"rules\"", "\"model\"")).unwrap();
    let stack = Setup::quick().bot(&bot).up().await;
    let sorted = |text: &str, class: &str| json!({ "contains": text, "reply": class, "times": 1 });
    let rules: Vec<Value> = vec![
        sorted("My sister is called Mei", "statement"),
        json!({ "contains": "WELCOME10", "status": 500, "times": 1 }),
    ];
    stack.model_rules(json!(rules)).await;
    let ann = stack.person();
    ann.says("My sister is called Mei").await;
    ann.hears("I will remember that.").await;
    ann.says("What is WELCOME10?").await;
    ann.hears("Vouchers").await;
    let requests = stack.model_requests().await;
    let count = |text: &str| requests.iter().filter(|request| asked(request).contains(text)).count();
    assert_eq!((count("Mei"), count("WELCOME10")), (1, 2), "sorted once, answered once: {requests:?}");
}
