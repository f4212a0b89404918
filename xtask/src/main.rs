//! The build tool of this repository, run as `cargo xtask <command>`.
//!
//! Hubbub has two halves made from one source: the page (WASM for the browser) and the server.
//! [`build`] compiles both, [`bundle`] turns the page into the files that the server sends, [`css`]
//! makes one stylesheet out of `style/`, and [`watch`] does all of it again when a file changes.
//! [`split`] and [`release`] make what a release has more: parts that are fetched by route, names by
//! content, compressed copies.
//! It needs no tool besides cargo: wasm-bindgen and the CSS bundler are libraries here, at the
//! versions of Cargo.lock, so they can never disagree with the code.

mod build;
mod bundle;
mod css;
mod files;
mod release;
mod reload;
mod split;
mod watch;

use std::process::ExitCode;

use build::Profile;

/// What failed, as one sentence for the person at the terminal.
pub(crate) type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

const HELP: &str = "\
Builds Hubbub. Run it as: cargo xtask <command>

  build [--release]              compile both halves and bundle the page into target/site
  run   [--release] [-- args]    build, then start the server (args: those of hubbub, by default serve)
  watch [-- args]                run, and build and reload at every change
  page  [--release]              only the browser half, for a server that is compiled already
  bundle-css [--release]         only the stylesheet";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\x1b[1;31merror:\x1b[0m {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    files::enter_repository()?;
    let mut words = std::env::args().skip(1);
    let command = words.next().unwrap_or_default();
    let mut profile = Profile::Dev;
    let mut server_words = Vec::new();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--release" => profile = Profile::Release,
            "--" => server_words.extend(words.by_ref()),
            _ => return Err(format!("unknown argument {word}\n\n{HELP}").into()),
        }
    }
    if server_words.is_empty() {
        server_words.push("serve".into());
    }
    match command.as_str() {
        "build" => build::both(profile),
        "run" => {
            build::both(profile)?;
            Err(build::become_server(profile, &server_words))
        }
        "page" => build::page(profile),
        "watch" => watch::watch(&server_words),
        "bundle-css" => bundle::stylesheet(profile),
        "" | "help" | "--help" | "-h" => {
            eprintln!("{HELP}");
            Ok(())
        }
        _ => Err(format!("unknown command {command}\n\n{HELP}").into()),
    }
}
