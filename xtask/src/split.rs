//! Splits the compiled page: what the first page does not need goes into files of its own, which
//! are fetched when somebody goes there.
//!
//! The application says what belongs where (`app/src/pages/later.rs`). Each group becomes
//! `split_<group>.wasm`, what some groups share `chunk_<n>.wasm`, and a small script loads them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use wasm_split_cli_support::{Options, transform};

use crate::{Result, files};

/// The script that loads the parts, as the page's JavaScript imports it.
pub(crate) const LINK: &str = "__wasm_split.js";
/// Which files each group needs.
pub(crate) const MANIFEST: &str = "__wasm_split_manifest.json";

/// Splits `input` into `folder`, which then holds the parts, the script and the manifest. Returns
/// the main module, which wasm-bindgen still has to see.
pub(crate) fn split(input: &Path, main_script: &str, folder: &Path) -> Result<PathBuf> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder)?;
    let bytes = files::read(input)?;
    let main = folder.join("main.wasm");
    let (link, main_script) = (format!("./{LINK}"), format!("./{main_script}"));
    let mut options = Options::new(&bytes);
    options.output_dir = folder;
    options.main_out_path = &main;
    options.link_name = &link;
    options.main_module = &main_script;
    let made = transform(options).map_err(|error| format!("splitting the page: {error:#}"))?;
    for part in &made.split_modules {
        files::write(part, &without_custom_sections(&files::read(part)?)?)?;
    }
    let manifest: BTreeMap<_, _> = made.prefetch_map.into_iter().collect();
    files::write(&folder.join(MANIFEST), &serde_json::to_vec(&manifest)?)?;
    Ok(main)
}

/// Names and other notes for tools; a browser needs none of them.
fn without_custom_sections(module: &[u8]) -> Result<Vec<u8>> {
    const HEADER: usize = 8;
    const CUSTOM: u8 = 0;
    let cut_short = "a part of the page is cut short";
    let mut kept = module.get(..HEADER).ok_or(cut_short)?.to_vec();
    let mut rest = &module[HEADER..];
    while let Some(&kind) = rest.first() {
        let (size, digits) = number(&rest[1..]).ok_or(cut_short)?;
        let (section, after) = rest.split_at_checked(1 + digits + size).ok_or(cut_short)?;
        if kind != CUSTOM {
            kept.extend_from_slice(section);
        }
        rest = after;
    }
    Ok(kept)
}

/// A number in LEB128, and how many bytes it takes.
fn number(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut value = 0;
    for (index, byte) in bytes.iter().take(5).enumerate() {
        value |= usize::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((value, index + 1));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: [u8; 8] = [0, b'a', b's', b'm', 1, 0, 0, 0];

    #[test]
    fn custom_sections_go_and_the_others_stay_in_order() {
        let long = [vec![10, 0x82, 0x01], vec![7; 130]].concat();
        let module = [&HEADER[..], &[1, 1, 9], &[0, 3, 1, b'n', 5], &long, &[0, 1, 0]].concat();
        let kept = [&HEADER[..], &[1, 1, 9], &long].concat();
        assert_eq!(without_custom_sections(&module).unwrap(), kept);
    }

    #[test]
    fn a_module_that_is_cut_short_is_refused() {
        for module in [&HEADER[..4], &[&HEADER[..], &[1, 9, 0]].concat(), &[&HEADER[..], &[1, 0x80]].concat()]
        {
            assert!(without_custom_sections(module).is_err(), "{module:?}");
        }
    }
}
