//! `turnwise`: the whole system on one machine, and the owner's tools.

mod cli;

mod audit;
mod chaos;
mod check;
mod cost;
mod doctor;
mod export;
mod forget;
mod knowledge;
mod ladder;
mod load;
mod new;
mod overlaps;
mod owner;
mod redrive;
mod register;
mod schedules;
mod schema;
mod stories;
mod trace;
mod up;
mod whose;

mod stack;

mod clock;
mod cloudwatch;
mod control;
mod data;
mod deployed;
mod engines;
mod functions;
mod gateway;
mod indexes;
mod lambda;
mod mapping;
mod metrics;
mod model;
mod network;
mod page;
mod permissions;
mod platforms;
mod reload;
mod resources;
mod sandbox;
mod settings;
mod skills;
mod sockets;
mod template;

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
