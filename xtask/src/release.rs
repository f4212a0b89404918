//! Puts a release of the page under names that carry its content, so that browsers may keep it for
//! ever, with a `.br` and a `.gz` beside each file.
//!
//! The scripts name other files, so those get their names first. The page's script and the one that
//! loads its parts import each other: both carry the hash of the two together.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::thread;

use flate2::{Compression, write::GzEncoder};
use sha2::{Digest, Sha256};

use crate::build::Profile;
use crate::bundle::{NAME, pkg};
use crate::split::{LINK, MANIFEST};
use crate::{Result, files};

/// Digits of a hash in a name: enough of SHA-256 that two contents never share one.
const DIGITS: usize = 20;

/// The files of a release that lie in `raw` become those that the server sends.
pub(crate) fn publish(raw: &Path) -> Result<()> {
    let mut release = Release::default();
    let parts = release.parts(&raw.join("split"))?;
    release.scripts(raw, &parts)?;
    release.manifest(raw, &parts)?;
    for (kind, from) in [("wasm", format!("{NAME}_bg.wasm")), ("css", format!("{NAME}.css"))] {
        release.add(kind, &files::read(&raw.join(from))?, |hash| format!("{NAME}.{hash}.{kind}"))?;
    }
    thread::scope(|scope| {
        let running: Vec<_> = release.files.iter().map(|path| scope.spawn(|| compress(path))).collect();
        running.into_iter().try_for_each(|one| one.join().expect("compressing does not panic"))
    })?;
    // The list comes last: a running server never names a file that is not there yet.
    if files::write(&Profile::Release.server_folder().join("hash.txt"), release.list.as_bytes())? {
        release.remove_others()?;
        for path in &release.files {
            report(path)?;
        }
    }
    Ok(())
}

/// What has been put in its place so far.
#[derive(Default)]
struct Release {
    files: Vec<PathBuf>,
    /// `hash.txt`.
    list: String,
}

impl Release {
    /// Writes a file and notes its hash, where Leptos asks for it, under `kind`.
    fn add(&mut self, kind: &str, bytes: &[u8], name: impl Fn(&str) -> String) -> Result<()> {
        let hash = content_hash(bytes);
        self.list.push_str(&format!("{kind}: {hash}\n"));
        self.write(&name(&hash), bytes)
    }

    fn write(&mut self, name: &str, bytes: &[u8]) -> Result<()> {
        let path = pkg().join(name);
        files::write(&path, bytes)?;
        self.files.push(path);
        Ok(())
    }

    /// The parts that are fetched by route; returns their old and new names, without extension.
    fn parts(&mut self, folder: &Path) -> Result<BTreeMap<String, String>> {
        let mut names = BTreeMap::new();
        for path in files::below(folder)? {
            let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            if path.extension().is_some_and(|kind| kind == "wasm") && stem != "main" {
                let bytes = files::read(&path)?;
                let name = format!("{stem}.{}", content_hash(&bytes));
                self.write(&format!("{name}.wasm"), &bytes)?;
                names.insert(stem, name);
            }
        }
        Ok(names)
    }

    fn scripts(&mut self, raw: &Path, parts: &BTreeMap<String, String>) -> Result<()> {
        let text =
            |path: PathBuf| files::read(&path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let main = text(raw.join(format!("{NAME}.js")))?;
        let mut link = text(raw.join("split").join(LINK))?;
        for (old, new) in parts {
            link = link.replace(&format!("\"./{old}.wasm\""), &format!("\"./{new}.wasm\""));
        }
        let hash = content_hash(format!("{main}{link}").as_bytes());
        let (main_name, link_name) = (format!("{NAME}.{hash}.js"), LINK.replace('.', &format!(".{hash}.")));
        let main = import_from(&main, LINK, &link_name)?;
        let link = import_from(&link, &format!("{NAME}.js"), &main_name)?;
        self.list.push_str(&format!("js: {hash}\nsplit: {hash}\n"));
        self.write(&main_name, main.as_bytes())?;
        self.write(&link_name, link.as_bytes())
    }

    /// Which parts each group needs: the server names them in the head of a page that needs them.
    fn manifest(&mut self, raw: &Path, parts: &BTreeMap<String, String>) -> Result<()> {
        let bytes = files::read(&raw.join("split").join(MANIFEST))?;
        let mut groups: BTreeMap<String, Vec<String>> = serde_json::from_slice(&bytes)?;
        for name in groups.values_mut().flatten() {
            *name = parts.get(name).ok_or("a group of the page names a part that is not there")?.clone();
        }
        self.add("manifest", &serde_json::to_vec(&groups)?, |hash| {
            MANIFEST.replace('.', &format!(".{hash}."))
        })
    }

    /// Removes files with a hash that no page names any more; plain names belong to development.
    fn remove_others(&self) -> Result<()> {
        for entry in fs::read_dir(pkg())? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let is_hashed = name.split('.').nth(1).is_some_and(|hash| hash.len() == DIGITS);
            let is_current = self.files.iter().any(|kept| {
                path == *kept || ["br", "gz"].iter().any(|end| path == files::with_more(kept, end))
            });
            if is_hashed && !is_current {
                fs::remove_file(path)?;
            }
        }
        Ok(())
    }
}

fn content_hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().take(DIGITS / 2).map(|byte| format!("{byte:02x}")).collect()
}

/// The script with one `from "./<old>"` exchanged; that it is there is what the page depends on.
fn import_from(script: &str, old: &str, new: &str) -> Result<String> {
    for quote in ['"', '\''] {
        let import = format!("from {quote}./{old}{quote}");
        if script.contains(&import) {
            return Ok(script.replace(&import, &format!("from {quote}./{new}{quote}")));
        }
    }
    Err(format!("the page's script does not import {old}").into())
}

/// Writes the `.br` and `.gz` beside a file, unless they are newer than it.
pub(crate) fn compress(path: &Path) -> Result<()> {
    let (br, gz) = (files::with_more(path, "br"), files::with_more(path, "gz"));
    let time = fs::metadata(path)?.modified()?;
    let is_newer =
        |copy: &Path| fs::metadata(copy).and_then(|facts| facts.modified()).is_ok_and(|made| made >= time);
    if is_newer(&br) && is_newer(&gz) {
        return Ok(());
    }
    let bytes = files::read(path)?;
    let mut small = Vec::new();
    let best = brotli::enc::BrotliEncoderParams {
        quality: 11,
        lgwin: 22,
        size_hint: bytes.len(),
        ..Default::default()
    };
    brotli::BrotliCompress(&mut bytes.as_slice(), &mut small, &best)?;
    fs::write(&br, small)?;
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&bytes)?;
    fs::write(&gz, encoder.finish()?)?;
    Ok(())
}

fn report(path: &Path) -> Result<()> {
    let size = |path: &Path| fs::metadata(path).map(|facts| facts.len());
    files::say(&format!(
        "{}: {} bytes, {} over the wire",
        path.display(),
        size(path)?,
        size(&files::with_more(path, "br"))?,
    ));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_import_is_exchanged_and_the_key_of_the_imported_functions_stays() {
        let script = r#"import * as a from "./__wasm_split.js"; const imports = { "./__wasm_split.js": a };"#;
        assert_eq!(
            import_from(script, LINK, "__wasm_split.1.js").unwrap(),
            r#"import * as a from "./__wasm_split.1.js"; const imports = { "./__wasm_split.js": a };"#,
        );
    }

    #[test]
    fn a_script_without_the_import_is_refused() {
        assert!(import_from("export {};", LINK, "x.js").is_err());
    }
}
