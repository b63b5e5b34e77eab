//! The Lambda function `api`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    startup::log();
    startup::ended(api::run().await)
}
