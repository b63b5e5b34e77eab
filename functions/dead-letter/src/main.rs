//! The Lambda function `dead-letter`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    startup::log();
    startup::ended(dead_letter::run().await)
}
