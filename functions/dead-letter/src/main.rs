//! The Lambda function `dead-letter`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    startup::log();
    dead_letter::run().await
}
