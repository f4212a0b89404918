//! The files that people uploaded: what the database knows against what lies in the storage.

use super::Finding;
use super::database::Objects;
use crate::config::Config;
use crate::files::storage::{Found, Piece, Storage, key};
use futures::TryStreamExt;
use std::collections::{HashMap, HashSet};
use std::io;
use uuid::Uuid;

/// Files that are named.
const NAMED_MAX: usize = 3;

pub(super) async fn examine(config: &Config, objects: &Objects) -> Finding {
    let place = match config.s3() {
        Some(s3) => format!("the bucket {}", s3.bucket),
        None => config.data_dir.join("files").display().to_string(),
    };
    let (originals, orphans) = match lying(config, &objects.known).await {
        Ok(found) => found,
        Err(error) => {
            let advice = match config.s3() {
                Some(_) => "look at the settings files_*, and whether the service answers",
                None => "let the user of the server read and write it",
            };
            return Finding::problem("files", format!("{place}: {error}"), advice);
        }
    };
    let is_missing = |object: &&store::backup::KeptObject| !originals.contains_key(&object.object);
    let missing: Vec<String> =
        objects.kept.iter().filter(is_missing).map(|lost| key(lost.object, Piece::Original)).collect();
    let differs = |object: &&store::backup::KeptObject| {
        originals.get(&object.object).is_some_and(|bytes| *bytes != object.bytes)
    };
    let differing: Vec<String> =
        objects.kept.iter().filter(differs).map(|other| key(other.object, Piece::Original)).collect();
    let advice = "take them out of a backup (`tar -xf FILE <name>` shows where) and put them back";
    if !missing.is_empty() {
        let says = format!("{} files are missing in {place}: {}", missing.len(), named(&missing));
        return Finding::problem("files", says, advice);
    }
    if !differing.is_empty() {
        let count = differing.len();
        let says = format!("{count} files in {place} are not as long as they were: {}", named(&differing));
        return Finding::problem("files", says, advice);
    }
    if !orphans.is_empty() {
        let says = format!("{} objects in {place} belong to nothing", orphans.len());
        return Finding::note("files", says, "nothing to do: the server removes them after a day");
    }
    Finding::ok("files", format!("{} in {place}, none missing", objects.kept.len()))
}

fn named(keys: &[String]) -> String {
    let mut names = keys[..keys.len().min(NAMED_MAX)].join(", ");
    if NAMED_MAX < keys.len() {
        names.push_str(" …");
    }
    names
}

/// The sizes of the originals that lie there, and what no row knows.
async fn lying(config: &Config, known: &HashSet<Uuid>) -> io::Result<(HashMap<Uuid, u64>, HashSet<Uuid>)> {
    let (mut originals, mut orphans) = (HashMap::new(), HashSet::new());
    // A folder that is not there yet is not made by looking.
    if config.s3().is_none() && !config.data_dir.join("files").is_dir() {
        return Ok((originals, orphans));
    }
    let storage = Storage::open(config)?;
    let mut all = storage.all();
    while let Some(Found { object, piece, bytes }) = all.try_next().await? {
        if piece == Piece::Original {
            originals.insert(object, bytes);
        }
        if !known.contains(&object) {
            orphans.insert(object);
        }
    }
    Ok((originals, orphans))
}
