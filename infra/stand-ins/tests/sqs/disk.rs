//! What a restart keeps.
use crate::wire::{Client, send, serve};
use serde_json::{Value, json};
use stand_ins::sqs::{Handle, Options};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A folder that goes with the test.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("stand-ins-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn options(folder: &Path, time: &Arc<AtomicU64>) -> Options {
    let time = Arc::clone(time);
    let clock = Arc::new(move || time.load(Ordering::Relaxed));
    Options { data: Some(folder.to_owned()), clock, ..Options::default() }
}

async fn receipt(client: &Client, url: &str, request: Value) -> Value {
    let mut request = request;
    request["QueueUrl"] = url.into();
    client.ok("ReceiveMessage", request).await["Messages"][0].clone()
}

/// Stops a server and waits until it has let go of its folder.
async fn stop(folder: &Folder, handle: Handle, stop: tokio::sync::oneshot::Sender<()>) {
    stop.send(()).unwrap();
    drop(handle);
    let lock = std::fs::File::open(folder.0.join("sqs.lock")).unwrap();
    let start = std::time::Instant::now();
    while lock.try_lock().is_err() {
        assert!(start.elapsed().as_secs() < 60, "the folder is not let go");
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
}

#[tokio::test]
async fn flights_delays_duplicates_and_attributes_survive_a_restart() {
    let folder = Folder::new("restart");
    let time = Arc::new(AtomicU64::new(1_800_000_000_000));
    let (client, handle, stopper) = serve(options(&folder.0, &time)).await;
    let url = client.fifo().await;
    let mut first = send(&url, "A", "a0");
    first["MessageAttributes"] = json!({"b": {"DataType": "Binary", "BinaryValue": "AAE="}});
    let sent = client.ok("SendMessage", first).await;
    client.ok("SendMessage", send(&url, "A", "a1")).await;
    client.ok("SendMessage", send(&url, "B", "b0")).await;
    let flying = receipt(&client, &url, json!({"VisibilityTimeout": 60})).await;
    let gone = receipt(&client, &url, json!({})).await;
    client.ok("DeleteMessage", json!({"QueueUrl": url, "ReceiptHandle": gone["ReceiptHandle"]})).await;
    let before = handle.snapshot();
    stop(&folder, handle, stopper).await;
    drop(client);

    let (client, handle, _stopper) = serve(options(&folder.0, &time)).await;
    assert_eq!(handle.snapshot(), before);
    assert!(client.receive(&url, 0).await.is_empty(), "a0 is in flight and locks its group");
    let again = client.ok("SendMessage", send(&url, "A", "a0")).await;
    assert_eq!(again["MessageId"], sent["MessageId"], "still a duplicate");
    time.fetch_add(60_000, Ordering::Relaxed);
    let late = json!({"QueueUrl": url, "ReceiptHandle": flying["ReceiptHandle"]});
    assert_eq!(client.call("DeleteMessage", late).await.unwrap().0, 400, "expired");
    let request =
        json!({"MaxNumberOfMessages": 10, "MessageAttributeNames": ["All"], "AttributeNames": ["All"]});
    let back = receipt(&client, &url, request).await;
    assert_eq!((&back["Body"], &back["Attributes"]["ApproximateReceiveCount"]), (&json!("a0"), &json!("2")));
    assert_eq!(back["MessageAttributes"]["b"]["BinaryValue"], "AAE=");
    let new = client.ok("SendMessage", send(&url, "C", "c0")).await;
    assert!(new["SequenceNumber"].as_str() > sent["SequenceNumber"].as_str(), "numbers go on");
}

#[tokio::test]
async fn a_folder_serves_one_process_at_a_time() {
    let folder = Folder::new("in-use");
    let time = Arc::new(AtomicU64::new(1));
    let first = Handle::open(options(&folder.0, &time)).unwrap();
    let refused = Handle::open(options(&folder.0, &time)).err().unwrap().to_string();
    assert!(refused.starts_with("another process is already serving the queues in"), "{refused}");
    drop(first);
    Handle::open(options(&folder.0, &time)).unwrap();
}

#[tokio::test]
async fn a_deleted_queue_leaves_nothing_behind() {
    let folder = Folder::new("deleted");
    let time = Arc::new(AtomicU64::new(1_800_000_000_000));
    let (client, handle, stopper) = serve(options(&folder.0, &time)).await;
    let url = client.fifo().await;
    client.ok("SendMessage", send(&url, "A", "a0")).await;
    client.ok("DeleteQueue", json!({"QueueUrl": url})).await;
    client.fifo().await;
    stop(&folder, handle, stopper).await;
    let (client, handle, _stopper) = serve(options(&folder.0, &time)).await;
    assert_eq!(handle.snapshot().queues[0].messages, []);
    client.ok("SendMessage", send(&url, "A", "a0")).await;
    assert_eq!(client.receive(&url, 0).await.len(), 1, "no duplicate of a send to the old queue");
}
