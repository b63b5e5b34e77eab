//! A server that gives one answer to one request, and keeps the request.

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A request as it came.
pub(crate) struct Request {
    /// Its first line and its headers, in lower case.
    pub head: String,
    pub body: Value,
}

/// Where it listens, and the request once it has come. What comes after that finds nobody.
pub(crate) async fn answering(status: u16, kind: &str, body: &str) -> (String, JoinHandle<Request>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let length = body.len();
    let answer = format!(
        "HTTP/1.1 {status} As told\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    );
    let serving = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        drop(listener);
        let mut came = Vec::new();
        let request = loop {
            stream.read_buf(&mut came).await.unwrap();
            if let Some(request) = whole(&came) {
                break request;
            }
        };
        stream.write_all(answer.as_bytes()).await.unwrap();
        request
    });
    (url, serving)
}

/// The request, once all of it is there.
fn whole(came: &[u8]) -> Option<Request> {
    let text = String::from_utf8_lossy(came);
    let (head, body) = text.split_once("\r\n\r\n")?;
    let body = serde_json::from_str(body).ok()?;
    Some(Request { head: head.to_lowercase(), body })
}
