//! `make dev`: builds and reloads at every change.
//!
//! What changed decides how much is done again: a stylesheet is bundled and exchanged in the open
//! pages (milliseconds); Rust is compiled for the halves that it belongs to, then the server starts
//! again and the pages reload. When something does not compile, the old server keeps running.

use std::collections::BTreeSet;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use notify::{EventKind, RecursiveMode, Watcher};

use crate::build::{self, Profile};
use crate::reload::Pages;
use crate::{Result, bundle, files};

/// An editor saves in several steps: wait until it has been quiet for this long.
const QUIET: Duration = Duration::from_millis(60);
/// How often the new server is asked whether it listens, and for how long.
const ASK_EVERY: Duration = Duration::from_millis(30);
const ASK_TIMES: u32 = 400;
/// How a program ends that was interrupted.
const INTERRUPTED: i32 = 130;

/// What has to be done again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Style,
    Public,
    Front,
    Server,
}

/// Which parts a file belongs to.
fn parts_of(path: &Path) -> &'static [Part] {
    let mut names = path.iter().filter_map(|name| name.to_str());
    match names.next() {
        Some("style") => &[Part::Style],
        Some("public") => &[Part::Public],
        Some("frontend") => &[Part::Front],
        Some("server" | "store" | "realtime" | "migrations") => &[Part::Server],
        Some("app" | "client" | "protocol" | "Cargo.toml" | "Cargo.lock") => &[Part::Front, Part::Server],
        _ => &[],
    }
}

/// The folders and files at the top of the repository that are watched.
const WATCHED: [&str; 12] = [
    "app",
    "client",
    "frontend",
    "migrations",
    "protocol",
    "public",
    "realtime",
    "server",
    "store",
    "style",
    "Cargo.toml",
    "Cargo.lock",
];

/// Runs the server until it is interrupted, and keeps it and the open pages up to date.
pub(crate) fn watch(server_words: &[String]) -> Result<()> {
    // Watching begins before the first build, so that nothing saved meanwhile is missed.
    let (_watcher, changed) = watch_files()?;
    let pages = Pages::listen()?;
    let child = Running::default();
    end_with_us(child.clone())?;
    let mut server = Server { words: server_words.to_vec(), reload_port: pages.port, child };
    match build::both(Profile::Dev) {
        Ok(()) => server.start_again()?,
        Err(error) => eprintln!("{error}; waiting for a change"),
    }
    files::say("watching for changes (Ctrl+C ends)");
    loop {
        let parts = next_change(&changed)?;
        match bring_up_to_date(&parts, &mut server) {
            Ok(()) if parts == BTreeSet::from([Part::Style]) => pages.restyle(),
            Ok(()) => pages.reload(),
            Err(error) => eprintln!("\x1b[1;31merror:\x1b[0m {error}"),
        }
    }
}

fn watch_files() -> Result<(impl Watcher, Receiver<PathBuf>)> {
    let (tell, changed) = channel();
    let root = std::env::current_dir()?;
    let inside = root.clone();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        // Reading a file is an event too; only writing counts.
        let Ok(event) = event else { return };
        if matches!(event.kind, EventKind::Create(_) | EventKind::Modify(_) | EventKind::Remove(_)) {
            for path in event.paths {
                if let Ok(path) = path.strip_prefix(&inside) {
                    // Fails only when the loop has ended and nobody cares any more.
                    tell.send(path.to_path_buf()).ok();
                }
            }
        }
    })?;
    for name in WATCHED.iter().map(|name| root.join(name)).filter(|path| path.exists()) {
        watcher.watch(&name, RecursiveMode::Recursive)?;
    }
    Ok((watcher, changed))
}

/// Waits for a change and for the quiet after it.
fn next_change(changed: &Receiver<PathBuf>) -> Result<BTreeSet<Part>> {
    let mut parts = BTreeSet::new();
    loop {
        let path = if parts.is_empty() {
            changed.recv()?
        } else {
            match changed.recv_timeout(QUIET) {
                Ok(path) => path,
                Err(RecvTimeoutError::Timeout) => return Ok(parts),
                Err(error) => return Err(error.into()),
            }
        };
        parts.extend(parts_of(&path));
    }
}

fn bring_up_to_date(parts: &BTreeSet<Part>, server: &mut Server) -> Result<()> {
    let has = |part| parts.contains(&part);
    if has(Part::Style) {
        bundle::stylesheet(Profile::Dev)?;
    }
    if has(Part::Public) {
        bundle::public(Profile::Dev)?;
    }
    // The halves have folders of their own, so they compile side by side.
    thread::scope(|scope| -> Result<()> {
        let front = has(Part::Front).then(|| scope.spawn(|| build::front(Profile::Dev)));
        let compiled = if has(Part::Server) { build::server(Profile::Dev) } else { Ok(()) };
        front.map_or(Ok(()), |running| running.join().expect("compiling does not panic"))?;
        compiled
    })?;
    if has(Part::Front) {
        bundle::page(Profile::Dev)?;
    }
    if has(Part::Server) {
        server.start_again()?;
    }
    Ok(())
}

/// The server, if one runs.
#[derive(Clone, Default)]
struct Running(Arc<Mutex<Option<Child>>>);

impl Running {
    fn lock(&self) -> MutexGuard<'_, Option<Child>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends the server when this program is interrupted or terminated.
fn end_with_us(child: Running) -> Result<()> {
    ctrlc::set_handler(move || {
        if let Some(mut child) = child.lock().take() {
            child.kill().and_then(|()| child.wait()).ok();
        }
        std::process::exit(INTERRUPTED);
    })?;
    Ok(())
}

struct Server {
    words: Vec<String>,
    reload_port: u16,
    child: Running,
}

impl Server {
    /// Ends the running server at once, which costs nothing acknowledged, and waits until the new
    /// one listens.
    fn start_again(&mut self) -> Result<()> {
        let mut running = self.child.lock();
        if let Some(mut old) = running.take() {
            old.kill()?;
            old.wait()?;
        }
        let child = build::server_command(Profile::Dev, &self.words)
            .env("LEPTOS_WATCH", "1")
            .env("LEPTOS_RELOAD_PORT", self.reload_port.to_string())
            .spawn()
            .map_err(|error| format!("cannot start {}: {error}", Profile::Dev.program().display()))?;
        *running = Some(child);
        drop(running);
        for _ in 0..ASK_TIMES {
            if let Some(status) = self.child.lock().as_mut().map_or(Ok(None), Child::try_wait)? {
                return Err(format!("the server ended with {status}").into());
            }
            if TcpStream::connect(address()).is_ok() {
                return Ok(());
            }
            thread::sleep(ASK_EVERY);
        }
        Err(format!("the server does not listen on {}", address()).into())
    }
}

/// Where the server listens, by the same variables that it reads.
fn address() -> String {
    let port = std::env::var("PORT").map(|port| format!("127.0.0.1:{port}"));
    std::env::var("HUBBUB_ADDRESS").or(port).unwrap_or_else(|_| "127.0.0.1:3000".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stylesheet_compiles_nothing() {
        assert_eq!(parts_of(Path::new("style/components/button.css")), [Part::Style]);
    }

    #[test]
    fn what_both_halves_share_compiles_both() {
        for path in ["app/src/app.rs", "protocol/src/event.rs", "Cargo.lock"] {
            assert_eq!(parts_of(Path::new(path)), [Part::Front, Part::Server], "{path}");
        }
    }

    #[test]
    fn what_the_build_writes_starts_no_build() {
        for path in ["target/site/pkg/hubbub.css", "data/hubbub.db", "xtask/src/main.rs"] {
            assert_eq!(parts_of(Path::new(path)), [], "{path}");
        }
    }

    #[test]
    fn everything_watched_belongs_to_a_part() {
        for name in WATCHED {
            assert!(!parts_of(Path::new(name)).is_empty(), "{name}");
        }
    }
}
