//! The bots that come along, as their own stories tell of them.

use std::path::PathBuf;

use serde_json::Value;

use crate::stack::{root, turnwise};

#[tokio::test]
async fn the_bots_that_come_along_do_what_their_stories_say() {
    let folders = std::fs::read_dir(root().join("bots")).unwrap();
    let mut bots: Vec<PathBuf> = folders.map(|folder| folder.unwrap().path()).collect();
    bots.retain(|bot| bot.join("stories").is_dir());
    let output = turnwise().arg("test").args(&bots).arg("--json").output().await.unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    let stories = report["stories"].as_array().cloned().unwrap_or_default();
    let failed: Vec<&Value> = stories.iter().filter(|story| story["result"] != "ok").collect();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && failed.is_empty(), "{failed:#?}\n{said}");
    let told = |bot: &PathBuf| {
        stories.iter().any(|story| story["bot"].as_str() == Some(bot.to_string_lossy().as_ref()))
    };
    assert!(bots.len() >= 5 && bots.iter().all(told), "{bots:?}: {report:#}");
}
