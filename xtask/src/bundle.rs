//! Turns the compiled page, `style/` and `public/` into the files that the server sends.
//!
//! They lie in `target/site`, the page's own in `target/site/pkg`. A development build keeps plain
//! names (`hubbub.css`), so that a stylesheet can be exchanged in an open page. A release names each
//! file by its content (`hubbub.<hash>.css`), so that browsers may keep it for ever, writes a `.br`
//! and a `.gz` beside it, and lists the hashes in `hash.txt` beside the program, where Leptos looks
//! for them; a server that finds no `hash.txt` there runs with the plain names.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::thread;

use flate2::{Compression, write::GzEncoder};
use sha2::{Digest, Sha256};
use wasm_bindgen_cli_support::Bindgen;

use crate::build::Profile;
use crate::{Result, css, files};

/// The name that every file of the page begins with.
pub(crate) const NAME: &str = "hubbub";
/// The folder that the server serves.
pub(crate) const SITE: &str = "target/site";
/// The folder of the page's own files in it.
pub(crate) const PKG: &str = "pkg";

/// The three files of the page, by extension.
const PAGE: [&str; 3] = ["js", "wasm", "css"];

/// Brings all of `target/site` up to date.
pub(crate) fn everything(profile: Profile) -> Result<()> {
    bindgen(profile)?;
    write_css(profile)?;
    public(profile)?;
    publish(profile)
}

/// Brings only the stylesheet up to date.
pub(crate) fn stylesheet(profile: Profile) -> Result<()> {
    write_css(profile)?;
    if profile == Profile::Release && !raw(profile, "wasm").exists() {
        return Err("there is no release of the page yet: run cargo xtask build --release".into());
    }
    publish(profile)
}

/// Brings only the compiled page up to date.
pub(crate) fn page(profile: Profile) -> Result<()> {
    bindgen(profile)?;
    publish(profile)
}

/// Copies `public/` as it is; text files get their compressed copies in a release.
pub(crate) fn public(profile: Profile) -> Result<()> {
    let from = Path::new("public");
    for path in files::below(from)? {
        let inside = path.strip_prefix(from).expect("below() returns paths below its folder");
        let to = Path::new(SITE).join(inside);
        files::write(&to, &files::read(&path)?)?;
        let is_text = path.extension().is_some_and(|kind| kind == "svg" || kind == "txt" || kind == "json");
        if profile == Profile::Release && is_text {
            compress(&to)?;
        }
    }
    Ok(())
}

/// A file of the page before it gets its final name.
fn raw(profile: Profile, kind: &str) -> PathBuf {
    let folder = match profile {
        Profile::Dev => "target/bundle/dev",
        Profile::Release => "target/bundle/release",
    };
    match kind {
        "wasm" => Path::new(folder).join(format!("{NAME}_bg.wasm")),
        _ => Path::new(folder).join(format!("{NAME}.{kind}")),
    }
}

fn raw_folder(profile: Profile) -> PathBuf {
    raw(profile, "js").parent().expect("raw() joins a name to a folder").into()
}

fn pkg() -> PathBuf {
    Path::new(SITE).join(PKG)
}

fn write_css(profile: Profile) -> Result<()> {
    let css = css::bundle(Path::new("style/main.css"))?;
    files::write(&raw(profile, "css"), css.as_bytes())?;
    Ok(())
}

/// Makes the JavaScript and the final WASM, unless they were made from this very file before.
fn bindgen(profile: Profile) -> Result<()> {
    let input = profile.wasm();
    let note = raw_folder(profile).join("made-from");
    let stamp = files::stamp(&input)?;
    if raw(profile, "wasm").exists() && fs::read_to_string(&note).is_ok_and(|old| old == stamp) {
        return Ok(());
    }
    files::say("binding the browser half to JavaScript");
    let is_release = profile == Profile::Release;
    Bindgen::new()
        .input_path(&input)
        .out_name(NAME)
        .web(true)?
        .typescript(false)
        .omit_default_module_path(true)
        // Names make a panic's stack readable; line tables would triple the file.
        .keep_debug(false)
        .demangle(!is_release)
        .remove_name_section(is_release)
        .remove_producers_section(is_release)
        .generate(raw_folder(profile))?;
    files::write(&note, stamp.as_bytes())?;
    Ok(())
}

/// Puts the page's files under their final names, and removes those of earlier releases.
fn publish(profile: Profile) -> Result<()> {
    snippets(profile)?;
    match profile {
        Profile::Dev => publish_plain(),
        Profile::Release => publish_hashed(),
    }
}

/// JavaScript that crates bring along; wasm-bindgen names its folders by content already.
fn snippets(profile: Profile) -> Result<()> {
    let from = raw_folder(profile);
    for path in files::below(&from.join("snippets"))? {
        let inside = path.strip_prefix(&from).expect("below() returns paths below its folder");
        files::write(&pkg().join(inside), &files::read(&path)?)?;
    }
    Ok(())
}

fn publish_plain() -> Result<()> {
    for kind in PAGE {
        let from = raw(Profile::Dev, kind);
        if from.exists() {
            files::write(&pkg().join(format!("{NAME}.{kind}")), &files::read(&from)?)?;
        }
    }
    // Beside a development server a list of hashes would say that the names carry them.
    let list = Profile::Dev.server_folder().join("hash.txt");
    if list.exists() {
        fs::remove_file(list)?;
    }
    Ok(())
}

fn publish_hashed() -> Result<()> {
    let mut list = String::new();
    let mut current = Vec::new();
    for kind in PAGE {
        let bytes = files::read(&raw(Profile::Release, kind))?;
        let hash = content_hash(&bytes);
        let path = pkg().join(format!("{NAME}.{hash}.{kind}"));
        files::write(&path, &bytes)?;
        list.push_str(&format!("{kind}: {hash}\n"));
        current.push(path);
    }
    thread::scope(|scope| {
        let running: Vec<_> = current.iter().map(|path| scope.spawn(|| compress(path))).collect();
        running.into_iter().try_for_each(|one| one.join().expect("compressing does not panic"))
    })?;
    // The list comes last: a running server never names a file that is not there yet.
    if files::write(&Profile::Release.server_folder().join("hash.txt"), list.as_bytes())? {
        remove_outdated(&current)?;
        for path in &current {
            report(path)?;
        }
    }
    Ok(())
}

/// Enough of SHA-256 that two contents never share a name.
fn content_hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().take(10).map(|byte| format!("{byte:02x}")).collect()
}

/// Removes hashed files that no page names any more; plain names belong to development builds.
fn remove_outdated(current: &[PathBuf]) -> Result<()> {
    for entry in fs::read_dir(pkg())? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let is_hashed = name
            .strip_prefix(NAME)
            .and_then(|rest| rest.split('.').nth(1))
            .is_some_and(|hash| hash.len() == 20);
        let is_current = current
            .iter()
            .any(|kept| path == *kept || ["br", "gz"].iter().any(|end| path == files::with_more(kept, end)));
        if is_hashed && !is_current {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

/// Writes the `.br` and `.gz` beside a file, unless they are newer than it.
fn compress(path: &Path) -> Result<()> {
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
    let kilobytes = |path: &Path| fs::metadata(path).map(|facts| facts.len().div_ceil(1000));
    files::say(&format!(
        "{}: {} KB, {} KB over the wire",
        path.display(),
        kilobytes(path)?,
        kilobytes(&files::with_more(path, "br"))?,
    ));
    Ok(())
}
