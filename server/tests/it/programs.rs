//! Other programs that tests run: `hubbub` itself, Redis, PostgreSQL and a bucket. Each ends with its value.

use crate::harness::{PATIENCE, Site, within};
use std::io::{BufRead, BufReader, Lines, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Output, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// How often something outside of this process is asked whether it is ready.
const ASK_EVERY: Duration = Duration::from_millis(20);

/// The `hubbub` program, running.
pub(crate) struct Hubbub {
    child: Child,
    /// What it prints after its first line.
    lines: Lines<BufReader<ChildStdout>>,
    pub(crate) site: Site,
}

/// How `hubbub` is called: in this folder, with no settings from outside.
pub(crate) fn hubbub(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hubbub"));
    for (name, _) in std::env::vars_os() {
        let is_a_setting = name.to_str().is_some_and(|name| name.starts_with("HUBBUB_"));
        if is_a_setting
            || ["DATABASE_URL", "REDIS_URL", "PORT", "LEPTOS_SITE_ROOT"].iter().any(|other| name == *other)
        {
            command.env_remove(name);
        }
    }
    command.current_dir(folder).env("HUBBUB_LOG", "warn");
    command
}

impl Hubbub {
    /// Starts `hubbub serve` and waits for its ready line.
    pub(crate) fn serve(folder: &Path, port: u16) -> Self {
        let mut child = hubbub(folder)
            .arg("serve")
            .env("HUBBUB_ADDRESS", format!("127.0.0.1:{port}"))
            .env("HUBBUB_SIGN_INS_PER_MINUTE", "1000")
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        let first = lines.next().expect("it prints a line").expect("the line is text");
        let address = first.rsplit("http://").next().and_then(|address| address.parse().ok());
        let address = address.unwrap_or_else(|| panic!("the line names the address: {first}"));
        Self { child, lines, site: Site { address } }
    }

    /// The next line that it printed.
    pub(crate) fn next_line(&mut self) -> String {
        self.lines.next().expect("it prints more").expect("the line is text")
    }

    /// As a power cut does.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it is gone");
    }

    /// Sends SIGTERM.
    pub(crate) fn terminate(&self) {
        let told = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        assert!(told.expect("there is a kill").success());
    }

    /// Waits until it ends by itself.
    pub(crate) async fn ended(mut self) -> ExitStatus {
        within(async {
            loop {
                if let Some(status) = self.child.try_wait().expect("its state can be asked") {
                    return status;
                }
                tokio::time::sleep(ASK_EVERY).await;
            }
        })
        .await
    }

    /// Memory that is not swapped out, in bytes.
    pub(crate) fn memory_bytes(&self) -> u64 {
        self.memory()()
    }

    /// What says it, also to a task of its own.
    pub(crate) fn memory(&self) -> impl Fn() -> u64 + Send + 'static + use<> {
        let path = format!("/proc/{}/status", self.child.id());
        move || {
            let status = std::fs::read_to_string(&path).expect("Linux says");
            let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("it has memory");
            line.split_whitespace().next().expect("a number").parse::<u64>().expect("a number") * 1024
        }
    }
}

impl Drop for Hubbub {
    fn drop(&mut self) {
        // It may have ended; then there is nothing to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a command to its end, with this on its standard input.
pub(crate) fn run(command: &mut Command, input: &str) -> Output {
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().expect("the program starts");
    let mut stdin = child.stdin.take().expect("it is piped");
    // It may end without reading.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    child.wait_with_output().expect("it ends")
}

/// A Redis server on a port of its own.
pub(crate) struct Redis {
    child: Child,
    pub(crate) url: String,
    _folder: TempDir,
}

impl Redis {
    /// Starts it, or says why this test is left out. Under `CI` it must be there.
    pub(crate) fn start() -> Option<Self> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let port = free_port();
        let started = Command::new("redis-server")
            .args([
                "--port",
                &port.to_string(),
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--appendonly",
                "no",
                "--dir",
            ])
            .arg(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let Ok(child) = started else {
            assert!(std::env::var_os("CI").is_none(), "redis-server is missing");
            eprintln!("-- left out: there is no redis-server");
            return None;
        };
        wait_for_port(port);
        Some(Self { child, url: format!("redis://127.0.0.1:{port}"), _folder: folder })
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A server that speaks S3, with one bucket, on a port of its own.
pub(crate) struct Bucket {
    child: Child,
    pub(crate) url: String,
    _folder: TempDir,
}

impl Bucket {
    pub(crate) const NAME: &str = "hubbub";
    /// The key that it knows, and its secret.
    pub(crate) const KEY: &str = "S3RVER";

    /// Starts it, or says why this test is left out. It comes with the packages of `end2end`.
    pub(crate) fn start() -> Option<Self> {
        let program = concat!(env!("CARGO_MANIFEST_DIR"), "/../end2end/node_modules/.bin/s3rver");
        if !Path::new(program).exists() {
            assert!(std::env::var_os("CI").is_none(), "s3rver is missing: run npm ci in end2end");
            eprintln!("-- left out: there is no s3rver in end2end/node_modules");
            return None;
        }
        let folder = tempfile::tempdir().expect("a temporary folder");
        let port = free_port();
        let child = Command::new(program)
            .args(["--silent", "--address", "127.0.0.1", "--port", &port.to_string()])
            .args(["--configure-bucket", Self::NAME, "--directory"])
            .arg(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("s3rver starts");
        wait_for_port(port);
        Some(Self { child, url: format!("http://127.0.0.1:{port}"), _folder: folder })
    }
}

impl Drop for Bucket {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("it has an address").port()
}

pub(crate) fn wait_for_port(port: u16) {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let asks = PATIENCE.as_millis() / ASK_EVERY.as_millis();
    for _ in 0..asks {
        if std::net::TcpStream::connect(address).is_ok() {
            return;
        }
        std::thread::sleep(ASK_EVERY);
    }
    panic!("nothing listens on port {port}");
}

/// A PostgreSQL server with one empty database. It stops when its input closes, that is with this
/// value or with the process.
pub(crate) struct Postgres {
    watcher: Child,
    answers: BufReader<ChildStdout>,
    pub(crate) url: String,
}

const WATCHER: &str = r#"
    set -e
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
    "$BIN/initdb" -D "$folder/data" -U hubbub -A trust -E UTF8 --locale=C --no-sync >"$folder/initdb.log" 2>&1
    "$BIN/postgres" -D "$folder/data" -k "$folder" -c listen_addresses= -c fsync=off >"$folder/postgres.log" 2>&1 </dev/null &
    server=$!
    until "$BIN/pg_isready" -q -h "$folder"; do kill -0 $server; sleep 0.1; done
    echo "$folder"
    while read -r command; do
        kill -INT $server 2>/dev/null && wait $server || true
        if [ "$command" = start ]; then
            "$BIN/postgres" -D "$folder/data" -k "$folder" -c listen_addresses= -c fsync=off >>"$folder/postgres.log" 2>&1 </dev/null &
            server=$!
            until "$BIN/pg_isready" -q -h "$folder"; do kill -0 $server; sleep 0.1; done
        fi
        echo "$command"
    done
    kill -INT $server 2>/dev/null || true
    wait $server || true
"#;

impl Postgres {
    /// Starts it, or says why this test is left out. Under `CI` it must be there.
    pub(crate) fn start() -> Option<Self> {
        let Some(bin) = newest_postgres() else {
            assert!(std::env::var_os("CI").is_none(), "PostgreSQL's programs are missing");
            eprintln!("-- left out: no PostgreSQL below /usr/lib/postgresql");
            return None;
        };
        // PostgreSQL refuses to run as root.
        let is_root = Command::new("id").arg("-u").output().is_ok_and(|out| out.stdout.starts_with(b"0\n"));
        let mut command = if is_root { Command::new("runuser") } else { Command::new("sh") };
        if is_root {
            command.args(["-u", "postgres", "--", "sh"]);
        }
        let mut watcher = command
            .args(["-c", WATCHER])
            .env("BIN", bin)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("a shell");
        let mut answers = BufReader::new(watcher.stdout.take().expect("it is piped"));
        let mut folder = String::new();
        answers.read_line(&mut folder).expect("the watcher speaks");
        let folder = folder.trim();
        assert!(!folder.is_empty(), "PostgreSQL did not start");
        Some(Self { url: format!("postgres://hubbub@localhost/postgres?host={folder}"), watcher, answers })
    }

    /// Takes the database away. Returns when it is gone.
    pub(crate) fn goes(&mut self) {
        self.tell("stop");
    }

    /// Starts it again, with everything that it had. Returns when it answers.
    pub(crate) fn returns(&mut self) {
        self.tell("start");
    }

    fn tell(&mut self, command: &str) {
        let input = self.watcher.stdin.as_mut().expect("it is piped");
        writeln!(input, "{command}").expect("the watcher listens");
        let mut answer = String::new();
        self.answers.read_line(&mut answer).expect("the watcher speaks");
        assert_eq!(answer.trim(), command);
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        drop(self.watcher.stdin.take());
        let _ = self.watcher.wait();
    }
}

fn newest_postgres() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let folders = versions.filter_map(|entry| Some(entry.ok()?.path().join("bin")));
    folders.filter(|bin| bin.join("initdb").exists()).max()
}
