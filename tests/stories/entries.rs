//! One webhook that tells of several events.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::guests::Guest;
use crate::stack::{Setup, Stack, until};

/// The page, as its stand-in is called.
pub const PAGE: &str = "100000000000001";

#[tokio::test]
async fn each_entry_of_a_webhook_is_answered_in_its_own_conversation_and_once() {
    let stack = Setup::quick().up().await;
    let (ann, ben) = (stack.guest("messenger"), stack.guest("messenger"));
    for guest in [&ann, &ben] {
        guest.says("hello").await;
        guest.hears("You said: hello").await;
    }
    let events = json!({ "object": "page", "entry": [
        { "id": PAGE, "messaging": [said(&ann, "one", 1), said(&ben, "two", 2)] },
        { "id": PAGE, "messaging": [said(&ann, "three", 3)] },
    ]});
    for _ in ["delivered", "delivered again"] {
        until("it is taken", async || (deliver(&stack, &events).await == 200).then_some(())).await;
    }
    ann.hears("three").await;
    ben.hears("two").await;
    for guest in [&ann, &ben] {
        guest.says("bye").await;
        guest.hears("bye").await;
    }
    let count = |heard: &[String], word: &str| heard.iter().filter(|line| line.contains(word)).count();
    let (to_ann, to_ben) = (ann.heard().await, ben.heard().await);
    assert_eq!(["one", "two", "three"].map(|word| count(&to_ann, word)), [1, 0, 1], "{to_ann:?}");
    assert_eq!(["one", "two", "three"].map(|word| count(&to_ben, word)), [0, 1, 0], "{to_ben:?}");
}

pub fn said(guest: &Guest<'_>, text: &str, number: i64) -> Value {
    json!({
        "sender": { "id": guest.chat },
        "recipient": { "id": PAGE },
        "timestamp": startup::now().0 + number,
        "message": { "mid": format!("m_{}_{number}", guest.chat), "text": text },
    })
}

/// As Meta delivers and signs it. Answers with the webhook's status.
pub async fn deliver(stack: &Stack, events: &Value) -> u16 {
    let secret = stack.state().await["secrets"]["MESSENGER_APP_SECRET"].as_str().unwrap().to_owned();
    let body = events.to_string();
    let mut proof = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    proof.update(body.as_bytes());
    let proof = format!("sha256={}", hex::encode(proof.finalize().into_bytes()));
    let request = stack.http().post(stack.url("/webhook/messenger")).header("x-hub-signature-256", proof);
    request.header("content-type", "application/json").body(body).send().await.unwrap().status().as_u16()
}
