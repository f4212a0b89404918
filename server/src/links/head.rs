//! What a page says of itself in its head: OpenGraph first, then Twitter's words, then HTML's own.
//!
//! html5ever's tokenizer reads it, without building a tree. It looks through all attributes of a tag
//! for each further one, so a tag of a hundred thousand would take minutes: reading ends at a tag that
//! no honest page has.

use html5ever::Attribute;
use html5ever::buffer_queue::BufferQueue;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};
use protocol::{limits, text};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use store::PageSays;

/// The tokenizer gets a page in pieces of this size …
const PIECE_BYTES: usize = 4 * 1024;
/// … and a tag or a comment that goes on through more of them ends the reading.
const PIECES_SILENT_MAX: usize = 16;
/// So does a tag with more attributes than this.
const ATTRIBUTES_MAX: usize = 100;
/// Of a title not more than this is kept while it is read.
const TITLE_BYTES_MAX: usize = 16 * 1024;

const TITLES: [&str; 2] = ["og:title", "twitter:title"];
const DESCRIPTIONS: [&str; 3] = ["og:description", "twitter:description", "description"];
const SITES: [&str; 2] = ["og:site_name", "application-name"];

/// What the page says; nothing without a title. `host` names the site if the page does not.
pub(super) fn says(html: &str, host: &str) -> Option<PageSays> {
    let tokenizer = Tokenizer::new(Head::default(), TokenizerOpts::default());
    let input = BufferQueue::default();
    let (mut rest, mut silent) = (html, 0);
    while !rest.is_empty() && !tokenizer.sink.ended.get() && silent < PIECES_SILENT_MAX {
        let (piece, after) = rest.split_at(rest.floor_char_boundary(PIECE_BYTES));
        rest = after;
        let before = tokenizer.sink.tokens.get();
        input.push_back(StrTendril::from(piece));
        // It never stops for a script or an encoding: this sink does not ask it to.
        let _ = tokenizer.feed(&input);
        silent = if before == tokenizer.sink.tokens.get() { silent + 1 } else { 0 };
    }
    tokenizer.sink.into_page(host)
}

/// What was found so far.
#[derive(Default)]
struct Head {
    /// Between the tags of the first `<title>`.
    in_title: Cell<bool>,
    title: RefCell<Option<String>>,
    /// The first of each name.
    metas: RefCell<HashMap<String, String>>,
    tokens: Cell<usize>,
    ended: Cell<bool>,
}

impl Head {
    fn into_page(self, host: &str) -> Option<PageSays> {
        let metas = self.metas.into_inner();
        let first = |names: &[&str], chars_max| {
            let said = names.iter().filter_map(|name| metas.get(*name));
            said.map(|said| text::foreign(said, chars_max)).find(|said| !said.is_empty())
        };
        let own = text::foreign(&self.title.into_inner().unwrap_or_default(), limits::LINK_TITLE_CHARS_MAX);
        let title =
            first(&TITLES, limits::LINK_TITLE_CHARS_MAX).or(Some(own)).filter(|title| !title.is_empty())?;
        let site = first(&SITES, limits::LINK_SITE_CHARS_MAX);
        let host = host.strip_prefix("www.").unwrap_or(host);
        Some(PageSays {
            site: site.unwrap_or_else(|| text::foreign(host, limits::LINK_SITE_CHARS_MAX)),
            title,
            description: first(&DESCRIPTIONS, limits::LINK_DESCRIPTION_CHARS_MAX).unwrap_or_default(),
        })
    }

    fn start(&self, tag: &Tag) -> TokenSinkResult<()> {
        if ATTRIBUTES_MAX < tag.attrs.len() {
            self.ended.set(true);
        }
        match &*tag.name {
            "body" => self.ended.set(true),
            "meta" => self.meta(&tag.attrs),
            "title" => {
                let mut title = self.title.borrow_mut();
                self.in_title.set(title.is_none());
                title.get_or_insert_default();
                return TokenSinkResult::RawData(RawKind::Rcdata);
            }
            "textarea" => return TokenSinkResult::RawData(RawKind::Rcdata),
            "script" => return TokenSinkResult::RawData(RawKind::ScriptData),
            "style" | "xmp" | "iframe" | "noembed" | "noframes" => {
                return TokenSinkResult::RawData(RawKind::Rawtext);
            }
            _ => {}
        }
        TokenSinkResult::Continue
    }

    fn meta(&self, attributes: &[Attribute]) {
        let value = |name: &str| {
            let found = attributes.iter().find(|attribute| &*attribute.name.local == name);
            found.map(|attribute| &*attribute.value)
        };
        let Some((name, content)) = value("property").or(value("name")).zip(value("content")) else { return };
        let name = name.trim().to_ascii_lowercase();
        let known = TITLES.iter().chain(&DESCRIPTIONS).chain(&SITES).any(|known| *known == name);
        if known && !content.trim().is_empty() {
            self.metas.borrow_mut().entry(name).or_insert_with(|| content.to_owned());
        }
    }
}

impl TokenSink for Head {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        if !matches!(token, Token::ParseError(_)) {
            self.tokens.set(self.tokens.get() + 1);
        }
        match token {
            _ if self.ended.get() => {}
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => return self.start(&tag),
            Token::TagToken(tag) => match &*tag.name {
                "title" => self.in_title.set(false),
                "head" => self.ended.set(true),
                _ => {}
            },
            Token::CharacterTokens(words) if self.in_title.get() => {
                let mut title = self.title.borrow_mut();
                let title = title.get_or_insert_default();
                if title.len() < TITLE_BYTES_MAX {
                    title.push_str(&words);
                }
            }
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(html: &str) -> Option<(String, String, String)> {
        says(html, "www.example.org").map(|page| (page.site, page.title, page.description))
    }

    fn some(site: &str, title: &str, description: &str) -> Option<(String, String, String)> {
        Some((site.to_owned(), title.to_owned(), description.to_owned()))
    }

    #[test]
    fn a_page_is_what_its_head_says_it_is() {
        for (html, expected) in [
            ("<title>Soup &amp; bread</title>", some("example.org", "Soup & bread", "")),
            (
                "<!doctype html><html><head><title>Soup | Example</title>
                 <meta name=description content='For many.'><meta property='og:title' content='Soup'>
                 <meta property='OG:Site_Name' content='Example'></head>",
                some("Example", "Soup", "For many."),
            ),
            (
                "<meta name=twitter:title content=T><meta name='twitter:description' content='D'>
                 <meta name='description' content='other'>",
                some("example.org", "T", "D"),
            ),
            ("<meta property=og:title content=' '><title>Own</title>", some("example.org", "Own", "")),
            ("<script>'<title>No</title>'</script><title>Yes</title>", some("example.org", "Yes", "")),
            ("<title>First</title><title>Second</title>", some("example.org", "First", "")),
            ("<title>a < b</title>", some("example.org", "a < b", "")),
        ] {
            assert_eq!(page(html), expected, "{html}");
        }
    }

    #[test]
    fn a_page_without_a_title_says_nothing() {
        for html in [
            "",
            "<p>hello",
            "<title> \n</title>",
            "<body><title>Late</title>",
            "\u{0}\u{1}",
            "<head></head><title>Late</title>",
            "<meta name=description content=alone>",
        ] {
            assert_eq!(page(html), None, "{html}");
        }
    }

    #[test]
    fn its_words_are_one_short_line_that_turns_nothing_around() {
        let html = format!(
            "<title>invoice\u{202E}fdp.exe\n<b>\u{7}</title><meta name=description content='{}'>",
            "very long ".repeat(200)
        );
        let (_, title, description) = page(&html).unwrap();
        assert_eq!(title, "invoicefdp.exe <b>");
        assert!(
            description.chars().count() <= limits::LINK_DESCRIPTION_CHARS_MAX && description.ends_with('…')
        );
    }

    /// With all of its attributes the first of these would take minutes.
    #[test]
    fn reading_ends_at_a_tag_that_no_honest_page_has() {
        let attributes = |count| (0..count).map(|n| format!(" a{n}")).collect::<String>();
        for (html, is_read) in [
            (format!("<p{}>", attributes(200_000)), false),
            (format!("<p{}>", attributes(ATTRIBUTES_MAX + 1)), false),
            (format!("<p{}>", attributes(ATTRIBUTES_MAX)), true),
            (format!("<!--{}-->", "x".repeat(PIECE_BYTES * (PIECES_SILENT_MAX + 2))), false),
            (format!("<!--{}-->", "x".repeat(PIECE_BYTES * PIECES_SILENT_MAX / 2)), true),
            ("<b x=1 ".repeat(100_000), false),
            ("<b>&amp;".repeat(100_000), true),
        ] {
            let found = page(&format!("{html}<title>x</title>"));
            assert_eq!(found.is_some(), is_read, "{}", &html[..20]);
        }
    }
}
