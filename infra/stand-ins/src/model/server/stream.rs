//! An answer that comes bit by bit.
use crate::connection::Cutter;
use crate::model::journal::{Outcome, Running};
use axum::body::{Body, Bytes};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use std::collections::VecDeque;
use std::io;
use std::time::Duration;

/// What a stream does next.
pub(super) enum Step {
    Send { after: Duration, event: Bytes },
    Cut,
}

impl Step {
    pub(super) fn now(event: impl Into<Bytes>) -> Step {
        Step::Send { after: Duration::ZERO, event: event.into() }
    }
}

/// The stream owns the running request: when the client hangs up, both are dropped.
pub(super) fn streamed(
    content_type: &'static str,
    steps: VecDeque<Step>,
    running: Running,
    connection: Cutter,
) -> Response {
    let body =
        stream::unfold((steps, running, connection), |(mut steps, mut running, connection)| async move {
            let part = match steps.pop_front()? {
                Step::Send { after, event } => {
                    tokio::time::sleep(after).await;
                    Ok(event)
                }
                Step::Cut => {
                    // One turn of the runtime, so that the words before are on their way.
                    tokio::time::sleep(Duration::from_millis(1)).await;
                    connection.cut();
                    running.finish(Outcome::CutByRule);
                    Err(io::Error::from(io::ErrorKind::ConnectionReset))
                }
            };
            if steps.is_empty() && part.is_ok() {
                running.finish(Outcome::Answered);
            }
            Some((part, (steps, running, connection)))
        });
    let headers = [(header::CONTENT_TYPE, content_type), (header::CACHE_CONTROL, "no-cache")];
    (headers, Body::from_stream(body)).into_response()
}
