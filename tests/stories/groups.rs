//! Several people and the bot in one chat, on every platform that has such chats.

use serde_json::json;

use crate::guests::{Groups, PLATFORMS};
use crate::stack::{Setup, asked};

const QUESTIONS: [&str; 2] = ["when do you open?", "and when do you close?"];

#[tokio::test]
async fn a_group_is_a_conversation_of_its_own_and_answered_when_spoken_to() {
    let stack = Setup::quick().up().await;
    for platform in PLATFORMS.into_iter().filter(|platform| platform.groups != Groups::None) {
        let group = stack.group(platform.name);
        if platform.groups == Groups::Overheard {
            group.says_in_group(1, "lunch at noon?", false).await;
        }
        // On Slack a question comes as two events, one of them a mention. The second one shows that the first was answered once.
        for question in QUESTIONS {
            group.says_in_group(2, question, true).await;
            group.hears(&format!("You said: {question}")).await;
        }
        let heard = group.heard().await;
        assert_eq!(heard.len(), 2, "{}: {heard:?}", platform.name);
    }
    let requests = stack.model_requests().await;
    assert!(requests.iter().all(|request| QUESTIONS.contains(&asked(request))), "{requests:?}");
}

#[tokio::test]
async fn a_group_can_stop_an_answer() {
    let stack = Setup::quick().up().await;
    stack.model_rules(json!([{ "contains": "slow", "hang": true }])).await;
    for platform in PLATFORMS.into_iter().filter(|platform| platform.groups != Groups::None) {
        let group = stack.group(platform.name);
        let question = format!("slow question on {}", platform.name);
        let said = group.says_in_group(1, &question, true).await;
        stack.model_is_asked(&question).await;
        // The answer would stand in a thread below the question; that is where it is stopped.
        match platform.name {
            "slack" => {
                let thread = &said["message_id"];
                let say = json!({ "text": "cancel", "group": true, "user": "U0MEMBER2", "mention": true, "thread": thread });
                group.sends(say).await
            }
            "discord" => group.sends(json!({ "command": "cancel", "group": true, "user": "1184" })).await,
            _ => group.says_in_group(2, "cancel", true).await,
        };
        group.hears("Stopped (1).").await;
        group.says_in_group(1, "still there?", true).await;
        group.hears("You said: still there?").await;
        let told = group.heard().await.iter().filter(|said| said.contains("Stopped")).count();
        assert_eq!(told, 1, "{}: a mention that comes twice is obeyed once", platform.name);
    }
}
