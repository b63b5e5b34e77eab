//! A bot is begun, checked and tested by its owner.

use std::path::Path;
use std::process::Output;

use crate::stack::{root, turnwise};

async fn run(arguments: &[&str], folder: &Path) -> Output {
    turnwise().args(arguments).current_dir(folder).output().await.unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[tokio::test]
async fn a_new_bot_passes_its_check_and_its_stories_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let made = run(&["new", "mine"], folder.path()).await;
    let said = text(&made.stdout);
    assert!(made.status.success() && said.contains("cargo run -- test bots/mine"), "{said}");
    let toml = std::fs::read_to_string(folder.path().join("bots/mine/bot.toml")).unwrap();
    assert!(toml.starts_with("#:schema ../../docs/schema/bot.schema.json\n"), "{toml}");
    assert!(toml.contains("\nname = \"mine\"\n") && !toml.contains("starter"), "{toml}");

    let checked = run(&["check", "bots/mine"], folder.path()).await;
    assert_eq!(text(&checked.stdout), "bots/mine: bot `mine` is fine (stories: 1)\n");
    assert_eq!(text(&checked.stderr), "");
    let tested = run(&["test", "bots/mine"], folder.path()).await;
    assert!(tested.status.success(), "{}", text(&tested.stdout));

    let again = run(&["new", "mine"], folder.path()).await;
    assert_eq!(
        text(&again.stderr),
        "turnwise: bots/mine is already there; choose another name, or another folder with --dir\n"
    );
}

#[tokio::test]
async fn every_bot_of_the_project_can_be_begun_with() {
    let folder = tempfile::tempdir().unwrap();
    for example in std::fs::read_dir(root().join("bots")).unwrap() {
        let example = example.unwrap().file_name().into_string().unwrap();
        let dir = format!("my-{example}");
        let made = run(&["new", "mine", "--from", &example, "--dir", &dir], folder.path()).await;
        assert!(made.status.success(), "{}", text(&made.stderr));
        let checked = run(&["check", &dir], folder.path()).await;
        let said = text(&checked.stdout);
        assert!(said.starts_with(&format!("{dir}: bot `mine` is fine")), "{said}{}", text(&checked.stderr));
    }
}

#[tokio::test]
async fn a_bot_that_cannot_be_begun_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let named = run(&["new", "My Bot"], folder.path()).await;
    assert!(text(&named.stderr).contains("a bot cannot be called `My Bot`: 1 to 40 lower-case letters"));
    let from = run(&["new", "mine", "--from", "nobody"], folder.path()).await;
    assert!(
        text(&from.stderr).contains("there is no example `nobody`; the examples are: starter, assistant")
    );
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_check_names_all_that_is_wrong_and_all_that_nothing_reads() {
    let folder = tempfile::tempdir().unwrap();
    let bot = folder.path().join("bots/mine");
    run(&["new", "mine"], folder.path()).await;
    std::fs::write(bot.join("stories/a.toml"), "name = \"a\"\n").unwrap();
    std::fs::write(bot.join("stories/b.toml"), "name = \"b\"\n[[step]]\nsais = \"hi\"\n").unwrap();
    std::fs::rename(bot.join("prompts"), bot.join("promts")).unwrap();
    std::fs::create_dir(bot.join("data")).unwrap();
    std::fs::write(bot.join("data/offers.xlsx"), "").unwrap();
    let checked = run(&["check", "bots/mine"], folder.path()).await;
    assert_eq!(checked.status.code(), Some(1));
    let said = text(&checked.stderr);
    for line in [
        "bots/mine/stories/a.toml:1: a story needs a `[[step]]`",
        "bots/mine/stories/b.toml:3: unknown key `sais`; did you mean `says`?",
        "bots/mine/prompts/default.md: there is no such file, and a bot needs it",
        "bots/mine/promts: nothing reads this; did you mean `prompts`?",
        "bots/mine/data/offers.xlsx: nothing reads this; here lie .json, .csv",
    ] {
        assert!(said.contains(line), "{line}\n{said}");
    }
}
