//! A real process, killed in the middle of its work: nothing that was acknowledged may be lost.
use crate::disk::Folder;
use crate::wire::{Client, send};
use serde_json::json;
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

fn start(folder: &Path) -> (Child, Client) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_sqs-stand-in"))
        .args(["--port", "0", "--data"])
        .arg(folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let endpoint = line.trim().strip_prefix("ready ").unwrap_or_else(|| panic!("not ready: {line:?}"));
    let client = Client::new(endpoint.to_owned());
    (child, client)
}

/// Sends in its own group until the process dies. Gives what was acknowledged, in order, and the id of the
/// send that was not: it may or may not have been taken.
async fn work(client: &Client, url: &str, group: &str, through: &AtomicUsize) -> (Vec<String>, String) {
    let mut acknowledged = Vec::new();
    loop {
        let id = format!("{group}-{}", acknowledged.len());
        let Ok((200, _)) = client.call("SendMessage", send(url, group, &id)).await else {
            return (acknowledged, id);
        };
        acknowledged.push(id);
        through.fetch_add(1, Ordering::Relaxed);
    }
}

#[tokio::test]
async fn every_acknowledged_send_survives_five_kills() {
    let folder = Folder::new("killed");
    let mut owed: Vec<Vec<String>> = Vec::new();
    let mut doubtful = BTreeSet::new();
    for round in 0..5 {
        let (mut child, client) = start(&folder.0);
        let url = client.fifo().await;
        let groups: Vec<String> = (0..4).map(|g| format!("r{round}g{g}")).collect();
        let through: [AtomicUsize; 4] = std::array::from_fn(|_| AtomicUsize::new(0));
        let (a, b, c, d, ()) = tokio::join!(
            work(&client, &url, &groups[0], &through[0]),
            work(&client, &url, &groups[1], &through[1]),
            work(&client, &url, &groups[2], &through[2]),
            work(&client, &url, &groups[3], &through[3]),
            async {
                let start = std::time::Instant::now();
                while through.iter().any(|sent| sent.load(Ordering::Relaxed) < 20) {
                    assert!(start.elapsed().as_secs() < 60, "{through:?}");
                    tokio::time::sleep(std::time::Duration::from_millis(2)).await;
                }
                child.kill().unwrap();
            }
        );
        child.wait().unwrap();
        for (sent, last) in [a, b, c, d] {
            owed.push(sent);
            doubtful.insert(last);
        }
    }
    assert!(owed.iter().all(|sent| !sent.is_empty()), "each group got something through");
    let (mut child, client) = start(&folder.0);
    let url = client.fifo().await;
    let mut found: Vec<String> = Vec::new();
    loop {
        let messages = client.receive(&url, 0).await;
        if messages.is_empty() {
            break;
        }
        for message in messages {
            found.push(message["Body"].as_str().unwrap().to_owned());
            let receipt = json!({"QueueUrl": url, "ReceiptHandle": message["ReceiptHandle"]});
            client.ok("DeleteMessage", receipt).await;
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    for sent in owed {
        let group = sent[0].split('-').next().unwrap();
        let of_group = |id: &&String| id.split('-').next() == Some(group) && !doubtful.contains(*id);
        let kept: Vec<&String> = found.iter().filter(of_group).collect();
        assert_eq!(kept, sent.iter().collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn flights_deletes_and_duplicates_survive_a_kill() {
    let folder = Folder::new("killed-state");
    let (mut child, client) = start(&folder.0);
    let url = client.fifo().await;
    let sent = client.ok("SendMessage", send(&url, "A", "a0")).await;
    client.ok("SendMessage", send(&url, "B", "b0")).await;
    client.ok("SendMessage", send(&url, "C", "c0")).await;
    let one = json!({"QueueUrl": url});
    client.ok("ReceiveMessage", one.clone()).await;
    let b0 = client.ok("ReceiveMessage", one).await;
    let receipt = json!({"QueueUrl": url, "ReceiptHandle": b0["Messages"][0]["ReceiptHandle"]});
    client.ok("DeleteMessage", receipt).await;
    child.kill().unwrap();
    child.wait().unwrap();

    let (mut child, client) = start(&folder.0);
    let again = client.ok("SendMessage", send(&url, "A", "a0")).await;
    assert_eq!(again["MessageId"], sent["MessageId"]);
    let messages = client.receive(&url, 0).await;
    let bodies: Vec<&str> = messages.iter().map(|message| message["Body"].as_str().unwrap()).collect();
    assert_eq!(bodies, ["c0"], "a0 is in flight, b0 is deleted");
    child.kill().unwrap();
    child.wait().unwrap();
}
