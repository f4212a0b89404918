//! One server, or two on one database with a Redis of their own between them.

use crate::scenario::Options;
use crate::server::{Server, free_address};
use crate::{Result, process};
use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep};

const READY_WITHIN: Duration = Duration::from_secs(10);

/// The servers of a run. They go with this value.
pub(crate) struct Servers {
    servers: Vec<Server>,
    _redis: Option<Redis>,
}

impl Servers {
    /// Starts as many as were asked for.
    pub(crate) async fn start(options: &Options) -> Result<Self> {
        if !options.two_nodes {
            return Ok(Self { servers: vec![Server::start(options).await?], _redis: None });
        }
        if options.database_url.is_none() {
            return Err("two servers share a PostgreSQL: name it with --database-url".into());
        }
        let redis = Redis::start().await?;
        // One after the other: the first one makes the tables.
        let first = Server::start_with(options, &redis.url()).await?;
        let second = Server::start_with(options, &redis.url()).await?;
        Ok(Self { servers: vec![first, second], _redis: Some(redis) })
    }

    /// The first one.
    pub(crate) fn first(&self) -> &Server {
        &self.servers[0]
    }

    /// That of the person with this number: everybody's neighbour is on the other one.
    pub(crate) fn of(&self, person: usize) -> &Server {
        &self.servers[person % self.servers.len()]
    }

    /// CPU time of all of them so far.
    pub(crate) fn cpu(&self) -> Result<Duration> {
        self.servers.iter().map(|server| process::cpu(server.pid()?)).sum()
    }

    /// For the note of a report.
    pub(crate) fn described(&self) -> &'static str {
        match self.servers.len() {
            1 => "One server",
            _ => "Two servers with a Redis between them, half of the people on each",
        }
    }
}

/// A Redis that keeps nothing.
struct Redis {
    address: SocketAddr,
    _child: Child,
    _folder: TempDir,
}

impl Redis {
    async fn start() -> Result<Self> {
        let (address, folder) = (free_address()?, TempDir::new()?);
        let mut command = Command::new("redis-server");
        command
            .args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--port"])
            .arg(address.port().to_string())
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .kill_on_drop(true);
        let child = command.spawn().map_err(|why| format!("redis-server does not start: {why}"))?;
        let started = Instant::now();
        while TcpStream::connect(address).await.is_err() {
            if READY_WITHIN < started.elapsed() {
                return Err("redis-server was not ready within 10 s".into());
            }
            sleep(Duration::from_millis(10)).await;
        }
        Ok(Self { address, _child: child, _folder: folder })
    }

    fn url(&self) -> String {
        format!("redis://{}", self.address)
    }
}
