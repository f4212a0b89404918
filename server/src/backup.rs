//! `hubbub backup` and `hubbub restore`: a whole installation in one file.
//!
//! The file is a tar of the database's parts (compressed), then the files that people uploaded (as they
//! are), then a manifest with the size and hash of each, then the manifest's own hash. A backup is made beside a running server; it is
//! a moment of the database, and the files that belong to it. A restore believes nothing before every
//! hash is right, writes files under names that nobody knows yet, and makes the database in one step.
//!
//! These commands are alone in their process, so they read and write the archive where they stand.

mod archive;
mod manifest;

pub use archive::ArchiveError;
pub use manifest::{Manifest, Member};

use crate::config::Config;
use crate::files::storage::{self, Piece, Storage};
use archive::{Packing, Reader, Writer};
use futures::TryStreamExt;
use protocol::Timestamp;
use protocol::limits::THUMBNAIL_SIDES;
use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use store::backup::{BackupError, Engine, Facts, KeptObject, Restore, Snapshot};
use tempfile::NamedTempFile;

/// What a restore gives the storage of files at a time.
const CHUNK_BYTES: usize = 256 * 1024;

/// Why there is no backup, or why nothing was restored.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// A backup is never written over something.
    #[error("{0} is there already: choose another name, or remove it")]
    Exists(PathBuf),
    /// The backup's place.
    #[error("cannot write {0}: {1}")]
    Written(PathBuf, #[source] io::Error),
    /// The storage of files.
    #[error("the storage of files failed at {0}: {1}")]
    Storage(String, #[source] io::Error),
    /// The archive.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// A backup fits the kind of database that it is of.
    #[error(
        "this is a backup of {}, and the settings name {}: only like to like can be restored (setting database_url)",
        .backup.name(), .settings.name()
    )]
    OtherEngine {
        /// Of the backup.
        backup: Engine,
        /// Of the settings.
        settings: Engine,
    },
    /// Not enough room.
    #[error("{folder} has {free} MiB free, and the backup needs {needed} MiB: make room first")]
    Full {
        /// Where.
        folder: PathBuf,
        /// What is there.
        free: u64,
        /// What is missing.
        needed: u64,
    },
    /// The database.
    #[error("{}", with_sources(.0))]
    Database(#[from] BackupError),
}

/// What the store says of the database is less than what the database said.
fn with_sources(error: &BackupError) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error).filter(|_| matches!(error, BackupError::Store(_)));
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}

/// What was backed up.
#[derive(Debug)]
pub struct Made {
    /// Size of the file.
    pub bytes: u64,
    /// What stands in it.
    pub manifest: Manifest,
}

/// Backs the installation up into `file`.
///
/// # Errors
/// When it cannot; then nothing of it is left.
pub async fn make(config: &Config, file: &Path) -> Result<Made, Failed> {
    let written = |error| Failed::Written(file.to_owned(), error);
    if file.exists() {
        return Err(Failed::Exists(file.to_owned()));
    }
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Whatever is written before the end lies in here, and goes with it. Nobody else may look.
    let work = tempfile::Builder::new().prefix(".hubbub-backup-").tempdir_in(folder).map_err(written)?;
    let unfinished = NamedTempFile::new_in(work.path()).map_err(written)?;

    let made_at = Timestamp::now();
    let mut snapshot = Snapshot::take(&config.store_url(), work.path()).await?;
    let (facts, parts) = (snapshot.facts().await?, snapshot.parts().await?);
    let mut writer = Writer::new(unfinished.reopen().map_err(written)?, made_at);
    for part in &parts {
        tracing::info!(part = part.name, "backing up the database");
        let mut entry = writer.begin(&manifest::path_of(part), Packing::Gzip).map_err(written)?;
        snapshot.write(part, &mut entry).await?;
        entry.end().map_err(written)?;
    }
    let objects = snapshot.objects().await?;
    drop(snapshot);

    let storage = Storage::open(config).map_err(|error| Failed::Storage("the start".to_owned(), error))?;
    tracing::info!(files = objects.len(), "backing up files");
    let (mut missing, mut changed) = (Vec::new(), Vec::new());
    for object in &objects {
        match copy_object(&storage, object, &mut writer, written).await? {
            Found::Nothing => missing.push(storage::key(object.object, Piece::Original)),
            Found::Other => changed.push(storage::key(object.object, Piece::Original)),
            Found::Whole => {}
        }
    }
    let manifest = Manifest::new(made_at, Engine::of(&config.store_url()), facts, parts, missing, changed);
    let manifest = writer.finish(manifest).map_err(written)?;
    let bytes = unfinished.as_file().metadata().map_err(written)?.len();
    unfinished.persist_noclobber(file).map_err(|error| match error.error.kind() {
        ErrorKind::AlreadyExists => Failed::Exists(file.to_owned()),
        _ => written(error.error),
    })?;
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(written)?;
    Ok(Made { bytes, manifest })
}

/// What a file's object was like.
enum Found {
    Whole,
    Nothing,
    /// Not what the database says.
    Other,
}

async fn copy_object(
    storage: &Storage,
    object: &KeptObject,
    writer: &mut Writer,
    written: impl Fn(io::Error) -> Failed,
) -> Result<Found, Failed> {
    let thumbnails = (0..THUMBNAIL_SIDES.len()).map(Piece::Thumbnail).filter(|_| object.has_thumbnails);
    let mut found = Found::Nothing;
    for piece in [Piece::Original].into_iter().chain(thumbnails) {
        let key = storage::key(object.object, piece);
        let failed = |error| Failed::Storage(key.clone(), error);
        let mut bytes = match storage.read(object.object, piece, None).await {
            Ok(bytes) => bytes,
            // Somebody deleted it since, or it is lost; `hubbub doctor` can tell.
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(failed(error)),
        };
        let mut entry = writer.begin(&key, Packing::AsItIs).map_err(&written)?;
        while let Some(chunk) = bytes.try_next().await.map_err(failed)? {
            entry.write_all(&chunk).map_err(&written)?;
        }
        let member = entry.end().map_err(&written)?;
        if piece == Piece::Original {
            let is_whole = member.bytes == object.bytes && member.sha256 == manifest::hex(&object.sha256);
            found = if is_whole { Found::Whole } else { Found::Other };
        }
    }
    Ok(found)
}

/// What was restored.
#[derive(Debug)]
pub struct Restored {
    /// Of the backup.
    pub manifest: Manifest,
    /// How many logs began a new history.
    pub logs: u64,
}

/// Makes the installation what `file` holds. `replaces` allows one that has accounts.
///
/// # Errors
/// When it cannot; then the installation is what it was, besides files that nobody knows.
pub async fn restore(config: &Config, file: &Path, replaces: bool) -> Result<Restored, Failed> {
    let archive = Reader::open(file)?;
    let manifest = archive.manifest();
    let settings = Engine::of(&config.store_url());
    if manifest.database != settings {
        return Err(Failed::OtherEngine { backup: manifest.database, settings });
    }
    tracing::info!("comparing every hash of the backup");
    archive.verify()?;

    let (url, schema) = (config.store_url(), manifest.facts.schema);
    // Asked before anything is written, and given up again.
    drop(Restore::begin(&url, schema, replaces).await?);
    has_room(config, manifest)?;
    let storage = Storage::open(config).map_err(|error| Failed::Storage("the start".to_owned(), error))?;
    let files = manifest.files();
    tracing::info!(files = files.len(), "restoring files");
    for place in files {
        let key = manifest.members[place].path.clone();
        write_object(&storage, &key, &mut archive.read(place)?)
            .await
            .map_err(|error| Failed::Storage(key, error))?;
    }
    let mut restoring = Restore::begin(&url, schema, replaces).await?;
    for (place, part) in manifest.parts.iter().enumerate() {
        tracing::info!(part = part.name, "restoring the database");
        restoring.take(part, &mut archive.read(place)?).await?;
    }
    let logs = restoring.finish(&manifest.facts, Timestamp::now()).await?;
    Ok(Restored { manifest: archive.into_manifest(), logs })
}

async fn write_object(storage: &Storage, key: &str, from: &mut dyn Read) -> io::Result<()> {
    let (object, piece) = storage::piece_of(key).ok_or(ErrorKind::InvalidData)?;
    let mut writing = storage.write(object, piece);
    loop {
        let mut chunk = vec![0; CHUNK_BYTES];
        let bytes = from.read(&mut chunk)?;
        if bytes == 0 {
            return writing.finish().await;
        }
        chunk.truncate(bytes);
        writing.put(chunk.into()).await?;
    }
}

/// An embedded database and files in a folder need room there.
fn has_room(config: &Config, manifest: &Manifest) -> Result<(), Failed> {
    let is_local = |member: &&Member| match member.unpacked_bytes {
        Some(_) => config.is_embedded(),
        None => config.s3().is_none(),
    };
    let needed: u64 = manifest.members.iter().filter(is_local).map(Member::bytes_restored).sum();
    let folder = config.data_dir.clone();
    let made = std::fs::create_dir_all(&folder).and_then(|()| free_bytes(&folder));
    let free = made.map_err(|error| Failed::Written(folder.clone(), error))?;
    if free < needed {
        let mib = |bytes: u64| bytes.div_ceil(1024 * 1024);
        return Err(Failed::Full { folder, free: free / 1024 / 1024, needed: mib(needed) });
    }
    Ok(())
}

/// What this process may still write on the disk of a folder.
pub(crate) fn free_bytes(folder: &Path) -> io::Result<u64> {
    let disk = rustix::fs::statvfs(folder)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// What a backup holds, for people.
#[must_use]
pub fn summary(facts: &Facts) -> String {
    let of = |table: &str| facts.rows.get(table).copied().unwrap_or(0);
    format!(
        "{} accounts, {} workspaces, {} messages, {} posts, {} files",
        of("users"),
        of("workspaces"),
        of("messages"),
        of("posts"),
        of("files")
    )
}
