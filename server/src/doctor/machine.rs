//! The data folder, its disk, the limit of open files.

use super::Finding;
use crate::backup::free_bytes;
use crate::config::Config;
use rustix::process::{Resource, getrlimit};
use std::fs::Metadata;
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

const MIB: u64 = 1024 * 1024;
/// Below this nothing good happens any more.
const FREE_BYTES_MIN: u64 = 256 * MIB;
/// Open files besides sockets: databases, uploads, the page.
const FILES_BESIDE_SOCKETS: u64 = 200;
/// Sockets that a server should have room for.
const SOCKETS_MIN: u64 = 800;
const SOCKETS_MANY: u64 = 10_000;

pub(super) fn examine(config: &Config) -> Vec<Finding> {
    let mut findings = vec![open_files()];
    match std::fs::metadata(&config.data_dir) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let folder = config.data_dir.display();
            let advice = "nothing to do if this installation is new: the first start makes it";
            findings.push(Finding::note("data folder", format!("{folder} is not there"), advice));
        }
        Err(error) => {
            let advice = "let the user of the server read it (setting data_dir)";
            let folder = config.data_dir.display();
            findings.push(Finding::problem("data folder", format!("{folder}: {error}"), advice));
        }
        Ok(metadata) => {
            findings.push(folder(&config.data_dir, &metadata));
            findings.push(disk(config));
        }
    }
    findings
}

fn folder(folder: &Path, metadata: &Metadata) -> Finding {
    let name = folder.display();
    if !metadata.is_dir() {
        let advice = "the setting data_dir must name a folder";
        return Finding::problem("data folder", format!("{name} is not a folder"), advice);
    }
    let user = rustix::process::geteuid().as_raw();
    if let Err(error) = tempfile::NamedTempFile::new_in(folder) {
        let says = format!("user {user} cannot write in {name}: {error}");
        return Finding::problem("data folder", says, format!("chown -R <user of the server> {name}"));
    }
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let others = files.filter(|entry| {
        let is_database = entry.file_name().to_string_lossy().starts_with("hubbub.db");
        is_database && entry.metadata().is_ok_and(|metadata| metadata.uid() != user && user != 0)
    });
    if let Some(other) = others.map(|entry| entry.file_name()).next() {
        let says = format!("{} in {name} belongs to another user than {user}", other.to_string_lossy());
        let advice = format!("run every command as the user of the server, and chown -R that user {name}");
        return Finding::problem("data folder", says, advice);
    }
    if metadata.permissions().mode() & 0o007 != 0 {
        let says = format!("other users of this machine can look into {name}");
        return Finding::note("data folder", says, format!("chmod 700 {name}"));
    }
    Finding::ok("data folder", format!("{name} is ours alone"))
}

fn disk(config: &Config) -> Finding {
    let name = config.data_dir.display();
    let database = std::fs::metadata(config.data_dir.join("hubbub.db")).map_or(0, |metadata| metadata.len());
    match free_bytes(&config.data_dir) {
        Err(error) => Finding::problem("disk", format!("{name}: {error}"), "look at the disk"),
        Ok(free) if free < FREE_BYTES_MIN => Finding::problem(
            "disk",
            format!("{} MiB are free in {name}", free / MIB),
            "make room now: without it writes fail and people read 503",
        ),
        Ok(free) if free < database + FREE_BYTES_MIN => Finding::note(
            "disk",
            format!("{} MiB are free in {name}, and the database has {} MiB", free / MIB, database / MIB),
            "make room: an update of the tables copies the database first",
        ),
        Ok(free) => Finding::ok("disk", format!("{} MiB are free in {name}", free / MIB)),
    }
}

/// The server raises its own limit to the most that it may have.
fn open_files() -> Finding {
    let most = getrlimit(Resource::Nofile).maximum.unwrap_or(u64::MAX);
    let sockets = most.saturating_sub(FILES_BESIDE_SOCKETS);
    let advice =
        "raise the hard limit: LimitNOFILE=1048576 in the systemd unit, or `ulimit -Hn` before the start";
    match sockets {
        few if few < SOCKETS_MIN => {
            Finding::problem("open files", format!("at most {most}, enough for {few} sockets"), advice)
        }
        some if some < SOCKETS_MANY => {
            Finding::note("open files", format!("at most {most}, enough for {some} sockets"), advice)
        }
        _ => Finding::ok("open files", format!("at most {most}")),
    }
}
