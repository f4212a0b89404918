//! The server under test, as a process of its own.

use crate::Result;
use crate::scenario::Options;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep};

/// How long a start may take; a cold one takes a tenth of a second.
const READY_WITHIN: Duration = Duration::from_secs(30);

/// A running server. It goes with this value, and so does its folder.
pub(crate) struct Server {
    child: Child,
    command: Start,
    pub(crate) address: SocketAddr,
    /// From the start of the process to the first successful answer.
    pub(crate) ready_after: Duration,
    _folder: TempDir,
}

struct Start {
    program: std::path::PathBuf,
    site: std::path::PathBuf,
    folder: std::path::PathBuf,
    database_url: Option<String>,
    redis_url: String,
}

impl Server {
    /// Starts it on an empty folder.
    pub(crate) async fn start(options: &Options) -> Result<Self> {
        Self::start_with(options, "").await
    }

    /// Starts it beside others that share this Redis.
    pub(crate) async fn start_with(options: &Options, redis_url: &str) -> Result<Self> {
        let folder = TempDir::new()?;
        let command = Start {
            program: absolute(&options.server, "build it with `make bench`, or name it with --server")?,
            site: absolute(&options.site, "build it with `make bench`, or name it with --site")?,
            folder: folder.path().to_path_buf(),
            database_url: options.database_url.clone(),
            redis_url: redis_url.to_owned(),
        };
        let address = free_address()?;
        let (child, ready_after) = command.run(address).await?;
        Ok(Self { child, command, address, ready_after, _folder: folder })
    }

    /// Its process.
    pub(crate) fn pid(&self) -> Result<u32> {
        self.child.id().ok_or_else(|| "the server has ended".into())
    }

    /// `kill -9`, `work` on the database that nobody uses, and a new one on the same folder and address.
    pub(crate) async fn kill_work_and_restart(
        &mut self,
        work: impl AsyncFnOnce(&str) -> Result<()>,
    ) -> Result<()> {
        self.child.kill().await?;
        work(&self.command.database_url()).await?;
        (self.child, self.ready_after) = self.command.run(self.address).await?;
        Ok(())
    }

    /// `kill -9`, and a new one on the same folder and address. Returns when that is ready.
    pub(crate) async fn kill_and_restart(&mut self) -> Result<()> {
        self.child.kill().await?;
        (self.child, self.ready_after) = self.command.run(self.address).await?;
        Ok(())
    }

    /// `http://…`
    pub(crate) fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    /// `ws://…/ws`
    pub(crate) fn socket_url(&self) -> String {
        format!("ws://{}/ws", self.address)
    }
}

impl Start {
    fn database_url(&self) -> String {
        let embedded = || format!("sqlite://{}/hubbub.db", self.folder.display());
        self.database_url.clone().unwrap_or_else(embedded)
    }

    async fn run(&self, address: SocketAddr) -> Result<(Child, Duration)> {
        let mut command = Command::new(&self.program);
        command
            .arg("serve")
            .current_dir(&self.folder)
            .env("HUBBUB_ADDRESS", address.to_string())
            .env("HUBBUB_DATA_DIR", &self.folder)
            .env("HUBBUB_SITE_DIR", &self.site)
            .env("LEPTOS_SITE_ROOT", &self.site)
            .env("HUBBUB_LOG", "warn")
            // Hundreds of people sign up from one address here.
            .env("HUBBUB_SIGN_INS_PER_MINUTE", "1000000")
            .env_remove("DATABASE_URL")
            .env_remove("REDIS_URL")
            .env_remove("PORT")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .kill_on_drop(true);
        if let Some(url) = &self.database_url {
            command.env("DATABASE_URL", url);
        }
        if !self.redis_url.is_empty() {
            command.env("REDIS_URL", &self.redis_url);
        }
        let started = Instant::now();
        let mut child = command.spawn()?;
        let http = reqwest::Client::new();
        while started.elapsed() < READY_WITHIN {
            if let Some(status) = child.try_wait()? {
                return Err(format!("the server ended at its start: {status}").into());
            }
            let answer = http.get(format!("http://{address}/health/ready")).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return Ok((child, started.elapsed()));
            }
            sleep(Duration::from_millis(5)).await;
        }
        Err("the server was not ready within 30 s".into())
    }
}

fn absolute(path: &Path, hint: &str) -> Result<std::path::PathBuf> {
    path.canonicalize().map_err(|_| format!("{} does not exist: {hint}", path.display()).into())
}

/// A port that nobody uses at this moment.
pub(crate) fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}
