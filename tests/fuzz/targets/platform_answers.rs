//! Any answer of a platform: what it means to each channel, for a message that was sent and for a file.
//!
//! Written as `STATUS STEP`, lines of headers, an empty line, the body.

#![no_main]

use channels::{CHANNELS, Encoder, Fetched, encoder};
use domain::http::{HttpError, HttpRequest, HttpResponse};
use domain::{Media, MediaKind};
use fuzz::{CREDENTIALS, SECRET};
use libfuzzer_sys::fuzz_target;
use url::Url;

/// What is read of a file.
const BYTES_MAX: usize = 1_000;

/// Where tokens and calls for files may go.
const HOSTS: [&str; 4] =
    ["api.telegram.org", "api-data.line.me", "graph.facebook.com", "lookaside.fbsbx.com"];

fuzz_target!(|written: &[u8]| {
    let Some((step, response)) = read(written) else { return };
    let unsaid = String::from_utf8_lossy(&response.body).into_owned();
    for channel in CHANNELS {
        let encoder = encoder(*channel).expect("a channel there is");
        means_something(encoder, response.clone());
        delivers(encoder, step, &response);
        for error in [HttpError::NotSent(unsaid.clone()), HttpError::NoAnswer(unsaid.clone())] {
            let _ = encoder.outcome(&Err(error));
        }
    }
});

fn read(written: &[u8]) -> Option<(usize, HttpResponse)> {
    let end = written.windows(2).position(|bytes| bytes == b"\n\n")?;
    let (head, body) = (str::from_utf8(&written[..end]).ok()?, written[end + 2..].to_vec());
    let mut lines = head.lines();
    let (status, step) = lines.next()?.split_once(' ')?;
    let header = |line: &str| {
        let (name, value) = line.split_once(": ")?;
        Some((name.to_ascii_lowercase(), value.to_owned()))
    };
    let headers = lines.filter_map(header).collect();
    Some((step.parse().ok()?, HttpResponse { status: status.parse().ok()?, headers, body }))
}

fn means_something(encoder: &dyn Encoder, response: HttpResponse) {
    let answer = Ok(response);
    let sent = encoder.outcome(&answer);
    assert_eq!(encoder.outcome(&answer), sent, "the same answer means the same");
}

/// A file, or a call for it: to the platform alone, whatever its answer says.
fn delivers(encoder: &dyn Encoder, step: usize, response: &HttpResponse) {
    let media = Media {
        kind: MediaKind::File,
        handle: "583".to_owned(),
        mime: None,
        size: None,
        duration_ms: None,
        name: None,
    };
    if let Ok(Fetched::Next(request, _)) = encoder.fetched(&media, BYTES_MAX, step, response, &CREDENTIALS) {
        goes_to_the_platform(&request);
    }
}

fn goes_to_the_platform(request: &HttpRequest) {
    let url = Url::parse(&request.url).expect("a URL");
    let host = url.host_str().unwrap_or_default();
    assert!(url.scheme() == "https" && HOSTS.contains(&host), "{SECRET} goes to {host}");
    assert!(url.username().is_empty() && url.password().is_none() && url.port().is_none());
    assert_eq!(request.body_bytes_max, BYTES_MAX);
}
