//! What to measure, and how much of it.

use clap::{Parser, ValueEnum};
use std::path::PathBuf;

/// Measures Hubbub on this machine and writes a report.
///
/// It starts the server itself, on a temporary folder and a free port.
#[derive(Clone, Debug, Parser)]
#[command(name = "bench", version)]
pub(crate) struct Options {
    /// Which scenario; may be repeated. All of them if none is named
    #[arg(long = "scenario", value_enum)]
    pub(crate) scenarios: Vec<Scenario>,
    /// The server to measure: a release build
    #[arg(long, default_value = "target/release/hubbub")]
    pub(crate) server: PathBuf,
    /// The compiled page
    #[arg(long, default_value = "target/site")]
    pub(crate) site: PathBuf,
    /// A PostgreSQL database to use, which must be empty; without it, SQLite in a temporary folder
    #[arg(long, env = "BENCH_DATABASE_URL")]
    pub(crate) database_url: Option<String>,
    /// Sockets that do nothing (idle)
    #[arg(long, default_value_t = 10_000)]
    pub(crate) idle_sockets: usize,
    /// Sockets that hear every post (fan-out) or message (messages)
    #[arg(long, default_value_t = 1_000)]
    pub(crate) subscribers: usize,
    /// Posts per turn of the fan-out
    #[arg(long, default_value_t = 1_600)]
    pub(crate) posts: usize,
    /// People who write at the same time (write-burst, messages)
    #[arg(long, default_value_t = 64)]
    pub(crate) writers: usize,
    /// Rooms that they write into (messages)
    #[arg(long, default_value_t = 1_000)]
    pub(crate) rooms: usize,
    /// Two servers with a Redis between them, which is started on a free port (messages; needs
    /// `--database-url` and `redis-server`)
    #[arg(long)]
    pub(crate) two_nodes: bool,
    /// How long they write, in seconds
    #[arg(long, default_value_t = 10)]
    pub(crate) seconds: u64,
    /// Sockets that are cut at once (reconnect-storm)
    #[arg(long, default_value_t = 5_000)]
    pub(crate) storm_sockets: usize,
    /// Messages that are looked through (search)
    #[arg(long, default_value_t = 1_000_000)]
    pub(crate) messages: usize,
    /// A tenth of everything: to see that it works
    #[arg(long)]
    pub(crate) quick: bool,
    /// Where to write the report; `bench/results/<database>.md` if not given
    #[arg(long)]
    pub(crate) report: Option<PathBuf>,
    /// Be the bare peer: used by the fan-out, which starts it as a process of its own
    #[arg(long, hide = true)]
    pub(crate) floor: bool,
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Scenario {
    /// Memory of sockets that do nothing
    Idle,
    /// One post seen by everybody: CPU per million deliveries, and delay
    FanOut,
    /// Many people writing at once: posts per second, and delay
    WriteBurst,
    /// Messages into one room and into many: how many per second, and how soon they are seen
    Messages,
    /// The feed as a browser loads it: time and bytes
    FirstPage,
    /// The server is killed and everybody comes back
    ReconnectStorm,
    /// Words, phrases and filters over many messages: delay
    Search,
}

impl Scenario {
    /// Its name, as on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::FanOut => "fan-out",
            Self::WriteBurst => "write-burst",
            Self::Messages => "messages",
            Self::FirstPage => "first-page",
            Self::ReconnectStorm => "reconnect-storm",
            Self::Search => "search",
        }
    }
}

impl Options {
    /// The scenarios to run, in order.
    pub(crate) fn chosen(&self) -> Vec<Scenario> {
        if self.scenarios.is_empty() { Scenario::value_variants().to_vec() } else { self.scenarios.clone() }
    }

    /// With `--quick`, a tenth of everything.
    pub(crate) fn shrunk(mut self) -> Self {
        if self.quick {
            for amount in [
                &mut self.idle_sockets,
                &mut self.subscribers,
                &mut self.posts,
                &mut self.writers,
                &mut self.storm_sockets,
                &mut self.rooms,
                &mut self.messages,
            ] {
                *amount = amount.div_ceil(10);
            }
            self.seconds = self.seconds.div_ceil(10);
        }
        self
    }

    /// The name of the database in the report.
    pub(crate) fn database(&self) -> &'static str {
        if self.database_url.is_some() { "PostgreSQL" } else { "SQLite" }
    }

    /// Where the report goes.
    pub(crate) fn report_path(&self) -> PathBuf {
        let nodes = if self.two_nodes { "-two-nodes" } else { "" };
        let name = format!("bench/results/{}{nodes}.md", self.database().to_lowercase());
        self.report.clone().unwrap_or_else(|| name.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Options::command().debug_assert();
    }

    #[test]
    fn quick_is_a_tenth_and_never_nothing() {
        let options =
            Options::parse_from(["bench", "--quick", "--writers", "3", "--scenario", "fan-out"]).shrunk();
        assert_eq!((options.idle_sockets, options.writers, options.seconds), (1_000, 1, 1));
        assert_eq!(options.chosen(), [Scenario::FanOut]);
        assert_eq!(Options::parse_from(["bench"]).chosen().len(), 7);
    }
}
