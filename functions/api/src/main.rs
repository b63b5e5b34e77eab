//! The Lambda function `api`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    startup::log();
    api::run().await
}
