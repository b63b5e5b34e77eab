//! The Lambda function `processor`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    startup::log();
    startup::ended(processor::run().await)
}
