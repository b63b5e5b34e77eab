//! The web channel's JSON API, the owner's routes, and health. Sessions are issued here; a client never chooses who it is.

mod chat;
mod concurrency;
mod health;
mod looks;
mod messages;
mod news;
mod origins;
mod owner;
mod route;
mod shown;
mod stats;
mod story;
mod traced;

use bot::Bot;
use channels::Credentials;
use domain::Millis;
use gateway::{Reply, Request};
use io::world::World;
use startup::Keys;

pub use looks::Looks;
use route::Route;

pub use traced::json as trace_json;

/// Largest body that is read: the longest text there may be, with every character of it escaped, and what goes along.
const BODY_BYTES_MAX: usize = 256 * 1024;

/// Everything this function may touch: the table, and `SendMessage` of both lanes and notices.
pub struct Api<W> {
    /// Table, queues, clock, chance.
    pub world: W,
    /// Limits and words.
    pub bot: Bot,
    /// What proves who asks.
    pub proofs: Keys<Proofs>,
    /// Origins whose pages may talk to the bot from a browser. None: only its own.
    pub origins: Vec<String>,
    /// What was answered last about the whole system.
    pub looks: Looks,
    /// Makes the name of a new session.
    pub new_session: fn(Millis) -> uuid::Uuid,
}

/// What proves who asks.
pub struct Proofs {
    /// What signs and proves sessions.
    pub credentials: Credentials,
    /// What proves the owner: the current token and the previous one. None: their routes are closed.
    pub owner_tokens: Vec<String>,
}

impl<W: World> Api<W> {
    /// One request.
    pub async fn serve(&self, request: &Request) -> Reply {
        if request.method == "OPTIONS" {
            return origins::preflight(request, &self.origins);
        }
        origins::allowing(self.answer(request).await, request, &self.origins)
    }

    async fn answer(&self, request: &Request) -> Reply {
        if request.body.len() > BODY_BYTES_MAX {
            return chat::failure(413, "too-long", "the request is too large");
        }
        let proofs = self.proofs.current(self.world.now()).await;
        let reply = self.serve_by(request, &proofs).await;
        if reply.status != 401 {
            return reply;
        }
        // Perhaps the secret was replaced. Nothing has come of the request so far.
        match self.proofs.newer(self.world.now()).await {
            Some(newer) => self.serve_by(request, &newer).await,
            None => reply,
        }
    }

    async fn serve_by(&self, request: &Request, proofs: &Proofs) -> Reply {
        if let Some(socket) = &request.socket {
            return self.socket(request, &proofs.credentials, socket).await;
        }
        match route::of(&request.method, &request.path) {
            Route::Say => self.say(request, &proofs.credentials).await,
            Route::Status(request_id) => self.status(request, &proofs.credentials, &request_id).await,
            Route::Cancel => self.cancel(request, &proofs.credentials).await,
            Route::Messages => self.messages(request, &proofs.credentials).await,
            Route::Owner(wish, conversation) => {
                self.owner(request, &proofs.owner_tokens, wish, &conversation).await
            }
            Route::Trace(request_id) => self.trace(request, &proofs.owner_tokens, request_id).await,
            Route::Health => self.health().await,
            Route::Concurrency => self.concurrency().await,
            Route::Stats => self.stats().await,
            Route::NotAllowed => {
                chat::failure(405, "method-not-allowed", "this path is asked in another way")
            }
            Route::Unknown => chat::failure(404, "unknown", "there is nothing here"),
        }
    }
}

/// Starts the function and serves until Lambda ends the sandbox.
pub async fn run() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let (bot, world, secrets) = startup::start().await?;
    let proofs = secrets.keys(&bot.limits, |secrets| {
        Ok(Proofs { credentials: secrets.session_proofs()?, owner_tokens: secrets.owner_tokens()? })
    })?;
    let (origins, looks) = (startup::allowed_origins(), Looks::default());
    let api = std::sync::Arc::new(Api { world, bot, proofs, origins, looks, new_session });
    gateway::serve(move |request| {
        let api = std::sync::Arc::clone(&api);
        async move {
            let reply = api.serve(&request).await;
            api.world.report().await;
            reply
        }
    })
    .await
}

/// A UUIDv7 of this moment.
fn new_session(now: Millis) -> uuid::Uuid {
    let (seconds, millis) = (now.0.div_euclid(1_000), now.0.rem_euclid(1_000));
    let nanos = u32::try_from(millis).unwrap_or(0) * 1_000_000;
    let seconds = u64::try_from(seconds).unwrap_or(0);
    uuid::Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, seconds, nanos))
}
