//! The Lambda function `webhook`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    startup::log();
    startup::ended(webhook::run().await)
}
