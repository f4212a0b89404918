//! Paths, and writing only what changed: a file that stays the same keeps its time, so that nothing
//! that watches it wakes up.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use crate::Result;

/// Makes the repository the working directory, wherever xtask was called.
pub(crate) fn enter_repository() -> Result<()> {
    // Cargo names the folder as it is now; the one that it was compiled in may have been moved or copied.
    let own = std::env::var_os("CARGO_MANIFEST_DIR").ok_or("call it as `cargo xtask`")?;
    let root = Path::new(&own).parent().ok_or("xtask lies in the repository")?;
    std::env::set_current_dir(root)
        .map_err(|error| format!("cannot enter {}: {error}", root.display()).into())
}

/// Tells the person at the terminal what happens.
pub(crate) fn say(what: &str) {
    eprintln!("\x1b[1m==>\x1b[0m {what}");
}

/// A file's bytes, with its name in the error.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|error| format!("cannot read {}: {error}", path.display()).into())
}

/// Writes a file unless it already holds just that; makes its folder. Returns whether it changed.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<bool> {
    if fs::read(path).is_ok_and(|old| old == bytes) {
        return Ok(false);
    }
    let failed = |error| format!("cannot write {}: {error}", path.display());
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    fs::write(path, bytes).map_err(failed)?;
    Ok(true)
}

/// All files below a folder, which may be missing, in a stable order.
pub(crate) fn below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let Ok(entries) = fs::read_dir(folder) else { return Ok(found) };
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(below(&path)?);
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// The path with one more extension: `a.css` becomes `a.css.br`.
pub(crate) fn with_more(path: &Path, extension: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_else(|| OsStr::new("")).to_os_string();
    name.push(".");
    name.push(extension);
    path.with_file_name(name)
}

/// Size and time of a file: the same answer means that nobody wrote to it.
pub(crate) fn stamp(path: &Path) -> Result<String> {
    let failed = |error| format!("cannot read {}: {error}", path.display());
    let facts = fs::metadata(path).map_err(failed)?;
    let time = facts.modified().map_err(failed)?;
    Ok(format!("{} {time:?}", facts.len()))
}
