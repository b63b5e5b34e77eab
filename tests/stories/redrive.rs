//! What died is put back by its owner, and answered like anything else, once.

use serde_json::json;

use crate::audit::audit;
use crate::guests::Guest;
use crate::privacy::command;
use crate::stack::{Setup, Stack, asked, until};

const FAILED: &str = "An error occurred.";

/// Two processors die of a message, and it is a dead letter.
async fn stack() -> Stack {
    Setup::poisoned().up().await
}

/// Somebody's message dies. Answers with its request id, once it has its end.
async fn dies(stack: &Stack, ann: &Guest<'_>, text: &str) -> String {
    stack.kill_next("processor", 2).await;
    ann.says(text).await;
    ann.hears(FAILED).await;
    until("its end is settled", || async {
        let (code, said) = command(stack, &["redrive"]).await;
        assert_eq!(code, Some(0), "{said}");
        let line = said.lines().find(|line| line.ends_with("can be put back"))?;
        line.split_whitespace().find(|word| word.matches('.').count() == 3).map(ToOwned::to_owned)
    })
    .await
}

async fn times_asked(stack: &Stack, text: &str) -> usize {
    stack.model_requests().await.iter().filter(|request| asked(request) == text).count()
}

#[tokio::test]
async fn what_died_is_put_back_once_also_by_a_command_that_broke_off() {
    let stack = stack().await;
    let ann = stack.guest("line");
    let died = dies(&stack, &ann, "poison").await;
    let (code, said) = command(&stack, &["redrive", &died, "--dry-run"]).await;
    assert!(code == Some(0) && said.contains("would be put back"), "{said}");
    // Its mark stands when the queue cannot be reached.
    let nowhere = ["redrive", &died, "--notices", "http://127.0.0.1:1/000000000000/nowhere"];
    let (code, said) = command(&stack, &nowhere).await;
    assert!(code == Some(1) && said.contains("the queue is unavailable"), "{said}");
    assert_eq!(ann.heard().await.len(), 1);
    let (code, said) = command(&stack, &["redrive", &died]).await;
    assert!(code == Some(0) && said.contains("put back as line."), "{said}");
    ann.hears("You said: poison").await;
    for again in [&["redrive", &died][..], &["redrive", &died, "--force"]] {
        let (code, said) = command(&stack, again).await;
        assert_eq!(code, Some(1), "{said}");
    }
    let (code, said) = command(&stack, &["redrive", "--all"]).await;
    assert!(code == Some(0) && said.contains("0 of 1 put back"), "{said}");
    let (code, said) = command(&stack, &["trace", &died]).await;
    assert!(code == Some(0) && said.contains("failed: the user was told"), "{said}");
    assert!(
        said.contains("kept as a dead letter") && said.contains("put back by the owner, as line."),
        "{said}"
    );
    assert_eq!(times_asked(&stack, "poison").await, 1);
    ann.says("and on").await;
    ann.hears("You said: and on").await;
    let request = stack.model_requests().await.pop().unwrap();
    assert_eq!(request["messages"], 4, "the prompt, what died, its answer, the question: {request}");
    let (code, found) = audit(&stack).await;
    assert_eq!(code, Some(0), "{found}");
    assert_eq!(found["outcomes"], json!({ "answered": 2, "failed": 1 }), "{found}");
}

#[tokio::test]
async fn what_died_is_left_where_the_conversation_has_moved_on_unless_it_is_forced() {
    let stack = stack().await;
    let (ann, ben) = (stack.guest("telegram"), stack.guest("telegram"));
    let died = dies(&stack, &ann, "poison").await;
    ann.says("and now?").await;
    ann.hears("You said: and now?").await;
    let also = dies(&stack, &ben, "more poison").await;
    assert_ne!(died, also);
    let (code, said) = command(&stack, &["redrive", &died]).await;
    assert!(code == Some(1) && said.contains("has moved on since"), "{said}");
    let (code, said) = command(&stack, &["redrive", "--all"]).await;
    assert!(code == Some(0) && said.contains("1 of 2 put back"), "{said}");
    ben.hears("You said: more poison").await;
    assert_eq!(times_asked(&stack, "poison").await, 0);
    let (code, said) = command(&stack, &["redrive", &died, "--force"]).await;
    assert_eq!(code, Some(0), "{said}");
    ann.hears("You said: poison").await;
    assert_eq!(audit(&stack).await.0, Some(0));
}

#[tokio::test]
async fn what_was_erased_never_comes_back() {
    let stack = stack().await;
    let ann = stack.guest("telegram");
    let died = dies(&stack, &ann, "poison").await;
    let who = format!("telegram:{}", ann.chat);
    let (code, said) = command(&stack, &["forget", &who, "--yes"]).await;
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = command(&stack, &["redrive", &died, "--force"]).await;
    assert!(code == Some(1) && said.contains("was erased"), "{said}");
    let (code, said) = command(&stack, &["redrive", "--all", "--force"]).await;
    assert!(code == Some(0) && said.contains("0 of 1 put back"), "{said}");
    assert_eq!(stack.model_requests().await.len(), 0);
    assert_eq!(ann.heard().await.len(), 1);
    let (code, found) = audit(&stack).await;
    assert_eq!(code, Some(0), "{found}");
    assert_eq!(found["outcomes"], json!({ "failed": 1 }), "{found}");
}
