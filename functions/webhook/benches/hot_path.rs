//! What the webhook computes for a message of each platform: `cargo bench -p webhook`.
//!
//! `verify` proves a request, `parse` reads it, `receive` is the whole of it up to its answer, admission and doorbell
//! included, in a world that answers at once. `docs/performance.md` has figures.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a benchmark fails by panicking")]
#![allow(missing_docs, reason = "criterion's macros make functions")]

use std::hint::black_box;
use std::path::{Path, PathBuf};

use channels::{Credentials, Inbound, decoder};
use criterion::{Criterion, criterion_group, criterion_main};
use domain::{Channel, Millis, Token};
use gateway::Request;
use io::world::{Pending, QueueError, QueueRequest, TableError, TableReply, TableRequest, World};
use serde_json::Value;
use startup::Keys;
use webhook::Webhook;

/// When the requests of `signatures.json` arrive.
const NOW: Millis = Millis(1_795_168_800_000);

/// A message of each platform.
const FILES: [&str; 6] = [
    "telegram/text.json",
    "line/text.json",
    "whatsapp/text.json",
    "messenger/text.json",
    "slack/message_im.json",
    "discord/slash_command_guild.json",
];

/// Takes whatever it is asked to, at once.
struct Willing;

impl World for Willing {
    fn table(&self, request: TableRequest) -> Pending<'_, Result<TableReply, TableError>> {
        Box::pin(async move {
            black_box(request);
            Ok(TableReply::Written(None))
        })
    }

    fn queue(&self, request: QueueRequest) -> Pending<'_, Result<(), QueueError>> {
        Box::pin(async move {
            black_box(request);
            Ok(())
        })
    }

    fn now(&self) -> Millis {
        NOW
    }

    fn sleep(&self, _milliseconds: u64) -> Pending<'_, ()> {
        Box::pin(std::future::ready(()))
    }

    fn token(&self) -> Token {
        Token("AAAAAAAAAAA".to_owned())
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn signatures() -> Value {
    serde_json::from_slice(&std::fs::read(root().join("events/signatures.json")).unwrap()).unwrap()
}

/// The secrets that the payloads were signed with.
fn credentials(signatures: &Value) -> Credentials {
    let secrets = &signatures["secrets"];
    let read = |name: &str| {
        let secret = match name {
            "TELEGRAM_SECRET_TOKEN" => &secrets["telegram"]["secret_token"],
            "LINE_CHANNEL_SECRET" => &secrets["line"]["channel_secret"],
            "WHATSAPP_APP_SECRET" => &secrets["whatsapp"]["app_secret"],
            "MESSENGER_APP_SECRET" => &secrets["messenger"]["app_secret"],
            "SLACK_SIGNING_SECRET" => &secrets["slack"]["signing_secret"],
            "DISCORD_PUBLIC_KEY" => &secrets["discord"]["public_key_hex"],
            _ => return Vec::new(),
        };
        vec![secret.as_str().unwrap().to_owned()]
    };
    Credentials::read(|_| true, read, 1_000)
}

/// A payload with the proof that its platform sends along.
fn request(signatures: &Value, file: &str) -> Request {
    let vectors = signatures["vectors"].as_array().unwrap();
    let vector = vectors.iter().find(|vector| vector["file"] == file).unwrap();
    let headers = vector["headers"].as_object().unwrap().iter();
    let headers = headers.map(|(name, value)| (name.to_lowercase(), value.as_str().unwrap().to_owned()));
    Request {
        method: "POST".to_owned(),
        path: format!("/webhook/{}", file.split('/').next().unwrap()),
        headers: headers.collect(),
        body: std::fs::read(root().join("events").join(file)).unwrap(),
        id: "r".to_owned(),
        ..Request::default()
    }
}

fn hot_path(criterion: &mut Criterion) {
    let signatures = signatures();
    let proofs = credentials(&signatures);
    let bot = startup::read_bot(&root().join("bots/assistant")).unwrap();
    let webhook = Webhook { world: Willing, bot, credentials: Keys::from(credentials(&signatures)) };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for file in FILES {
        let request = request(&signatures, file);
        let name = file.split('/').next().unwrap();
        let decoder = decoder(Channel::named(name).unwrap()).unwrap();
        let inbound = Inbound {
            method: &request.method,
            query: &request.query,
            headers: &request.headers,
            body: &request.body,
            at: NOW,
            request_id: &request.id,
        };
        let verified = decoder.verify(inbound, &proofs).unwrap();
        assert_eq!(decoder.parse(&verified).len(), 1, "{file}");
        assert!(runtime.block_on(webhook.receive(&request)).status < 300, "{file}");
        criterion.bench_function(&format!("verify/{name}"), |bencher| {
            bencher.iter(|| decoder.verify(black_box(inbound), &proofs).is_ok());
        });
        criterion.bench_function(&format!("parse/{name}"), |bencher| {
            bencher.iter(|| decoder.parse(black_box(&verified)));
        });
        criterion.bench_function(&format!("receive/{name}"), |bencher| {
            bencher.iter(|| runtime.block_on(webhook.receive(black_box(&request))).status);
        });
    }
}

criterion_group!(benches, hot_path);
criterion_main!(benches);
