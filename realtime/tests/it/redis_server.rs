//! A Redis of the test's own.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// A running Redis; it ends with the value.
pub(crate) struct RedisServer {
    port: u16,
    process: Option<Child>,
    folder: TempDir,
}

impl RedisServer {
    /// None when the program is missing, which is said, and a failure under `CI`.
    pub(crate) async fn start() -> Option<Self> {
        let has_program =
            Command::new("redis-server").arg("--version").stdout(Stdio::null()).status().is_ok();
        if !has_program {
            assert!(std::env::var_os("CI").is_none(), "redis-server is missing");
            eprintln!("skipped: there is no redis-server");
            return None;
        }
        let folder = tempfile::tempdir().expect("a temporary folder");
        let port =
            TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("an address").port();
        let mut server = Self { port, process: None, folder };
        server.run().await;
        Some(server)
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
    }

    /// Starts it, again, at the same port.
    pub(crate) async fn run(&mut self) {
        let process = Command::new("redis-server")
            .args([
                "--port",
                &self.port.to_string(),
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--appendonly",
                "no",
            ])
            .arg("--dir")
            .arg(self.folder.path())
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server starts");
        self.process = Some(process);
        for _ in 0..200 {
            if tokio::net::TcpStream::connect(("127.0.0.1", self.port)).await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("redis-server does not answer");
    }

    /// Kills it.
    pub(crate) fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().expect("it runs");
            process.wait().expect("it ends");
        }
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.kill();
    }
}
