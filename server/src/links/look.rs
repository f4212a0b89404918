//! Looking at a page: as far as anybody may, as long as the limits say, and no further than its head.
//!
//! Whoever writes a text chooses the address, and whoever runs that page chooses where it sends us. So
//! each step is checked as the first one is ([`Reach`]), and what comes is taken for what it may be:
//! endless, slow, huge, or no page at all.

use super::head;
use crate::outside::Reach;
use encoding_rs::{Encoding, UTF_8};
use protocol::limits;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderName, LOCATION};
use reqwest::{Response, StatusCode};
use std::time::Duration;
use store::PageSays;
use url::Url;

/// The page is named at the end of this.
const HEAD_END: &[u8] = b"</head";
/// Where a page says how it is written, if nobody else does.
const CHARSET_WITHIN_BYTES: usize = 1024;

/// Why nothing is known of a page.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unseen {
    #[error("this is no address of a page that anybody may look at")]
    Forbidden,
    #[error("it did not answer")]
    Unreachable(#[from] reqwest::Error),
    #[error("it answered {0}")]
    Refused(StatusCode),
    #[error("it leads on and on")]
    Astray,
    #[error("it is no HTML")]
    NoHtml,
    #[error("it has no title")]
    Nameless,
    #[error("it took too long")]
    Slow,
}

impl Unseen {
    /// For the figures.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Forbidden => "forbidden",
            Self::Unreachable(_) => "unreachable",
            Self::Refused(_) => "refused",
            Self::Astray => "astray",
            Self::NoHtml => "no_html",
            Self::Nameless => "nameless",
            Self::Slow => "slow",
        }
    }
}

/// What looks.
pub(super) struct Eyes {
    client: reqwest::Client,
    reach: Reach,
    /// This site, which shows nothing to somebody who is not signed in.
    own: Option<String>,
    within: Duration,
}

impl Eyes {
    pub(super) fn new(reach: Reach, public_url: &str, within: Duration) -> reqwest::Result<Self> {
        let own: Option<Url> = public_url.parse().ok();
        let own = own.and_then(|url| url.host_str().map(str::to_owned));
        Ok(Self { client: reach.client(within)?, reach, own, within })
    }

    /// What a page says of itself.
    pub(super) async fn look_at(&self, url: &str) -> Result<PageSays, Unseen> {
        let looked = tokio::time::timeout(self.within, self.read(url)).await;
        let (url, html) = looked.map_err(|_| Unseen::Slow)??;
        // Reading a large page is work.
        let read = tokio::task::spawn_blocking(move || head::says(&html, url.host_str().unwrap_or_default()));
        read.await.ok().flatten().ok_or(Unseen::Nameless)
    }

    /// The beginning of the page, and where it was in the end.
    async fn read(&self, url: &str) -> Result<(Url, String), Unseen> {
        let mut url: Url = url.parse().map_err(|_| Unseen::Forbidden)?;
        for _ in 0..=limits::LINK_REDIRECTS_MAX {
            if !self.reach.allows_page(&url) || url.host_str() == self.own.as_deref() {
                return Err(Unseen::Forbidden);
            }
            let request = self.client.get(url.clone()).header(ACCEPT, "text/html, application/xhtml+xml");
            let answer = request.send().await?;
            let status = answer.status();
            if !status.is_redirection() {
                return if status.is_success() {
                    Ok((url, html(answer).await?))
                } else {
                    Err(Unseen::Refused(status))
                };
            }
            url = url.join(header(&answer, LOCATION)).map_err(|_| Unseen::Forbidden)?;
        }
        Err(Unseen::Astray)
    }
}

fn header(answer: &Response, name: HeaderName) -> &str {
    answer.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// The page up to where its head ends.
async fn html(mut answer: Response) -> Result<String, Unseen> {
    let media_type = header(&answer, CONTENT_TYPE).to_ascii_lowercase();
    let kind = media_type.split(';').next().unwrap_or_default().trim();
    if !matches!(kind, "text/html" | "application/xhtml+xml") {
        return Err(Unseen::NoHtml);
    }
    let mut bytes: Vec<u8> = Vec::new();
    while bytes.len() < limits::LINK_PAGE_BYTES_MAX {
        let Some(chunk) = answer.chunk().await? else { break };
        let new = bytes.len().saturating_sub(HEAD_END.len());
        let room = limits::LINK_PAGE_BYTES_MAX - bytes.len();
        bytes.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if bytes[new..].windows(HEAD_END.len()).any(|window| window.eq_ignore_ascii_case(HEAD_END)) {
            break;
        }
    }
    Ok(text(&bytes, &media_type))
}

/// The bytes as text: written as the answer says, otherwise as the page itself does.
fn text(bytes: &[u8], media_type: &str) -> String {
    let beginning = &bytes[..bytes.len().min(CHARSET_WITHIN_BYTES)];
    let said = charset(media_type).or_else(|| charset(&String::from_utf8_lossy(beginning).to_lowercase()));
    said.unwrap_or(UTF_8).decode(bytes).0.into_owned()
}

fn charset(text: &str) -> Option<&'static Encoding> {
    let (_, after) = text.split_once("charset=")?;
    let after = after.trim_start_matches(['"', '\'', ' ']);
    let end = after.find(|c: char| !c.is_ascii_alphanumeric() && !"-_.:".contains(c)).unwrap_or(after.len());
    Encoding::for_label(&after.as_bytes()[..end])
}

#[cfg(test)]
mod tests;
