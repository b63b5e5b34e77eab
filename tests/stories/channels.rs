//! The same stories on every chat platform that can tell them.
//!
//! | story | discord | line | messenger | slack | telegram | whatsapp |
//! |---|---|---|---|---|---|---|
//! | text, voice, image, button, duplicate, out of order, in one second, long answer, rate limited | x | x | x | x | x | x |
//! | group | x | x | | x | x | by quoting the bot: `shared/channels` |
//! | cancel in a group | x | x | | x | x | |
//! | edit | | in groups: `shared/channels` | x | x | x | x |
//! | unsend | | x | x | x | | x |
//! | blocked user | x | x | x | | x | x |
//! | expired reply token | | x | | | | |
//! | window closed | | | x | | | x |
//! | handshake | x | x | x | x | | x |
//!
//! What is missing, the platform does not have or does not tell a bot. Groups are in `groups.rs`, the web's stories in `web.rs`.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use tempfile::TempDir;

use crate::guests::{Guest, PLATFORMS, is_taken};
use crate::stack::{Setup, Stack, asked, number, root, until};

#[tokio::test]
async fn a_text_is_answered_and_the_user_sees_that_somebody_is_at_work() {
    let stack = Setup::quick().up().await;
    let mut taken_at_once = 0;
    for platform in PLATFORMS {
        let ann = stack.guest(platform.name);
        taken_at_once += usize::from(is_taken(&ann.says("Hyvää huomenta 👋").await));
        ann.hears("You said: Hyvää huomenta 👋").await;
        assert_eq!(ann.heard().await.len(), 1, "{}", platform.name);
        match platform.name {
            "telegram" => assert!(ann.calls("sendChatAction").await > 0),
            // Slack shows it in threads.
            "slack" => {}
            _ => assert!(ann.signs().await.contains(&"typing".to_owned()), "{}", platform.name),
        }
    }
    assert_eq!(stack.model_requests().await.len(), PLATFORMS.len());
    assert!(taken_at_once > PLATFORMS.len() / 2, "{taken_at_once}: the others were delivered again");
}

#[tokio::test]
async fn a_voice_note_is_written_down_and_then_answered() {
    let stack = Setup::quick().up().await;
    for platform in PLATFORMS {
        let ann = stack.guest(platform.name);
        ann.sends(json!({ "voice": voice("what time is it") })).await;
        ann.hears("You said: what time is it").await;
        let heard = ann.heard().await;
        assert!(heard[0].contains("🎤 what time is it"), "{}: {heard:?}", platform.name);
        assert!(!heard[0].contains("You said"), "{}: the answer comes after it: {heard:?}", platform.name);
    }
}

/// WhatsApp tells whole seconds, and its ids do not count up.
#[tokio::test]
async fn what_is_written_within_a_second_is_answered_in_its_order() {
    let stack = Setup::quick().up().await;
    for platform in PLATFORMS {
        let ann = stack.guest(platform.name);
        for number in 1..=6 {
            ann.says(&format!("note {number}.")).await;
        }
        ann.hears("note 6.").await;
        let heard = ann.heard().await.join("\n");
        let places: Vec<_> = (1..=6).map(|number| heard.find(&format!("note {number}."))).collect();
        assert!(places.is_sorted() && !places.contains(&None), "{}: {heard}", platform.name);
    }
}

/// What was understood is there while the model still works; what is written meanwhile waits, and both are answered.
#[tokio::test]
async fn what_was_understood_is_told_before_it_is_answered() {
    let stack = Setup::quick().up().await;
    stack.model_rules(json!([{ "contains": "what time is it", "held": true }])).await;
    let ann = stack.guest("telegram");
    ann.sends(json!({ "voice": voice("what time is it") })).await;
    ann.hears("🎤 what time is it").await;
    assert_eq!(ann.heard().await.len(), 1, "and no answer yet");
    ann.says("and where").await;
    stack.let_go().await;
    ann.hears("You said: what time is it").await;
    ann.hears("You said: and where").await;
}

#[tokio::test]
async fn a_picture_is_shown_to_the_model() {
    let stack = Setup::quick().up().await;
    for platform in PLATFORMS {
        let ann = stack.guest(platform.name);
        ann.sends(json!({ "image": STANDARD.encode(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR") })).await;
        ann.hears("You said: [image/png]").await;
    }
}

#[tokio::test]
async fn a_file_that_is_not_what_it_is_said_to_be_is_shown_to_nobody() {
    let stack = Setup::quick().up().await;
    for platform in PLATFORMS {
        let ann = stack.guest(platform.name);
        ann.sends(json!({ "image": STANDARD.encode("<html>sign in</html>") })).await;
        ann.hears("could not be read").await;
    }
    assert!(stack.model_requests().await.is_empty());
}

#[tokio::test]
async fn a_tapped_button_is_obeyed() {
    let (stack, _folder) = stack_with("[settings.tone]\nvalues = [\"kind\", \"curt\"]\n").await;
    for platform in PLATFORMS {
        let ann = stack.guest(platform.name);
        match platform.name {
            "discord" => ann.sends(json!({ "command": "set", "text": "tone" })).await,
            _ => ann.says("/set tone").await,
        };
        ann.taps("curt").await;
        ann.hears("Saved").await;
        match platform.name {
            "discord" => ann.sends(json!({ "command": "settings" })).await,
            _ => ann.says("/settings").await,
        };
        ann.hears("tone = curt").await;
    }
    assert!(stack.model_requests().await.is_empty());
}

#[tokio::test]
async fn an_event_delivered_again_is_answered_once() {
    let stack = Setup::quick().up().await;
    for platform in PLATFORMS {
        let ann = stack.guest(platform.name);
        let said = ann.says("once").await;
        ann.is_delivered_again(&said).await;
        ann.hears("You said: once").await;
        ann.is_delivered_again(&said).await;
        ann.says("and on").await;
        ann.hears("You said: and on").await;
        assert_eq!(ann.heard().await.len(), 2, "{}", platform.name);
    }
    assert_eq!(stack.model_requests().await.len(), 2 * PLATFORMS.len());
}

#[tokio::test]
async fn messages_that_overtake_one_another_are_put_in_order() {
    let stack = Setup::quick().up().await;
    let now = u64::try_from(startup::now().0).unwrap();
    for platform in PLATFORMS {
        let ann = stack.guest(platform.name);
        is_at_work(&stack, &ann).await;
        let at = if platform.name == "telegram" { "date_ms" } else { "sent_at_ms" };
        ann.sends(json!({ "text": "second", at: now - 1_000 })).await;
        ann.sends(json!({ "text": "first", at: now - 5_000 })).await;
        stack.let_go().await;
        ann.hears("You said: first / second").await;
    }
}

#[tokio::test]
async fn what_waits_can_be_changed() {
    let (stack, _folder) = stack_with("").await;
    for platform in PLATFORMS.into_iter().filter(|platform| platform.edits) {
        let ann = stack.guest(platform.name);
        is_at_work(&stack, &ann).await;
        let said = ann.says("wrong").await;
        ann.tells("edit", json!({ "message_id": said["message_id"], "text": "right" })).await;
        stack.let_go().await;
        ann.hears("You said: right").await;
        assert_eq!(ann.heard().await.len(), 2, "{}", platform.name);
    }
    assert!(stack.model_requests().await.iter().all(|request| asked(request) != "wrong"));
}

#[tokio::test]
async fn what_waits_can_be_taken_back() {
    let (stack, _folder) = stack_with("").await;
    for platform in PLATFORMS.into_iter().filter(|platform| platform.unsends) {
        let ann = stack.guest(platform.name);
        is_at_work(&stack, &ann).await;
        let said = ann.says("a secret").await;
        ann.tells("unsend", json!({ "message_id": said["message_id"] })).await;
        stack.let_go().await;
        ann.says("go on").await;
        ann.hears("You said: go on").await;
        assert_eq!(ann.heard().await.len(), 2, "{}", platform.name);
    }
    assert!(stack.model_requests().await.iter().all(|request| asked(request) != "a secret"));
}

#[tokio::test]
async fn a_long_answer_comes_in_parts_and_in_order() {
    let stack = Setup::quick().up().await;
    // Few words, for the scripted model says one after the other.
    let long: Vec<String> =
        (0..150).map(|number| format!("{}, sentence {number}.", "a".repeat(150))).collect();
    stack.model_rules(json!([{ "contains": "tell me everything", "reply": long.join(" ") }])).await;
    for platform in PLATFORMS {
        let ann = stack.guest(platform.name);
        ann.says("tell me everything").await;
        ann.hears("sentence 149.").await;
        let heard = ann.heard().await;
        assert!(heard.len() > 3, "{}: {} parts", platform.name, heard.len());
        assert_eq!(heard.join(" "), long.join(" "), "{}", platform.name);
    }
}

#[tokio::test]
async fn a_user_who_blocks_the_bot_costs_no_retries_and_can_come_back() {
    let (stack, _folder) = stack_with("").await;
    for platform in PLATFORMS.into_iter().filter(|p| !matches!(p.name, "slack" | "telegram")) {
        let ann = stack.guest(platform.name);
        is_at_work(&stack, &ann).await;
        ann.does("block", json!({})).await;
        // What LINE takes for somebody who has blocked the bot, it drops.
        let (answering, calls) = match platform.name {
            "line" => ("reply", 1),
            "discord" => ("edit", 1),
            _ => ("send", 1),
        };
        let before = ann.calls(answering).await;
        stack.let_go().await;
        until("the bot has tried to answer", || async {
            (ann.calls(answering).await > before).then_some(())
        })
        .await;
        ann.does("unblock", json!({})).await;
        ann.says("back again").await;
        ann.hears("You said: back again").await;
        assert_eq!(
            ann.calls(answering).await,
            before + calls + 1,
            "{}: nothing was tried again",
            platform.name
        );
    }
    let ann = stack.guest("telegram");
    ann.platform_fails(json!([{ "method": "sendMessage", "times": 1, "status": 403 }])).await;
    ann.says("hello").await;
    until("the answer is refused", || async { (ann.calls("sendMessage").await > 0).then_some(()) }).await;
    ann.says("back again").await;
    ann.hears("You said: back again").await;
    assert_eq!(ann.heard().await.len(), 1, "nothing was tried again");
}

#[tokio::test]
async fn a_rate_limit_is_waited_out_and_nothing_is_shown_twice() {
    let stack = Setup::quick().up().await;
    for platform in PLATFORMS {
        let ann = stack.guest(platform.name);
        let limited = match platform.name {
            "telegram" => json!([{ "method": "sendMessage", "times": 1, "status": 429, "retry_after_s": 1 }]),
            _ => json!([{ "times": 1, "status": 429, "retry_after_s": 1 }]),
        };
        ann.platform_fails(limited).await;
        ann.says("hello").await;
        ann.hears("You said: hello").await;
        ann.says("and on").await;
        ann.hears("You said: and on").await;
        assert_eq!(ann.heard().await.len(), 2, "{}", platform.name);
    }
    assert_eq!(stack.model_requests().await.len(), 2 * PLATFORMS.len());
}

#[tokio::test]
async fn an_expired_reply_token_is_replaced_by_a_push_that_cannot_be_shown_twice() {
    let stack = Setup::quick().up().await;
    let ann = stack.guest("line");
    ann.platform_fails(json!([
        { "platform_fault": "reply_token_used_or_expired", "times": 1 },
        { "operation": "push", "times": 1, "after_accept": true },
    ]))
    .await;
    ann.says("hello").await;
    ann.hears("You said: hello").await;
    ann.says("and on").await;
    ann.hears("You said: and on").await;
    assert_eq!(ann.heard().await.len(), 2, "the push was taken, its answer lost, and it was repeated");
    assert_eq!(ann.calls("push").await, 2);
}

#[tokio::test]
async fn a_reply_whose_answer_is_lost_is_not_pushed_as_well() {
    let stack = Setup::quick().up().await;
    let ann = stack.guest("line");
    ann.platform_fails(json!([{ "operation": "reply", "times": 1, "after_accept": true }])).await;
    ann.says("hello").await;
    ann.hears("You said: hello").await;
    ann.says("and on").await;
    ann.hears("You said: and on").await;
    assert_eq!(ann.heard().await.len(), 2);
    assert_eq!(ann.calls("push").await, 0);
}

#[tokio::test]
async fn a_closed_window_ends_the_turn() {
    let stack = Setup::quick().up().await;
    for platform in ["messenger", "whatsapp"] {
        let ann = stack.guest(platform);
        ann.platform_fails(json!([{ "platform_fault": "window_closed", "times": 1 }])).await;
        ann.says("too late").await;
        until("the answer is refused", || async { (ann.calls("send").await > 0).then_some(()) }).await;
        ann.says("and on").await;
        ann.hears("You said: and on").await;
        assert_eq!(ann.heard().await.len(), 1, "{platform}: what was refused is not tried again");
    }
}

#[tokio::test]
async fn platforms_are_content_with_the_webhook_when_its_url_is_entered() {
    let stack = Setup::quick().up().await;
    for platform in PLATFORMS.into_iter().filter(|platform| platform.name != "telegram") {
        let url = format!("{}/control/handshake", stack.platform(platform.name));
        let handshake = stack.post(url, &json!({})).await;
        assert_eq!(handshake["echoed"], true, "{}: {handshake}", platform.name);
        let forges = matches!(platform.name, "discord" | "messenger" | "whatsapp");
        assert_eq!(handshake["forged_refused"] == true, forges, "{}: {handshake}", platform.name);
    }
}

/// A voice note whose words the scripted model reads at its end.
pub fn voice(words: &str) -> String {
    let mut file = b"OggS\0\x02".to_vec();
    file.resize(28, 0);
    file.extend_from_slice(b"OpusHead says:");
    file.extend_from_slice(words.as_bytes());
    STANDARD.encode(file)
}

/// The model is at work on a question of theirs, until it is let go.
async fn is_at_work(stack: &Stack, ann: &Guest<'_>) {
    let question = format!("slow question on {}", ann.platform);
    let held = json!([{ "contains": "slow", "held": true, "reply": "[scripted model] done" }]);
    stack.model_rules(held).await;
    ann.says(&question).await;
    stack.model_is_asked(&question).await;
}

/// A stack whose bot answers one message after the other and has more tables in its file.
pub async fn stack_with(tables: &str) -> (Stack, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let prompts = folder.path().join("prompts");
    std::fs::create_dir_all(&prompts).unwrap();
    let name = format!("story-{}", number());
    let toml = format!("name = \"{name}\"\nstrategy = \"queue\"\n{tables}[limits]\ndebounce_ms = 0\n");
    write(folder.path(), "bot.toml", &toml);
    std::fs::copy(root().join("bots/assistant/prompts/default.md"), prompts.join("default.md")).unwrap();
    let stack = Setup::quick().bot(folder.path()).up().await;
    (stack, folder)
}

fn write(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).unwrap();
}
