//! The command line.

use clap::{Args, Parser, Subcommand, ValueEnum};
use protocol::person::InstanceRole;
use std::path::PathBuf;

/// Hubbub: a live workspace that you host yourself.
///
/// `hubbub serve` needs no settings: it keeps everything in the folder `data` and listens on
/// http://127.0.0.1:3000. Settings come from hubbub.toml in the working directory, then from
/// the environment (HUBBUB_*, and the usual DATABASE_URL, REDIS_URL and PORT), which wins.
#[derive(Debug, Parser)]
#[command(name = "hubbub", version, propagate_version = true, arg_required_else_help = true)]
pub struct Cli {
    /// Settings file to read instead of hubbub.toml
    #[arg(long, value_name = "FILE", global = true, env = "HUBBUB_CONFIG")]
    pub config: Option<PathBuf>,
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// What the program does.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the server until it is told to stop (Ctrl-C or SIGTERM)
    ///
    /// Creates or updates the database first. Prints its address, and on the first start how to
    /// make the first account. A second Ctrl-C stops at once.
    Serve,
    /// Create the database, or bring it up to date, and stop
    ///
    /// `serve` does the same at its start; this is for deployments that want it as a step of its own.
    Migrate,
    /// Write everything into one file, while the server runs or not
    ///
    /// The database of one moment, the files that people uploaded, all keys, and a manifest with the
    /// hash of each. Refuses to write over a file. It holds everything that people wrote, and what
    /// proves who they are: keep it as carefully as the server itself.
    Backup {
        /// The file to write, for example hubbub-2026-11-22.tar
        file: PathBuf,
    },
    /// Make the installation what a backup holds
    ///
    /// Compares every hash before it touches anything. The server (all of them) must be stopped.
    /// Until the last step, which is one, the installation is what it was. Pages that are open load
    /// again when the server is back.
    Restore {
        /// The file that `hubbub backup` wrote
        file: PathBuf,
        /// Replace an installation that has accounts
        #[arg(long)]
        replace: bool,
    },
    /// Look at the installation, running or stopped, and say what to do
    ///
    /// Exits with 1 when something has to be done.
    Doctor {
        /// Print what was found as JSON
        #[arg(long)]
        json: bool,
    },
    /// Print the settings in use, as a hubbub.toml, without passwords
    Config,
    /// Make and change accounts without the web page
    User {
        /// What to do with the account
        #[command(subcommand)]
        command: UserCommand,
    },
    /// Fill an empty database with a believable community, to look around in
    ///
    /// Thirty people, three workspaces, hundreds of posts and comments; always the same ones.
    /// Refuses to touch a database that already holds an account.
    Demo,
}

/// What to do with accounts. Passwords are read from standard input, never from the command line,
/// where other users of the machine could see them.
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Make an account
    Create(NewUser),
    /// Make somebody an administrator of this instance, or a member again
    Role {
        /// The person's handle, without @
        handle: String,
        /// The new role
        role: RoleWord,
    },
    /// Set a new password, which signs the person out everywhere
    Password {
        /// The person's handle, without @
        handle: String,
    },
}

/// The account to make.
#[derive(Debug, Args)]
pub struct NewUser {
    /// The handle to sign in with, without @
    pub handle: String,
    /// The name that others see; the handle if none is given
    #[arg(long)]
    pub name: Option<String>,
    /// What the person may do on this instance
    #[arg(long, default_value = "member")]
    pub role: RoleWord,
}

/// A role on the instance, as the command line names it.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum RoleWord {
    /// Uses it
    Member,
    /// Runs it: people, workspaces, figures
    Admin,
}

impl From<RoleWord> for InstanceRole {
    fn from(word: RoleWord) -> Self {
        match word {
            RoleWord::Member => Self::Member,
            RoleWord::Admin => Self::Admin,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_role_has_a_default_and_only_known_words() {
        let cli = Cli::try_parse_from(["hubbub", "user", "create", "ada"]).unwrap();
        let Command::User { command: UserCommand::Create(new) } = cli.command else {
            panic!("another command")
        };
        assert_eq!(InstanceRole::from(new.role), InstanceRole::Member);
        assert!(Cli::try_parse_from(["hubbub", "user", "role", "ada", "queen"]).is_err());
    }
}
