//! Load generator: starts the release server on a folder of its own, loads it, and writes what it measured.
//!
//! Each scenario is one file under `scenarios/` and gives one section of the report. Absolute
//! figures drift with the machine; so a bare peer ([`floor`]) that only writes prepared bytes runs
//! in turn with the server, and the figures that matter are CPU seconds and ratios.

mod fill;
mod floor;
mod measure;
mod process;
mod report;
mod scenario;
mod scenarios;
mod server;
mod servers;
mod site;
mod subscribers;

use clap::Parser;
use report::Report;
use scenario::{Options, Scenario};
use std::process::ExitCode;

/// What can go wrong is for the person at the terminal, in one sentence.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse().shrunk();
    let done = if options.floor { floor::serve().await } else { measure_all(&options).await };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("bench: {error}"));
            ExitCode::FAILURE
        }
    }
}

async fn measure_all(options: &Options) -> Result<()> {
    let mut report = Report::new(options);
    for scenario in options.chosen() {
        say(&format!("{} …", scenario.name()));
        let section = match scenario {
            Scenario::Idle => scenarios::idle::run(options).await?,
            Scenario::FanOut => scenarios::fan_out::run(options).await?,
            Scenario::WriteBurst => scenarios::write_burst::run(options).await?,
            Scenario::Messages => scenarios::messages::run(options).await?,
            Scenario::FirstPage => scenarios::first_page::run(options).await?,
            Scenario::ReconnectStorm => scenarios::reconnect_storm::run(options).await?,
            Scenario::Search => scenarios::search::run(options).await?,
        };
        say(&section.markdown());
        report.add(section);
        // After every scenario: the figures of an hour are not lost with the last one.
        report.write()?;
    }
    say(&format!("Written to {}", options.report_path().display()));
    Ok(())
}

/// A line for the person at the terminal.
#[expect(clippy::print_stdout, reason = "this program talks to a terminal")]
pub(crate) fn say(line: &str) {
    println!("{line}");
}
