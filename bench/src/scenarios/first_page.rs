//! The feed as a browser loads it for the first time.

use crate::measure::Delays;
use crate::report::Section;
use crate::scenario::Options;
use crate::server::Server;
use crate::site::Community;
use crate::subscribers::title;
use crate::{Result, process};
use std::collections::BTreeSet;
use tokio::time::Instant;

/// More posts than a page shows.
const POSTS: usize = 60;
const WARM_UP: usize = 20;
const LOADS: usize = 500;

pub(crate) async fn run(options: &Options) -> Result<Section> {
    let server = Server::start(options).await?;
    let community = Community::found(&server, 2).await?;
    let reader = &community.people[1];
    for number in 0..POSTS {
        community.people[0].posts(&community.workspace, title(number)).await?;
    }
    let path = format!("/w/{}/feed", community.workspace.slug);
    for _ in 0..WARM_UP {
        reader.gets(&path).await?;
    }
    let loads = if options.quick { LOADS / 10 } else { LOADS };
    let cpu = process::cpu(server.pid()?)?;
    let mut delays = Delays::new();
    let mut page = (None, Vec::new());
    for _ in 0..loads {
        let asked = Instant::now();
        page = reader.gets(&path).await?;
        delays.add(asked.elapsed());
    }
    let cpu = process::cpu(server.pid()?)?.saturating_sub(cpu);
    let (encoding, html) = page;

    let note = format!(
        "`{path}` with {POSTS} posts, {loads} times one after the other, warm, with `Accept-Encoding: br`; then once \
         every file under `/pkg/` that the page names."
    );
    let mut section = Section::new("First page", note);
    section.row("request to last byte of the HTML, p50 / p99", format!("{delays} ms"));
    section.row("CPU of the server per page", format!("{:.2} ms", cpu.as_secs_f64() * 1e3 / loads as f64));
    section.row("HTML over the wire", kilobytes(html.len(), encoding.as_deref()));
    let mut total = 0;
    for file in files(&uncompressed(reader, &path, encoding.is_some(), html).await?) {
        let (encoding, bytes) = reader.gets(&file).await?;
        total += bytes.len();
        section.row(format!("`{}`", without_hash(&file)), kilobytes(bytes.len(), encoding.as_deref()));
    }
    section.row("WASM, JavaScript and CSS together", kilobytes(total, Some("br")));
    Ok(section)
}

/// The page as text. A compressed one is asked for again without compression.
async fn uncompressed(
    reader: &crate::site::Person,
    path: &str,
    compressed: bool,
    html: Vec<u8>,
) -> Result<String> {
    let html = if compressed { reader.gets_plain(path).await? } else { html };
    Ok(String::from_utf8(html)?)
}

fn kilobytes(bytes: usize, encoding: Option<&str>) -> String {
    format!("{:.1} KB ({})", bytes as f64 / 1024.0, encoding.unwrap_or("not compressed"))
}

/// Everything under `/pkg/` that a page names.
fn files(html: &str) -> BTreeSet<String> {
    html.match_indices("/pkg/")
        .filter_map(|(at, _)| {
            let end = html[at..].find(['"', '\'', '`', ' ', ')', '<', '&'])?;
            Some(html[at..at + end].to_owned())
        })
        .filter(|file| file.contains('.'))
        .collect()
}

/// `/pkg/hubbub.0a1b2c.js` as `hubbub.js`, so that two reports can be compared.
fn without_hash(file: &str) -> String {
    let name = file.rsplit('/').next().unwrap_or(file);
    let parts: Vec<&str> = name.split('.').collect();
    match parts.as_slice() {
        [first, .., last] => format!("{first}.{last}"),
        _ => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_of_a_page_are_found_once_each() {
        let html = r#"<link href="/pkg/hubbub.1f.css"><script>import("/pkg/hubbub.2a.js");load('/pkg/hubbub.2a.js')</script> /pkg/ "#;
        let found: Vec<String> = files(html).iter().map(|file| without_hash(file)).collect();
        assert_eq!(found, ["hubbub.css", "hubbub.js"]);
    }
}
