//! Hubbub, the program. See `hubbub --help`; [`server::run`] holds the wiring.

use clap::Parser;
use mimalloc::MiMalloc;
use server::cli::Cli;
use std::process::ExitCode;

/// Gives memory back to the system: the usual allocator keeps the 19 MiB of a password's hash for each
/// thread that ever made one.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    match server::commands::run(Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
