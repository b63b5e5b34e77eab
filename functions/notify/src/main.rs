//! The Lambda function `notify`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    startup::log();
    startup::ended(notify::run().await)
}
