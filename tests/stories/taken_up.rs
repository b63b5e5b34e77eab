//! What is changed in a bot's folder while the stack runs.

use crate::stack::{Setup, turnwise, until};

#[tokio::test]
async fn a_change_is_in_the_next_answer_and_a_mistake_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let bot = folder.path().join("bots/mine");
    assert!(
        turnwise().args(["new", "mine"]).current_dir(folder.path()).output().await.unwrap().status.success()
    );
    let stack = Setup::late().bot(&bot).up().await;
    let ann = stack.person();
    ann.says("one").await;
    ann.hears("You said: one").await;
    assert!(stack.model_was_shown(1).await.starts_with("system: You are a helpful assistant"));

    std::fs::write(bot.join("prompts/default.md"), "You are a parrot.\n").unwrap();
    until("the prompt is taken up", || async { (stack.bot_events().len() == 1).then_some(()) }).await;
    assert_eq!(stack.bot_events()[0]["taken_up"], true);
    ann.says("two").await;
    ann.hears("You said: two").await;
    assert!(stack.model_was_shown(2).await.starts_with("system: You are a parrot."));

    let toml = std::fs::read_to_string(bot.join("bot.toml")).unwrap();
    std::fs::write(bot.join("bot.toml"), toml.replace("strategy =", "stratgy =")).unwrap();
    std::fs::write(bot.join("prompts/default.md"), "You are a cat.\n").unwrap();
    until("the mistake is named", || async { (stack.bot_events().len() > 1).then_some(()) }).await;
    let refused = stack.bot_events().pop().unwrap();
    let why = refused["why"].as_str().unwrap();
    assert!(refused["taken_up"] == false && why.contains("did you mean `strategy`?"), "{refused}");
    // Also a processor that starts only now finds the bot as it was.
    stack.model_rules(serde_json::json!([{ "contains": "three", "hang": true }])).await;
    ann.says("three").await;
    stack.model_is_asked("three").await;
    stack.kill_processor().await;
    ann.says("four").await;
    ann.hears("You said: four").await;
    assert!(stack.model_was_shown(4).await.starts_with("system: You are a parrot."));
}
