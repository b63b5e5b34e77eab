//! What a client meets on a stretch of network with weather.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]
use axum::Router;
use axum::extract::State;
use serde_json::Value;
use stand_ins::network::{Fate, Handle, Service, Weather};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;

struct World {
    network: Handle,
    url: String,
    arrived: Arc<AtomicU32>,
}

async fn world(service: Service) -> World {
    let arrived = Arc::new(AtomicU32::new(0));
    let far = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let target = format!("http://{}", far.local_addr().unwrap());
    let router = Router::new().fallback(count).with_state(Arc::clone(&arrived));
    tokio::spawn(async move { axum::serve(far, router).await });
    let near = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/path?with=query", near.local_addr().unwrap());
    let network = Handle::new(service, &target, 1).unwrap();
    let serving = network.clone();
    tokio::spawn(async move { serving.serve(near, std::future::pending()).await });
    World { network, url, arrived }
}

async fn count(State(arrived): State<Arc<AtomicU32>>, uri: axum::http::Uri, body: String) -> String {
    arrived.fetch_add(1, Ordering::Relaxed);
    format!("{uri} {body}")
}

impl World {
    async fn asks(&self) -> reqwest::Result<reqwest::Response> {
        let client = reqwest::Client::builder().no_proxy().build()?;
        client.post(&self.url).body("hello").send().await
    }

    fn arrived(&self) -> u32 {
        self.arrived.load(Ordering::Relaxed)
    }
}

#[tokio::test]
async fn in_clear_weather_a_request_and_its_answer_arrive_unchanged() {
    let world = world(Service::Webhook).await;
    let answer = world.asks().await.unwrap();
    assert_eq!(answer.text().await.unwrap(), "/path?with=query hello");
    assert!(world.network.damages().is_empty());
}

#[tokio::test]
async fn a_connection_is_cut_before_or_after_the_effect() {
    let world = world(Service::Webhook).await;
    world.network.set_weather(Weather { lost_before: 1.0, ..Weather::default() });
    assert!(world.asks().await.is_err());
    assert_eq!(world.arrived(), 0);
    world.network.set_weather(Weather { lost_after: 1.0, ..Weather::default() });
    assert!(world.asks().await.is_err());
    assert_eq!(world.arrived(), 1);
    let fates: Vec<Fate> = world.network.damages().iter().map(|damage| damage.fate).collect();
    assert_eq!(fates, [Fate::LostBefore, Fate::LostAfter]);
}

#[tokio::test]
async fn a_throttle_has_the_form_of_its_service_and_no_effect() {
    let forms = [
        (Service::DynamoDb, 400, "/__type", "com.amazon.coral.availability#ThrottlingException"),
        (Service::Sqs, 400, "/__type", "com.amazonaws.sqs#RequestThrottled"),
        (Service::Telegram, 429, "/description", "Too Many Requests: retry after 1"),
        (Service::Model, 429, "/error/message", "Rate limit reached."),
    ];
    for (service, status, place, text) in forms {
        let world = world(service).await;
        world.network.set_weather(Weather { throttles: 1.0, ..Weather::default() });
        let answer = world.asks().await.unwrap();
        assert_eq!(answer.status(), status, "{service:?}");
        let body: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        assert_eq!(body.pointer(place).and_then(Value::as_str), Some(text), "{service:?}");
        assert_eq!(world.arrived(), 0);
    }
}

#[tokio::test]
async fn a_delay_delays() {
    let world = world(Service::Webhook).await;
    world.network.set_weather(Weather { delay_us: (50_000, 60_000), ..Weather::default() });
    let begin = Instant::now();
    world.asks().await.unwrap();
    assert!(begin.elapsed() >= Duration::from_millis(50));
}
