//! A queue function that panics at a message that says so. Built as the functions are built for a deployment, it shows that
//! a panic costs one message and not the sandbox.

use batch::{Record, Verdict};

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    startup::log();
    startup::ended(batch::serve(|record, _| async move { answer(&record) }, async |_| ()).await)
}

fn answer(record: &Record) -> Verdict {
    assert_ne!(record.body, "panic", "as told");
    Verdict::Done
}
