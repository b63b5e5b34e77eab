//! A webhook in a world that answers at once, and a message of each platform with its proof. What it takes is measured by the
//! clock here, and in instructions by `tests/instructions`.

use std::hint::black_box;
use std::path::{Path, PathBuf};

use channels::{Credentials, Decoder, Event, Inbound, Verified, decoder};
use domain::{Channel, Millis, Token};
use gateway::Request;
use io::world::{Pending, QueueError, QueueRequest, TableError, TableReply, TableRequest, World};
use serde_json::Value;
use startup::Keys;
use tokio::runtime::{Builder, Runtime};
use webhook::Webhook;

/// When the requests of `signatures.json` arrive.
pub const NOW: Millis = Millis(1_795_168_800_000);

/// A message of each platform.
pub const FILES: [&str; 6] = [
    "telegram/text.json",
    "line/text.json",
    "whatsapp/text.json",
    "messenger/text.json",
    "slack/message_im.json",
    "discord/slash_command_guild.json",
];

/// Takes whatever it is asked to, at once.
pub struct Willing;

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

/// The webhook, and what it and its messages are made of.
pub struct Scene {
    events: PathBuf,
    signatures: Value,
    /// What proves its messages.
    pub proofs: Credentials,
    /// Which takes them in.
    pub webhook: Webhook<Willing>,
    runtime: Runtime,
}

impl Scene {
    /// By the files of the project.
    pub fn of(root: &Path) -> Scene {
        let events = root.join("events");
        let signatures = std::fs::read(events.join("signatures.json")).unwrap();
        let signatures = serde_json::from_slice(&signatures).unwrap();
        let bot = startup::read_bot(&root.join("bots/assistant")).unwrap();
        let webhook = Webhook { world: Willing, bot, credentials: Keys::from(credentials(&signatures)) };
        let runtime = Builder::new_current_thread().build().unwrap();
        Scene { events, proofs: credentials(&signatures), signatures, webhook, runtime }
    }

    /// The message of that file, with the proof that its platform sends along.
    pub fn delivery(&self, file: &str) -> Delivery<'_> {
        let (platform, _) = file.split_once('/').unwrap();
        let vectors = self.signatures["vectors"].as_array().unwrap();
        let vector = vectors.iter().find(|vector| vector["file"] == file).unwrap();
        let headers = vector["headers"].as_object().unwrap().iter();
        let headers = headers.map(|(name, value)| (name.to_lowercase(), value.as_str().unwrap().to_owned()));
        let request = Request {
            method: "POST".to_owned(),
            path: format!("/webhook/{platform}"),
            headers: headers.collect(),
            body: std::fs::read(self.events.join(file)).unwrap(),
            id: "r".to_owned(),
            ..Request::default()
        };
        let decoder = decoder(Channel::named(platform).unwrap()).unwrap();
        let delivery = Delivery { scene: self, decoder, request };
        assert_eq!(delivery.parse(&delivery.verify()).len(), 1, "{file}");
        assert!(delivery.receive() < 300, "{file}");
        delivery
    }
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

/// A message on its way in.
pub struct Delivery<'s> {
    scene: &'s Scene,
    decoder: &'static dyn Decoder,
    /// As the platform sends it.
    pub request: Request,
}

impl Delivery<'_> {
    /// Proves it.
    pub fn verify(&self) -> Verified<'_> {
        let inbound = Inbound {
            method: &self.request.method,
            query: &self.request.query,
            headers: &self.request.headers,
            body: &self.request.body,
            at: NOW,
            request_id: &self.request.id,
        };
        self.decoder.verify(black_box(inbound), &self.scene.proofs).unwrap()
    }

    /// Reads it.
    pub fn parse(&self, verified: &Verified<'_>) -> Vec<Event> {
        self.decoder.parse(black_box(verified))
    }

    /// All of it, up to the status that is answered: admission, watch and doorbell included.
    pub fn receive(&self) -> u16 {
        self.scene.runtime.block_on(self.scene.webhook.receive(black_box(&self.request))).status
    }
}
