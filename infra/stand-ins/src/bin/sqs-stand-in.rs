//! The queues alone: `sqs-stand-in --port N [--data DIR]`.
#![forbid(unsafe_code)]

use stand_ins::sqs::{Handle, Options};
use std::process::ExitCode;
use tokio::net::TcpListener;

const USAGE: &str = "usage: sqs-stand-in --port N [--data DIR]";

fn main() -> ExitCode {
    let Some((port, options)) = arguments(std::env::args().skip(1)) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    match run(port, options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("sqs-stand-in: {error}");
            ExitCode::FAILURE
        }
    }
}

fn arguments(mut given: impl Iterator<Item = String>) -> Option<(u16, Options)> {
    let (mut port, mut options) = (None, Options::default());
    while let Some(name) = given.next() {
        match name.as_str() {
            "--port" => port = given.next()?.parse().ok(),
            "--data" => options.data = Some(given.next()?.into()),
            _ => return None,
        }
    }
    Some((port?, options))
}

fn run(port: u16, options: Options) -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let queues = Handle::open(options)?;
        let listener = TcpListener::bind(("127.0.0.1", port)).await?;
        println!("ready http://{}", listener.local_addr()?);
        queues.serve(listener, std::future::pending()).await
    })
}
