//! `turnwise`: the whole system on one machine, and the owner's tools.

mod audit;
mod cli;
mod data;
mod sandbox;
mod settings;
mod up;

mod control;
mod engines;
mod functions;
mod gateway;
mod lambda;
mod mapping;
mod page;
mod resources;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    match cli::Cli::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("turnwise: {error}");
            ExitCode::FAILURE
        }
    }
}
