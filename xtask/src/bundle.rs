//! Turns the compiled page, `style/` and `public/` into the files that the server sends.
//!
//! They lie in `target/site`, the page's own in `target/site/pkg`. A development build keeps plain
//! names (`hubbub.css`), so that a stylesheet can be exchanged in an open page, and the page in one
//! piece. A release is split, names each file by its content (`hubbub.<hash>.css`, see [`release`])
//! and lists the hashes in `hash.txt` beside the program, where Leptos looks for them; a server that
//! finds no `hash.txt` there runs with the plain names.

use std::fs;
use std::path::{Path, PathBuf};

use wasm_bindgen_cli_support::Bindgen;

use crate::build::Profile;
use crate::{Result, css, files, release, split};

/// The name that every file of the page begins with.
pub(crate) const NAME: &str = "hubbub";
/// The folder that the server serves.
pub(crate) const SITE: &str = "target/site";
/// The folder of the page's own files in it.
pub(crate) const PKG: &str = "pkg";

/// The files of a development page, by extension.
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

/// The kinds of files in `public/` that compression makes smaller.
const TEXTS: [&str; 7] = ["css", "html", "js", "json", "svg", "txt", "webmanifest"];

/// Copies `public/` as it is; text files get their compressed copies in a release.
pub(crate) fn public(profile: Profile) -> Result<()> {
    let from = Path::new("public");
    for path in files::below(from)? {
        let inside = path.strip_prefix(from).expect("below() returns paths below its folder");
        let to = Path::new(SITE).join(inside);
        files::write(&to, &files::read(&path)?)?;
        let is_text = path.extension().is_some_and(|kind| TEXTS.iter().any(|text| kind == *text));
        if profile == Profile::Release && is_text {
            release::compress(&to)?;
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

/// The folder of the page's own files.
pub(crate) fn pkg() -> PathBuf {
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
    let is_release = profile == Profile::Release;
    let module = if is_release {
        files::say("splitting the browser half");
        split::split(&input, &format!("{NAME}.js"), &raw_folder(profile).join("split"))?
    } else {
        input
    };
    files::say("binding the browser half to JavaScript");
    Bindgen::new()
        .input_path(&module)
        .out_name(NAME)
        .web(true)?
        .typescript(false)
        .omit_default_module_path(true)
        // Names make a panic's stack readable; line tables would triple the file.
        .keep_debug(false)
        .demangle(!is_release)
        // What the parts take from the main module; nothing in that module itself asks for it.
        .keep_lld_exports(is_release)
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
        Profile::Release => release::publish(&raw_folder(profile)),
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
