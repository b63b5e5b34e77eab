//! Amazon SES by its wire: `POST /v2/email/outbound-emails`, once whatever is answered.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_sdk_sesv2::Client;
use aws_sdk_sesv2::config::retry::RetryConfig;
use aws_sdk_sesv2::config::{BehaviorVersion, Credentials, Region};
use axum::Router;
use axum::http::StatusCode;
use axum::routing::post;
use mail::{Letter, MailError, Mailer, Ses};
use serde_json::Value;

/// An SES that answers so; what it is asked is checked, and counted.
async fn ses(status: u16, kind: &'static str) -> (Ses, Arc<AtomicUsize>) {
    let asked = Arc::<AtomicUsize>::default();
    let counted = Arc::clone(&asked);
    let answer = move |body: String| async move {
        counted.fetch_add(1, Ordering::Relaxed);
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(body["FromEmailAddress"], "bot@example.org");
        assert_eq!(body["Destination"]["ToAddresses"][0], "ann@example.org");
        assert!(body["Content"]["Raw"]["Data"].is_string(), "{body}");
        let words = if status == 200 { r#"{"MessageId": "1"}"# } else { r#"{"message": "no"}"# };
        (StatusCode::from_u16(status).unwrap(), [("x-amzn-errortype", kind)], words)
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().route("/v2/email/outbound-emails", post(answer));
    tokio::spawn(async move { axum::serve(listener, router).await });
    let config = aws_sdk_sesv2::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("local", "local", None, None, "local"))
        .retry_config(RetryConfig::disabled())
        .endpoint_url(url)
        .build();
    (Ses::of(Client::from_conf(config), "bot@example.org"), asked)
}

#[tokio::test]
async fn an_answer_is_told_apart_from_a_refusal_and_from_silence() {
    for (status, kind, known) in [
        (200, "", "sent"),
        (400, "MessageRejected", "not sent"),
        (403, "AccessDeniedException", "not sent"),
        (429, "TooManyRequestsException", "not sent"),
        (500, "InternalFailure", "unknown"),
        (503, "ServiceUnavailable", "unknown"),
    ] {
        let (ses, asked) = ses(status, kind).await;
        let letter = Letter {
            to: "ann@example.org".into(),
            subject: "What you asked for".into(),
            body: "Hello.".into(),
            id: "1-2".into(),
        };
        let sent = match ses.send(letter).await {
            Ok(()) => "sent",
            Err(MailError::NotSent(_)) => "not sent",
            Err(MailError::Unknown(_)) => "unknown",
        };
        assert_eq!((sent, asked.load(Ordering::Relaxed)), (known, 1), "{status} {kind}");
    }
}
