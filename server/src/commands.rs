//! What `hubbub` does from a terminal. What it prints goes to standard output, logs do not.

use crate::backup::{self, Made, Restored};
use crate::cli::{Cli, Command, NewUser, UserCommand};
use crate::config::{Config, ConfigError};
use crate::doctor::{self, Report};
use crate::run::{Application, StartError, open_store};
use crate::{demo, shutdown, telemetry};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::io::{BufRead, IsTerminal, Write};
use std::path::Path;
use store::Store;

/// Why a command did not succeed, as a sentence for the person at the terminal.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The settings cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The server cannot start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// There is no backup, or nothing was restored.
    #[error(transparent)]
    Backup(#[from] backup::Failed),
    /// The doctor found problems, and has said which.
    #[error("something has to be done")]
    Unwell,
    /// The store refused, or cannot be reached.
    #[error("{0}")]
    Refused(protocol::Error),
    /// The terminal is gone.
    #[error("cannot read or write the terminal: {0}")]
    Terminal(#[from] std::io::Error),
    /// The demo would mix with what people wrote.
    #[error(
        "this database already holds accounts: `hubbub demo` fills only an empty one (set HUBBUB_DATA_DIR to another folder)"
    )]
    NotEmpty,
}

impl From<store::Error> for CommandError {
    fn from(error: store::Error) -> Self {
        Self::Refused(error.into())
    }
}

/// Runs one command.
///
/// # Errors
/// When it did not succeed; the error is for the person at the terminal.
pub async fn run(cli: Cli) -> Result<(), CommandError> {
    let config = match (Config::load(cli.config.as_deref()), &cli.command) {
        (Err(error), Command::Doctor { json }) => return report(&Report::of_refused(&error), *json),
        (config, _) => config?,
    };
    telemetry::start(&config);
    for name in Config::unknown_variables() {
        tracing::warn!("{name} is set in the environment, but no setting has that name");
    }
    match cli.command {
        Command::Serve => serve(config).await,
        Command::Migrate => {
            let store = open_store(&config).await?;
            store.close().await;
            say("The database is up to date.")
        }
        Command::Backup { file } => back_up(&config, &file).await,
        Command::Restore { file, replace } => restore(&config, &file, replace).await,
        Command::Doctor { json } => report(&doctor::examine(&config).await, json),
        Command::Config => say(config.shown().trim_end()),
        Command::User { command } => user(&config, command).await,
        Command::Demo => fill(&config).await,
    }
}

async fn serve(config: Config) -> Result<(), CommandError> {
    raise_open_files();
    let application = Application::build(config).await?;
    for line in application.ready_lines().await? {
        say(&line)?;
    }
    application.run_until_stopped(shutdown::requested()).await?;
    Ok(())
}

/// Each socket is an open file, and the usual limit of 1,024 is one for programs of another kind.
fn raise_open_files() {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    if let Err(error) = setrlimit(Resource::Nofile, raised) {
        tracing::warn!(%error, limit = limit.current, "cannot raise the limit of open files");
    }
}

fn report(report: &Report, as_json: bool) -> Result<(), CommandError> {
    if as_json {
        say(&report.json())?;
    } else {
        say(&report.to_string())?;
    }
    if report.problems == 0 { Ok(()) } else { Err(CommandError::Unwell) }
}

async fn back_up(config: &Config, file: &Path) -> Result<(), CommandError> {
    let Made { bytes, manifest } = backup::make(config, file).await?;
    let (file, mib) = (file.display(), bytes.div_ceil(1024 * 1024));
    say(&format!("{file}, {mib} MiB, holds {}.", backup::summary(&manifest.facts)))?;
    if !manifest.facts.gaps.is_empty() {
        let count = manifest.facts.gaps.len();
        say(&format!("{count} logs lack events, and so does the backup: ask `hubbub doctor` what to do."))?;
    }
    if !manifest.missing.is_empty() {
        let count = manifest.missing.len();
        say(&format!(
            "{count} files were not in the storage: deleted meanwhile, or lost (`hubbub doctor` tells)."
        ))?;
    }
    if !manifest.changed.is_empty() {
        let count = manifest.changed.len();
        say(&format!("{count} files are not what was uploaded; the manifest names them (\"changed\")."))?;
    }
    Ok(())
}

async fn restore(config: &Config, file: &Path, replaces: bool) -> Result<(), CommandError> {
    let Restored { manifest, logs } = backup::restore(config, file, replaces).await?;
    say(&format!(
        "Restored the backup of {}, made by Hubbub {}: {}.",
        manifest.made_at.iso(),
        manifest.program,
        backup::summary(&manifest.facts)
    ))?;
    say(&format!("{logs} logs begin a new history: pages and programs that were connected load again."))?;
    say("What happened after that moment is undone, also sign-outs, revoked tokens and removed members.")?;
    say("Start the server now.")
}

async fn user(config: &Config, command: UserCommand) -> Result<(), CommandError> {
    let store = open_store(config).await?;
    let done = change_user(&store, command).await;
    store.close().await;
    say(&done?)
}

async fn change_user(store: &Store, command: UserCommand) -> Result<String, CommandError> {
    match command {
        UserCommand::Create(NewUser { handle, name, role }) => {
            let password = read_password()?;
            let name = name.unwrap_or_else(|| handle.clone());
            store.create_user_from_cli(&name, &handle, password, role.into()).await?;
            Ok(format!("@{handle} can sign in now."))
        }
        UserCommand::Role { handle, role } => {
            store.set_user_role_from_cli(&handle, role.into()).await?;
            Ok(format!("@{handle} has the new role."))
        }
        UserCommand::Password { handle } => {
            let password = read_password()?;
            store.set_user_password_from_cli(&handle, password).await?;
            Ok(format!("@{handle} has a new password and is signed out everywhere."))
        }
    }
}

async fn fill(config: &Config) -> Result<(), CommandError> {
    let filled = demo::fill(config).await?;
    say(&filled.summary())
}

/// One line from standard input, so that `echo … | hubbub user create ada` works as well.
fn read_password() -> Result<String, CommandError> {
    let mut terminal = std::io::stdin().lock();
    if terminal.is_terminal() {
        let mut prompt = std::io::stderr();
        write!(prompt, "Password (shown while you type): ")?;
        prompt.flush()?;
    }
    let mut line = String::new();
    terminal.read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

fn say(text: &str) -> Result<(), CommandError> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}")?;
    out.flush()?;
    Ok(())
}
