//! Compiles the two halves.
//!
//! Each half has a target folder of its own and its own cargo command: in one command cargo would
//! unify their features, and the server's would reach the browser.

use std::path::PathBuf;
use std::process::Command;

use crate::{Result, bundle, files};

/// How both halves are compiled.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Quick to compile, plain file names.
    Dev,
    /// Small and fast, file names by content, compressed copies beside each file.
    Release,
}

/// The target of the browser half.
const WASM: &str = "wasm32-unknown-unknown";
/// The target folder of the browser half.
const FRONT: &str = "target/front";

impl Profile {
    fn server(self) -> (&'static str, &'static str) {
        match self {
            Self::Dev => ("dev", "target/debug"),
            Self::Release => ("release", "target/release"),
        }
    }

    fn front(self) -> (&'static str, &'static str) {
        match self {
            Self::Dev => ("dev", "debug"),
            Self::Release => ("wasm-release", "wasm-release"),
        }
    }

    /// The WASM file as cargo leaves it.
    pub(crate) fn wasm(self) -> PathBuf {
        [FRONT, WASM, self.front().1, "frontend.wasm"].iter().collect()
    }

    /// The folder of the server's program.
    pub(crate) fn server_folder(self) -> PathBuf {
        self.server().1.into()
    }

    /// The server's program.
    pub(crate) fn program(self) -> PathBuf {
        self.server_folder().join(format!("hubbub{}", std::env::consts::EXE_SUFFIX))
    }
}

/// Compiles both halves and bundles the page.
pub(crate) fn both(profile: Profile) -> Result<()> {
    front(profile)?;
    server(profile)?;
    bundle::everything(profile)
}

/// Compiles the browser half and bundles the page.
pub(crate) fn page(profile: Profile) -> Result<()> {
    front(profile)?;
    bundle::everything(profile)
}

/// Compiles the browser half. A release is made so that it can be split: with relocations.
pub(crate) fn front(profile: Profile) -> Result<()> {
    let name = profile.front().0;
    let mut words =
        vec!["rustc", "-p", "frontend", "--lib", "--target", WASM, "--target-dir", FRONT, "--profile", name];
    if profile == Profile::Release {
        words.extend(["--features", "split", "--", "-Clink-arg=--emit-relocs"]);
    }
    cargo("the browser half", &words)
}

/// Compiles the server half.
pub(crate) fn server(profile: Profile) -> Result<()> {
    let name = profile.server().0;
    cargo("the server half", &["build", "-p", "server", "--bin", "hubbub", "--profile", name])
}

/// The server's program with the settings that Leptos reads.
pub(crate) fn server_command(profile: Profile, words: &[String]) -> Command {
    let mut command = Command::new(profile.program());
    command
        .args(words)
        .env("LEPTOS_OUTPUT_NAME", bundle::NAME)
        .env("LEPTOS_SITE_ROOT", bundle::SITE)
        .env("LEPTOS_SITE_PKG_DIR", bundle::PKG);
    command
}

/// Replaces this process by the server, so that signals reach it; returns only what prevented it.
pub(crate) fn become_server(profile: Profile, words: &[String]) -> Box<dyn std::error::Error + Send + Sync> {
    use std::os::unix::process::CommandExt;
    let error = server_command(profile, words).exec();
    format!("cannot start {}: {error}", profile.program().display()).into()
}

fn cargo(what: &str, words: &[&str]) -> Result<()> {
    files::say(&format!("compiling {what}"));
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo).args(words).status()?;
    if status.success() {
        return Ok(());
    }
    Err(format!("{what} does not compile (a missing standard library means: run scripts/setup-rust)").into())
}
