//! The protocol as a client sees it. `Client` is used by the tests of the disk as well.
use serde_json::{Value, json};
use stand_ins::sqs::{Handle, MessageState, Options};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

pub struct Client {
    pub endpoint: String,
    http: reqwest::Client,
}

impl Client {
    pub fn new(endpoint: String) -> Self {
        Self { endpoint, http: reqwest::Client::new() }
    }

    /// The status and the body of the answer; an error when the connection broke.
    pub async fn call(&self, action: &str, body: Value) -> reqwest::Result<(u16, Value)> {
        let request = self.http.post(&self.endpoint).header("x-amz-target", format!("AmazonSQS.{action}"));
        let answer = request.body(body.to_string()).send().await?;
        let status = answer.status().as_u16();
        let text = answer.text().await?;
        Ok((status, serde_json::from_str(&text).unwrap()))
    }

    pub async fn ok(&self, action: &str, body: Value) -> Value {
        let (status, answer) = self.call(action, body).await.unwrap();
        assert_eq!(status, 200, "{action}: {answer}");
        answer
    }

    pub async fn fifo(&self) -> String {
        let attributes = json!({"FifoQueue": "true", "VisibilityTimeout": "600"});
        let made = self.ok("CreateQueue", json!({"QueueName": "q.fifo", "Attributes": attributes})).await;
        made["QueueUrl"].as_str().unwrap().to_owned()
    }

    pub async fn receive(&self, url: &str, wait_s: u32) -> Vec<Value> {
        let request = json!({"QueueUrl": url, "MaxNumberOfMessages": 10, "WaitTimeSeconds": wait_s});
        self.ok("ReceiveMessage", request).await["Messages"].as_array().cloned().unwrap_or_default()
    }
}

pub fn send(url: &str, group: &str, id: &str) -> Value {
    json!({"QueueUrl": url, "MessageBody": id, "MessageGroupId": group, "MessageDeduplicationId": id})
}

/// A server in this process; dropping the sender stops it.
pub async fn serve(options: Options) -> (Client, Handle, oneshot::Sender<()>) {
    let handle = Handle::open(options).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = handle.clone();
    tokio::spawn(async move { serving.serve(listener, async { drop(stopped.await) }).await });
    (Client::new(endpoint), handle, stop)
}

#[tokio::test]
async fn errors_have_a_type_and_a_query_code() {
    let (client, _handle, _stop) = serve(Options::default()).await;
    let request =
        reqwest::Client::new().post(&client.endpoint).header("x-amz-target", "AmazonSQS.GetQueueUrl");
    let answer = request.body(r#"{"QueueName":"none.fifo"}"#).send().await.unwrap();
    assert_eq!(answer.status(), 400);
    let code = answer.headers()["x-amzn-query-error"].to_str().unwrap();
    assert_eq!(code, "AWS.SimpleQueueService.NonExistentQueue;Sender");
    assert_eq!(answer.headers()["content-type"], "application/x-amz-json-1.0");
    let body: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    assert_eq!(body["__type"], "com.amazonaws.sqs#QueueDoesNotExist");
    let (status, body) = client.call("Dance", json!({})).await.unwrap();
    assert_eq!(
        (status, body["__type"].as_str().unwrap().ends_with("UnknownOperationException")),
        (400, true)
    );
}

#[tokio::test]
async fn digests_are_those_of_aws() {
    let (client, _handle, _stop) = serve(Options::default()).await;
    let url = client.fifo().await;
    let mut message = send(&url, "A", "Test");
    message["MessageAttributes"] = json!({"City": {"DataType": "String", "StringValue": "Oulu"}});
    let sent = client.ok("SendMessage", message).await;
    assert_eq!(sent["MD5OfMessageBody"], "0cbc6611f5540bd0809a388dc95a615b");
    assert_eq!(sent["MD5OfMessageAttributes"].as_str().unwrap().len(), 32);
    let request =
        json!({"QueueUrl": url, "MessageAttributeNames": ["C.*"], "AttributeNames": ["MessageGroupId"]});
    let received = &client.ok("ReceiveMessage", request).await["Messages"][0];
    assert_eq!(received["MD5OfMessageAttributes"], sent["MD5OfMessageAttributes"]);
    assert_eq!(received["Attributes"], json!({"MessageGroupId": "A"}));
}

#[tokio::test]
async fn a_long_poll_answers_the_moment_something_is_sent() {
    let (client, handle, _stop) = serve(Options::default()).await;
    let url = client.fifo().await;
    let start = Instant::now();
    let (received, _) = tokio::join!(client.receive(&url, 20), async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        client.ok("SendMessage", send(&url, "A", "m")).await
    });
    assert_eq!(received[0]["Body"], "m");
    assert!(start.elapsed() < Duration::from_secs(10), "took {:?}", start.elapsed());
    let snapshot = handle.snapshot();
    let message = &snapshot.queues[0].messages[0];
    assert_eq!((message.state, message.receive_count), (MessageState::InFlight, 1));
    assert_eq!(message.group.as_deref(), Some("A"));
}

#[tokio::test]
async fn a_long_poll_sees_the_end_of_a_delay_that_began_after_it() {
    let (client, _handle, _stop) = serve(Options::default()).await;
    let url = client.ok("CreateQueue", json!({ "QueueName": "notices" })).await["QueueUrl"].clone();
    let url = url.as_str().unwrap().to_owned();
    let polling = client.receive(&url, 20);
    let sending = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        client.ok("SendMessage", json!({ "QueueUrl": url, "MessageBody": "later", "DelaySeconds": 1 })).await
    };
    let both = async { tokio::join!(polling, sending).0 };
    let received =
        tokio::time::timeout(Duration::from_secs(10), both).await.expect("long before the poll ends");
    assert_eq!(received.len(), 1);
}

#[tokio::test]
async fn of_many_who_wait_each_gets_one_although_one_has_left() {
    let (client, _handle, _stop) = serve(Options::default()).await;
    let url = client.fifo().await;
    let one = json!({"QueueUrl": url, "MaxNumberOfMessages": 1, "WaitTimeSeconds": 20});
    let gave_up =
        tokio::time::timeout(Duration::from_millis(100), client.call("ReceiveMessage", one.clone()));
    assert!(gave_up.await.is_err(), "nothing has been sent yet");
    let waiting = async {
        tokio::join!(client.ok("ReceiveMessage", one.clone()), client.ok("ReceiveMessage", one.clone()))
    };
    let sending = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        // One request, and so one waking, for both.
        let entry = |id: &str| json!({"Id": id, "MessageBody": id, "MessageGroupId": id, "MessageDeduplicationId": id});
        client.ok("SendMessageBatch", json!({"QueueUrl": url, "Entries": [entry("a"), entry("b")]})).await
    };
    let both = async { tokio::join!(waiting, sending).0 };
    let (one, other) =
        tokio::time::timeout(Duration::from_secs(10), both).await.expect("long before the polls end");
    let mut bodies =
        [one, other].map(|got| got["Messages"][0]["Body"].as_str().unwrap_or_default().to_owned());
    bodies.sort();
    assert_eq!(bodies, ["a", "b"]);
}

#[tokio::test]
async fn a_shutdown_ends_long_polls_at_once() {
    let (client, _handle, stop) = serve(Options::default()).await;
    let url = client.fifo().await;
    let start = Instant::now();
    let (received, ()) = tokio::join!(client.receive(&url, 20), async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        stop.send(()).unwrap();
    });
    assert!(received.is_empty());
    assert!(start.elapsed() < Duration::from_secs(10), "took {:?}", start.elapsed());
}

#[tokio::test]
async fn queues_that_were_stopped_can_be_served_again() {
    let (client, handle, stop) = serve(Options::default()).await;
    let url = client.fifo().await;
    client.ok("SendMessage", send(&url, "A", "m")).await;
    drop(stop);
    drop(client);
    tokio::time::sleep(Duration::from_millis(50)).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = Client::new(format!("http://{}", listener.local_addr().unwrap()));
    tokio::spawn(async move { handle.serve(listener, std::future::pending()).await });
    assert_eq!(client.receive(&url, 0).await.len(), 1);
    let start = Instant::now();
    assert!(client.receive(&url, 1).await.is_empty());
    assert!(start.elapsed() >= Duration::from_secs(1), "a long poll waits again");
}
