//! The owner's stories: `test BOT` tells them to a stack of its own.

use std::path::Path;
use std::process::Output;

use serde_json::Value;
use tempfile::TempDir;

use crate::stack::turnwise;

/// A bot with a setting, and these stories by the names of their files.
fn bot(stories: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let toml = "name = \"told\"\nlanguages = [\"en\"]\n\n[settings.tone]\nvalues = [\"short\", \"long\"]\n";
    std::fs::write(folder.path().join("bot.toml"), toml).unwrap();
    for inside in ["prompts", "stories"] {
        std::fs::create_dir(folder.path().join(inside)).unwrap();
    }
    std::fs::write(folder.path().join("prompts/default.md"), "You are kind.\n").unwrap();
    for (name, text) in stories {
        std::fs::write(folder.path().join("stories").join(name), text).unwrap();
    }
    folder
}

async fn test(folder: &Path, options: &[&str]) -> Output {
    // A key in the environment is not used.
    let mut command = turnwise();
    command.arg("test").arg(folder).args(options).env("OPENAI_API_KEY", "not-for-stories");
    command.output().await.unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

const CHOOSES: &str = r#"
name = "Somebody asks, chooses and stops"

[[step]]
says = "Are you there?"
model = ["I am, & glad of it."]
hears = ["I am", "& glad"]
hears_not = ["error"]
model_hears = ["You are kind.", "user: Are you there?"]
outcome = "answered"

[[step]]
says = "/set tone"
buttons = ["short", "long"]
asks_model = 0

[[step]]
taps = "short"
hears = ["Saved"]
state = { settings = { tone = "short" } }

[[step]]
says = "Tell me everything."
while_answering = ["cancel"]
hears = ["Stopped"]
outcome = "cancelled"
"#;

const SPEAKS: &str = "name = \"Somebody speaks\"\n[[step]]\nvoice = \"what time is it\"\nmodel = [\"Three.\"]\nhears = [\"what time is it\", \"Three.\"]\n";

const FAILS: &str = r#"
name = "The model fails in every way"
channel = "telegram"

[[step]]
says = "one"
fails = 503
outcome = "failed"

[[step]]
says = "two"
breaks = true
hears_not = ["This answer"]

[[step]]
says = "three"
kills = true
outcome = "lost"
hears = ["lost"]

[[step]]
says = "four"
hears = ["You said: four"]
"#;

#[tokio::test]
async fn stories_are_told_on_every_channel() {
    let folder = bot(&[("chooses.toml", CHOOSES), ("speaks.toml", SPEAKS)]);
    let output = test(folder.path(), &["--on", "all", "--json"]).await;
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(output.status.success(), "{report:#}");
    assert_eq!((report["ok"].as_u64(), report["skipped"].as_u64()), (Some(13), Some(1)), "{report:#}");
}

#[tokio::test]
async fn a_model_fails_in_every_way_that_a_story_names() {
    let output = test(bot(&[("fails.toml", FAILS)]).path(), &[]).await;
    let said = text(&output.stdout);
    assert!(output.status.success(), "{said}");
    assert!(said.starts_with("ok       The model fails in every way (telegram)\n1 ok, 0 failed"), "{said}");
}

#[tokio::test]
async fn a_story_that_comes_out_otherwise_is_named_with_file_and_line() {
    let wrong = "name = \"Wrong\"\n\n[[step]]\nsays = \"Hello\"\nmodel = [\"Two flats.\"]\nhears = [\"three flats\"]\n";
    let folder = bot(&[("a.toml", CHOOSES), ("b.toml", wrong)]);
    let output = test(folder.path(), &["--story", "b"]).await;
    let file = folder.path().join("stories/b.toml");
    let said = text(&output.stdout);
    let line = format!(
        "FAILED   Wrong (web): {}:6: expected to hear \"three flats\"; heard \"Two flats.\"\n0 ok, 1 failed",
        file.display()
    );
    assert!(said.starts_with(&line), "{said}");
    assert_eq!(text(&output.stderr), "turnwise: 1 of 1 stories failed\n");
    assert_eq!(output.status.code(), Some(1));
}

#[tokio::test]
async fn a_mistake_in_a_story_is_named_with_the_nearest_key() {
    for (story, what) in [
        ("name = \"x\"\n[[step]]\nsay = \"hi\"\n", ":3: unknown key `say`; did you mean `says`?"),
        (
            "name = \"x\"\n[[step]]\nsays = \"hi\"\nmodel = [{ cal = \"f\" }]\n",
            ":4: unknown key `cal`; did you mean `call`?",
        ),
        (
            "name = \"x\"\n[[step]]\nhears = [\"hi\"]\n",
            ":2: a step has exactly one of `says`, `taps`, `sends` and `voice`",
        ),
        (
            "name = \"x\"\n[[step]]\nsays = \"hi\"\noutcome = \"fine\"\n",
            ":4: there is no outcome `fine`; the outcomes are: answered",
        ),
        (
            "name = \"x\"\nchannel = \"fax\"\n[[step]]\nsays = \"hi\"\n",
            ":2: there is no channel `fax`; the channels are: ",
        ),
        ("name = \"x\"\n[[step]]\nsends = \"hi.ogg\"\n", ":3: there is no file `hi.ogg` beside the story"),
    ] {
        let folder = bot(&[("x.toml", story)]);
        let checked = turnwise().arg("check").arg(folder.path()).output().await.unwrap();
        let said = text(&checked.stderr);
        assert!(!checked.status.success() && said.contains(&format!("x.toml{what}")), "{said}");
    }
}
