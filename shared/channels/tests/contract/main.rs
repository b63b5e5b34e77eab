//! What every channel has to keep: the payloads of `events/` mean what is written beside them, right proofs are taken
//! and wrong ones refused, the platforms' answers are understood.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod answers;
mod discord;
mod elsewhere;
mod normal_form;
mod payloads;
mod proofs;
mod slack;
mod telegram;

use std::path::PathBuf;

use base64::Engine;
use channels::{CHANNELS, Credentials, Inbound, Unproven, Verified, decoder};
use domain::{Channel, Millis};
use ed25519_dalek::Signer;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;

/// When the requests of `signatures.json` arrive.
const NOW: Millis = Millis(1_795_168_800_000);

fn events() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../events")
}

fn json(path: &str) -> Value {
    serde_json::from_slice(&std::fs::read(events().join(path)).unwrap()).unwrap()
}

/// The owner's values that the payloads were signed with.
fn credentials() -> Credentials {
    let secrets = json("signatures.json")["secrets"].clone();
    let read = move |name: &str| {
        let found = match name {
            "LINE_CHANNEL_SECRET" => &secrets["line"]["channel_secret"],
            "TELEGRAM_SECRET_TOKEN" => &secrets["telegram"]["secret_token"],
            "WHATSAPP_APP_SECRET" => &secrets["whatsapp"]["app_secret"],
            "WHATSAPP_VERIFY_TOKEN" => &secrets["whatsapp"]["verify_token"],
            "MESSENGER_APP_SECRET" => &secrets["messenger"]["app_secret"],
            "MESSENGER_VERIFY_TOKEN" => &secrets["messenger"]["verify_token"],
            "SLACK_SIGNING_SECRET" => &secrets["slack"]["signing_secret"],
            "DISCORD_PUBLIC_KEY" => &secrets["discord"]["public_key_hex"],
            "WEB_SESSION_SECRET" => return vec!["0123456789abcdef0123456789abcdef".to_owned()],
            _ if name.ends_with("_BASE") => return Vec::new(),
            _ => return vec![format!("1:test-only-{}", name.to_lowercase())],
        };
        // The previous secret stands behind the current one.
        vec![
            "0000000000000000000000000000000000000000000000000000000000000000".to_owned(),
            found.as_str().unwrap().to_owned(),
        ]
    };
    Credentials::read(|_| true, read, 1_000)
}

/// The chat platforms: every channel but our own.
fn platforms() -> impl Iterator<Item = Channel> {
    CHANNELS.iter().copied().filter(|channel| *channel != Channel::WEB)
}

fn headers(of: &Value) -> Vec<(String, String)> {
    let pairs = of.as_object().unwrap().iter();
    pairs.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect()
}

/// The headers of a request that a platform sends with these bytes.
fn signed(channel: Channel, body: &[u8]) -> Vec<(String, String)> {
    let secrets = json("signatures.json")["secrets"][channel.name()].clone();
    let text = |name: &str| secrets[name].as_str().unwrap().to_owned();
    let seconds = (NOW.0 / 1_000).to_string();
    let pairs = match channel.name() {
        "telegram" => vec![("x-telegram-bot-api-secret-token", text("secret_token"))],
        "line" => {
            let mac = hmac(&text("channel_secret"), &[body]);
            vec![("x-line-signature", base64::engine::general_purpose::STANDARD.encode(mac))]
        }
        "whatsapp" | "messenger" => {
            vec![(
                "x-hub-signature-256",
                format!("sha256={}", hex::encode(hmac(&text("app_secret"), &[body]))),
            )]
        }
        "slack" => {
            let mac = hmac(&text("signing_secret"), &[b"v0:", seconds.as_bytes(), b":", body]);
            let signature = format!("v0={}", hex::encode(mac));
            vec![("x-slack-signature", signature), ("x-slack-request-timestamp", seconds)]
        }
        "discord" => {
            let seed: [u8; 32] = hex::decode(text("ed25519_seed_hex")).unwrap().try_into().unwrap();
            let signed = [seconds.as_bytes(), body].concat();
            let signature = ed25519_dalek::SigningKey::from_bytes(&seed).sign(&signed);
            let signature = hex::encode(signature.to_bytes());
            vec![("x-signature-ed25519", signature), ("x-signature-timestamp", seconds)]
        }
        other => panic!("how {other} signs is not known here"),
    };
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn hmac(secret: &str, parts: &[&[u8]]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().to_vec()
}

/// Has a request checked.
fn verify<'r>(
    channel: Channel,
    headers: &'r [(String, String)],
    body: &'r [u8],
    credentials: &Credentials,
) -> Result<Verified<'r>, Unproven> {
    let inbound = Inbound { method: "POST", query: "", headers, body, at: NOW, request_id: "r" };
    decoder(channel).unwrap().verify(inbound, credentials)
}
