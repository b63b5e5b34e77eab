//! A bot whose documents' vectors Amazon S3 Vectors has.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::knowledge::{copy, shop};
use crate::stack::{Setup, Stack, turnwise};

/// The shop, with this engine.
pub struct Shop {
    folder: TempDir,
}

impl Shop {
    pub fn new() -> Shop {
        let made = Shop { folder: tempfile::tempdir().unwrap() };
        copy(&shop(), &made.bot());
        let file = made.bot().join("bot.toml");
        let toml = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, toml.replace("[knowledge]", "[knowledge]\nengine = \"s3-vectors\"")).unwrap();
        made
    }

    pub fn bot(&self) -> PathBuf {
        self.folder.path().join("bot")
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn writes(&self, name: &str, text: &str) {
        std::fs::write(self.bot().join("knowledge").join(name), text).unwrap();
    }

    /// The owner's command, against the stack's vectors. Answers what it says.
    async fn build(&self, stack: &Stack) -> String {
        let mut command = turnwise();
        command
            .args(["knowledge", "build"])
            .arg(self.bot())
            .arg("--to")
            .arg(self.data().join("knowledge.index"));
        command.env("KNOWLEDGE_VECTOR_BUCKET", "turnwise").env("KNOWLEDGE_VECTOR_INDEX", "of-scripted");
        command.env("AWS_ENDPOINT_URL_S3VECTORS", stack.platform("s3vectors"));
        command.env("AWS_ACCESS_KEY_ID", "local").env("AWS_SECRET_ACCESS_KEY", "local");
        command.env("AWS_REGION", "us-east-1").env("AWS_EC2_METADATA_DISABLED", "true");
        let done = command.output().await.unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8_lossy(&done.stdout).into_owned()
    }
}

/// How many vectors or keys the requests of an operation had.
async fn count(stack: &Stack, operation: &str) -> u64 {
    let counts: Value = stack.get(format!("{}/control/counts", stack.platform("s3vectors"))).await;
    counts[operation].as_u64().unwrap_or(0)
}

async fn faults(stack: &Stack, faults: Value) {
    stack.post(format!("{}/control/faults", stack.platform("s3vectors")), &faults).await;
}

/// The index file of a stack.
fn size(file: &Path) -> u64 {
    std::fs::metadata(file).unwrap().len()
}

#[tokio::test]
async fn a_question_is_looked_up_where_the_vectors_are() {
    let shop = Shop::new();
    let stack = Setup::quick().bot(&shop.bot()).data(&shop.data()).up().await;
    let ann = stack.person();
    ann.says("What does the code WELCOME10 do?").await;
    ann.hears("shop.md, Shop › Vouchers").await;
    assert_eq!(count(&stack, "QueryVectors").await, 1);
    ann.says("Thank you!").await;
    ann.hears("You said: Thank you!").await;
    assert_eq!(count(&stack, "QueryVectors").await, 1, "small talk is not looked up");
    let written = count(&stack, "PutVectors").await;
    assert!(written > 5, "each passage has a vector there: {written}");
    assert!(size(&shop.data().join("knowledge.index")) < 256 * 4 * written, "and none in the file");
}

#[tokio::test]
async fn words_alone_answer_when_the_vectors_cannot_be_reached_or_are_slow() {
    let shop = Shop::new();
    let stack = Setup::quick().bot(&shop.bot()).set("lookup_timeout_ms=600").up().await;
    let ann = stack.person();
    for (number, wrong) in
        [json!({ "unavailable": 50 }), json!({ "denied": 50 }), json!({ "slow_ms": 30_000 })]
            .iter()
            .enumerate()
    {
        faults(&stack, wrong.clone()).await;
        ann.says(&format!("Form B-17, number {number}?")).await;
        ann.hears(&format!("number {number}?\n")).await;
    }
    faults(&stack, json!({})).await;
    let heard = ann.heard().await;
    assert!(heard.iter().all(|answer| answer.contains("Business customers")), "{heard:?}");
}

#[tokio::test]
async fn what_is_new_is_written_and_what_is_gone_goes_when_no_index_names_it_any_more() {
    let shop = Shop::new();
    let stack = Setup::quick().bot(&shop.bot()).data(&shop.data()).up().await;
    let written = count(&stack, "PutVectors").await;
    shop.writes("tea.md", "# Tea\n\n## Oolong 7731\n\nOolong 7731 grows in Nantou.\n");
    let said = shop.build(&stack).await;
    assert!(said.contains(", 1 embedded anew;"), "{said}");
    assert_eq!(count(&stack, "PutVectors").await, written + 1);
    let ann = stack.person();
    ann.says("Where does Oolong 7731 grow?").await;
    ann.hears("tea.md, Tea › Oolong 7731").await;
    shop.writes("tea.md", "# Tea\n\n## Sencha 7732\n\nSencha 7732 grows in Uji.\n");
    shop.build(&stack).await;
    assert_eq!(count(&stack, "DeleteVectors").await, 0, "whoever has the replaced index still finds it");
    ann.says("Where does Sencha 7732 grow?").await;
    ann.hears("tea.md, Tea › Sencha 7732").await;
    let said = shop.build(&stack).await;
    assert!(said.contains(", 0 embedded anew, 1 vectors taken away;"), "{said}");
    assert_eq!(count(&stack, "DeleteVectors").await, 1);
}

#[tokio::test]
async fn a_restart_embeds_nothing_again() {
    let shop = Shop::new();
    Setup::quick().bot(&shop.bot()).data(&shop.data()).up().await.kill().await;
    let stack = Setup::quick().bot(&shop.bot()).data(&shop.data()).up().await;
    assert_eq!(count(&stack, "PutVectors").await, 0, "they were kept");
    let ann = stack.person();
    ann.says("form B-17").await;
    ann.hears("shop.md, Shop › Business customers").await;
}

#[tokio::test]
async fn an_engine_without_a_place_is_said_with_what_to_do() {
    let shop = Shop::new();
    let mut command = turnwise();
    command.env_remove("KNOWLEDGE_VECTOR_BUCKET").args(["knowledge", "build"]).arg(shop.bot());
    let done = command.output().await.unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(!done.status.success());
    assert!(said.contains("the environment variable KNOWLEDGE_VECTOR_BUCKET is not set"), "{said}");
}
