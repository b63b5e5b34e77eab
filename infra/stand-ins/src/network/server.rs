//! The proxy itself.
use super::refusals::Service;
use super::weather::{Damage, Fate, Weather};
use crate::clock::{Clock, system_clock};
use crate::connection::{Connections, Cutter};
use crate::listening::serve_until;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use fastrand::Rng;
use std::future::Future;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::net::TcpListener;
use tokio::sync::watch;

/// More than any request here: a Lambda event may be 6 MB.
const BODY_BYTES_MAX: usize = 16 * 1024 * 1024;

/// The stretch, for serving it and for changing its weather.
#[derive(Clone)]
pub struct Handle {
    shared: Arc<Shared>,
}

struct Shared {
    service: Service,
    /// `http://host:port` of the far end.
    target: String,
    http: reqwest::Client,
    clock: Clock,
    state: Mutex<WeatherNow>,
}

struct WeatherNow {
    weather: Weather,
    chance: Rng,
    damages: Vec<Damage>,
}

impl Handle {
    /// A stretch to `target` with clear weather.
    ///
    /// # Errors
    /// No HTTP client can be made: give up.
    pub fn new(service: Service, target: &str, seed: u64) -> io::Result<Self> {
        let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
        let http = http.retry(reqwest::retry::never()).build().map_err(io::Error::other)?;
        let (weather, chance, damages) = (Weather::default(), Rng::with_seed(seed), Vec::new());
        let state = Mutex::new(WeatherNow { weather, chance, damages });
        let (target, clock) = (target.to_owned(), system_clock());
        Ok(Self { shared: Arc::new(Shared { service, target, http, clock, state }) })
    }

    /// # Errors
    /// The listener fails.
    pub async fn serve(
        &self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        let router = Router::new().fallback(carry).with_state(self.clone());
        serve_until(listener, router, watch::channel(false).0, Connections::default(), shutdown).await
    }

    /// From now on.
    pub fn set_weather(&self, weather: Weather) {
        self.state().weather = weather;
    }

    /// Every request so far that did not simply arrive.
    pub fn damages(&self) -> Vec<Damage> {
        self.state().damages.clone()
    }

    fn state(&self) -> MutexGuard<'_, WeatherNow> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn carry(
    State(handle): State<Handle>,
    ConnectInfo(connection): ConnectInfo<Cutter>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, BODY_BYTES_MAX).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let (delay, fate) = {
        let WeatherNow { weather, chance, .. } = &mut *handle.state();
        weather.draw(chance)
    };
    tokio::time::sleep(delay).await;
    handle.note(fate, &body);
    match fate {
        Fate::Arrives => handle.forward(parts, body).await,
        Fate::LostBefore => cut(&connection),
        Fate::LostAfter => {
            handle.forward_to_its_end(parts, body).await;
            cut(&connection)
        }
        Fate::FailsBefore => handle.shared.service.failure(),
        Fate::FailsAfter => {
            handle.forward_to_its_end(parts, body).await;
            handle.shared.service.failure()
        }
        Fate::Throttled => handle.shared.service.throttle(),
    }
}

impl Handle {
    fn note(&self, fate: Fate, body: &Bytes) {
        if fate != Fate::Arrives {
            let (at_ms, body) = ((self.shared.clock)(), body.clone());
            self.state().damages.push(Damage { at_ms, fate, body });
        }
    }

    /// The answer as it comes: a stream stays one, and a client that hangs up hangs up at the far end.
    async fn forward(&self, parts: Parts, body: Bytes) -> Response {
        let Ok(answer) = self.send(parts, body).await else { return StatusCode::BAD_GATEWAY.into_response() };
        let (status, headers) = (answer.status(), passed_on(answer.headers()));
        let mut response = (status, Body::from_stream(answer.bytes_stream())).into_response();
        *response.headers_mut() = headers;
        response
    }

    async fn forward_to_its_end(&self, parts: Parts, body: Bytes) {
        if let Ok(answer) = self.send(parts, body).await {
            let _ = answer.bytes().await;
        }
    }

    async fn send(&self, parts: Parts, body: Bytes) -> reqwest::Result<reqwest::Response> {
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        let request = self.shared.http.request(parts.method, format!("{}{path}", self.shared.target));
        request.headers(passed_on(&parts.headers)).body(body).send().await
    }
}

/// Everything but what concerns one connection only.
fn passed_on(headers: &HeaderMap) -> HeaderMap {
    let mut headers = headers.clone();
    for name in [header::CONNECTION, header::TRANSFER_ENCODING, header::HOST] {
        headers.remove(name);
    }
    headers
}

fn cut(connection: &Cutter) -> Response {
    connection.cut();
    StatusCode::BAD_GATEWAY.into_response()
}
