//! Mistakes on the command line: one clear line each, and an exit code that is not zero.

use std::process::Output;

use crate::stack::{Setup, root, turnwise};

async fn fails(arguments: &[&str]) -> String {
    let output: Output = turnwise().args(arguments).output().await.unwrap();
    assert!(!output.status.success(), "{arguments:?}");
    assert!(output.stdout.is_empty(), "nothing is ready: {}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[tokio::test]
async fn a_taken_port_is_named_with_a_way_out() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let said = fails(&["up", "--memory", "--port", &port]).await;
    assert!(said.starts_with(&format!("turnwise: port {port} cannot be used")), "{said}");
    assert!(said.contains("--port 0") && said.trim_end().lines().count() == 1, "{said}");
}

#[tokio::test]
async fn a_data_folder_that_cannot_be_one_is_named() {
    let file = root().join("Cargo.toml");
    let said = fails(&["up", "--port", "0", "--data", file.to_str().unwrap()]).await;
    assert!(said.starts_with("turnwise: the data folder ") && said.contains("--data"), "{said}");
    assert_eq!(said.trim_end().lines().count(), 1, "{said}");
}

#[tokio::test]
async fn an_unknown_setting_is_answered_with_the_nearest() {
    let said = fails(&["up", "--memory", "--set", "answer_timout_ms=1"]).await;
    assert_eq!(
        said.trim_end(),
        "turnwise: --set: unknown limit `answer_timout_ms`; did you mean `answer_timeout_ms`?"
    );
    let said = fails(&["up", "--memory", "--set", "max_recieve_count=1"]).await;
    assert_eq!(
        said.trim_end(),
        "turnwise: --set: unknown setting `max_recieve_count`; did you mean `max_receive_count`?"
    );
    let said = fails(&["up", "--memory", "--set", "processor_timeout_s=5"]).await;
    assert!(
        said.contains("deadline_reserve_ms (8000) leaves nothing of processor_timeout_s (5 s)"),
        "{said}"
    );
    let said = fails(&["up", "--memory", "--set", "visibility_timeout_s=60"]).await;
    assert!(said.contains("visibility_timeout_s (60) must be above processor_timeout_s (60)"), "{said}");
    let said = fails(&["up", "--memory", "--set", "poll_ms=soon"]).await;
    assert_eq!(said.trim_end(), "turnwise: --set poll_ms=soon: give NAME=NUMBER");
}

#[tokio::test]
async fn a_bad_bot_folder_is_named_with_file_and_line() {
    let said = fails(&["up", "--memory", "--bot", "bots/nobody"]).await;
    assert_eq!(said.trim_end(), "turnwise: bots/nobody/bot.toml: there is no such file, and a bot needs it");
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("bot.toml"), "name = \"x\"\nstratgy = \"queue\"\n").unwrap();
    let said = fails(&["check", folder.path().to_str().unwrap()]).await;
    assert!(
        said.trim_end().ends_with("bot.toml:2: unknown key `stratgy`; did you mean `strategy`?"),
        "{said}"
    );
}

#[tokio::test]
async fn an_unknown_option_is_refused() {
    let said = fails(&["--port", "0", "up"]).await;
    assert!(said.contains("--port"), "an option before the command is not silently left out: {said}");
    let said = fails(&["up", "--colour"]).await;
    assert!(said.contains("--colour"), "{said}");
}

#[tokio::test]
async fn two_stacks_cannot_share_a_data_folder() {
    let data = tempfile::tempdir().unwrap();
    let stack = crate::stack::Setup::quick().data(data.path()).up().await;
    let arguments = ["up", "--port", "0", "--sqs-port", "0", "--dynamodb-port", "0", "--data"];
    if std::env::var_os("TURNWISE_SQS_ENDPOINT").is_none() {
        let said = fails(&[&arguments[..], &[data.path().to_str().unwrap()]].concat()).await;
        assert!(said.contains("another stack"), "{said}");
    }
    drop(stack);
}

#[tokio::test]
async fn a_platform_is_told_where_webhooks_go() {
    let stack = Setup::quick().up().await;
    let state = stack.state().await;
    let (telegram, secrets) = (stack.platform("telegram").to_owned(), &state["secrets"]);
    let token = secrets["TELEGRAM_BOT_TOKEN"].as_str().unwrap();
    let register = |arguments: &[&str]| {
        let mut command = turnwise();
        command.arg("register").args(arguments).env("TELEGRAM_API_BASE", &telegram);
        command.env("TELEGRAM_BOT_TOKEN", token).env("TELEGRAM_SECRET_TOKEN", "a-new-secret");
        command
    };
    let told = register(&["telegram", "https://bot.example/"]).output().await.unwrap();
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    let info = stack.get(format!("{telegram}/bot{token}/getWebhookInfo")).await;
    assert_eq!(info["result"]["url"], "https://bot.example/webhook/telegram");

    let wrong = register(&["telegram", "https://bot.example"]).env("TELEGRAM_BOT_TOKEN", "1:wrong").output();
    let wrong = wrong.await.unwrap();
    let said = String::from_utf8_lossy(&wrong.stderr);
    assert!(!wrong.status.success() && said.contains("401"), "{said}");
    assert!(!said.contains("1:wrong"), "a token is never shown: {said}");
    assert!(fails(&["register", "fax", "https://bot.example"]).await.contains("there is no platform `fax`"));
    assert!(
        fails(&["register", "line", "https://bot.example"])
            .await
            .contains("set LINE_CHANNEL_ACCESS_TOKEN first")
    );
    assert!(fails(&["register", "telegram", "bot.example"]).await.contains("https://HOST"));
}

#[tokio::test]
async fn a_time_or_a_zone_that_there_is_not_is_named() {
    for (zone, at, said) in [
        ("Mars/Olympus", "rate(1 day)", "there is no time zone `Mars/Olympus`"),
        ("UTC", "cron(61 8 * * ? *)", "`cron(61 8 * * ? *)` is no time of a schedule"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        crate::conversations::copy_bot(folder.path(), &format!("timezone = \"{zone}\""));
        let file = folder.path().join("bot.toml");
        let toml = std::fs::read_to_string(&file).unwrap();
        let schedule = format!("[[schedules]]\nname = \"tea\"\nat = \"{at}\"\nsays = \"Tea!\"");
        std::fs::write(&file, format!("{toml}\n{schedule}")).unwrap();
        let folder = folder.path().to_str().unwrap();
        let wanted = format!("turnwise: {folder}/bot.toml: {said}");
        assert_eq!(fails(&["check", folder]).await.trim_end(), wanted);
    }
}
