//! Search: the language of queries, which the page and the server read with the same parser, and hits.
//!
//! `winter "new holds" from:@ada in:#general before:2026-11-01 has:file` is words and phrases, all of
//! which must be found, and filters: several of one kind are alternatives.

use crate::conversation::ConversationKind;
use crate::file::percent_encoded;
use crate::page::PageKey;
use crate::{ConversationId, Error, Person, Timestamp, WorkspaceId, limits};
use serde::{Deserialize, Serialize};
use std::fmt;

mod parse;

/// Arguments of `search.query`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchQuery {
    /// Where to look.
    pub workspace: WorkspaceId,
    /// What was typed; see [`Query`].
    pub q: String,
    /// What comes first.
    #[serde(default)]
    pub order: SearchOrder,
    /// The key of the next page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<PageKey>,
}

/// What comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SearchOrder {
    /// What fits best, of the newest [`limits::SEARCH_RANKED_MAX`] matches.
    #[default]
    Best,
    /// What is newest, down to the oldest.
    Newest,
}

impl SearchOrder {
    /// The word on the wire and in addresses.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Best => "best",
            Self::Newest => "newest",
        }
    }
}

/// What was typed, understood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// In the order in which they stand.
    pub parts: Vec<Part>,
}

/// A piece of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// A word, or a part of one.
    Word(String),
    /// Words that stand one after the other.
    Phrase(String),
    /// `from:@ada`: by this person.
    From(String),
    /// `in:#general` or `in:feed`.
    In(Within),
    /// `before:2026-11-21`: from before this day, in UTC.
    Before(Timestamp),
    /// `after:2026-11-21`: from this day on, in UTC.
    After(Timestamp),
    /// `has:file` or `has:link`.
    Has(Has),
}

/// Where a hit stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Within {
    /// The room with this name.
    Room(String),
    /// Posts and their comments.
    Feed,
}

/// What a hit brings with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Has {
    /// A file.
    File,
    /// A link out of the workspace.
    Link,
}

impl Query {
    /// Reads what was typed.
    ///
    /// # Errors
    /// 422 when it is too long, and for a filter whose value cannot be read.
    pub fn parse(text: &str) -> Result<Self, Error> {
        if limits::SEARCH_CHARS_MAX < text.chars().count() {
            let message = format!("At most {} characters.", limits::SEARCH_CHARS_MAX);
            return Err(Error::invalid("q", message));
        }
        let parts = parse::parts(text)?;
        if limits::SEARCH_PARTS_MAX < parts.len() {
            let message = format!("At most {} words.", limits::SEARCH_PARTS_MAX);
            return Err(Error::invalid("q", message));
        }
        Ok(Self { parts })
    }

    /// Whether nothing is asked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Whether this filter is in it.
    #[must_use]
    pub fn has(&self, part: &Part) -> bool {
        self.parts.contains(part)
    }

    /// The query without one of its parts.
    #[must_use]
    pub fn without(&self, gone: &Part) -> Self {
        Self { parts: self.parts.iter().filter(|part| *part != gone).cloned().collect() }
    }

    /// The query with one more part.
    #[must_use]
    pub fn with(&self, more: Part) -> Self {
        Self { parts: self.parts.iter().cloned().chain([more]).collect() }
    }
}

impl Part {
    /// It narrows, and is not looked for in texts.
    #[must_use]
    pub fn is_filter(&self) -> bool {
        !matches!(self, Self::Word(_) | Self::Phrase(_))
    }
}

/// As it would be typed.
impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, part) in self.parts.iter().enumerate() {
            if index != 0 {
                f.write_str(" ")?;
            }
            part.fmt(f)?;
        }
        Ok(())
    }
}

/// As it would be typed.
impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Word(word) => f.write_str(word),
            Self::Phrase(phrase) => write!(f, "\"{phrase}\""),
            Self::From(handle) => write!(f, "from:@{handle}"),
            Self::In(Within::Room(name)) => write!(f, "in:#{name}"),
            Self::In(Within::Feed) => f.write_str("in:feed"),
            Self::Before(at) => write!(f, "before:{}", at.day()),
            Self::After(at) => write!(f, "after:{}", at.day()),
            Self::Has(Has::File) => f.write_str("has:file"),
            Self::Has(Has::Link) => f.write_str("has:link"),
        }
    }
}

/// A page of hits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchPage {
    /// The hits in the order that was asked for.
    pub hits: Vec<Hit>,
    /// Where the next page begins.
    pub next: Option<PageKey>,
}

/// Something that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hit {
    /// What it is.
    pub kind: HitKind,
    /// Where it stands.
    pub place: HitPlace,
    /// Who wrote or brought it.
    pub author: Person,
    /// When.
    pub at: Timestamp,
    /// The title of the post, of a comment that of its post, the name of a file; none of a message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Marked>,
    /// The part of the text that was looked for, on one line; empty for a file.
    pub excerpt: Marked,
    /// The address on this instance where it opens.
    pub link: String,
}

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HitKind {
    /// A message in a conversation or in a thread of it.
    Message,
    /// A post.
    Post,
    /// A comment under a post.
    Comment,
    /// The name of a file.
    File,
}

impl HitKind {
    /// The word on the wire and in the database.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Post => "post",
            Self::Comment => "comment",
            Self::File => "file",
        }
    }
}

/// Where a hit stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HitPlace {
    /// In the feed of the workspace.
    Feed,
    /// In a conversation.
    Conversation {
        /// Which.
        id: ConversationId,
        /// Its kind.
        kind: ConversationKind,
        /// Its name, of one without a name those of the others in it.
        name: String,
    },
}

/// A text with the parts that were looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marked {
    /// The text, no HTML.
    pub text: String,
    /// What to mark, in order and apart from each other.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<Mark>,
}

/// A part of a text, counted in Unicode characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Its first character.
    pub start: u32,
    /// The one after its last.
    pub end: u32,
}

impl Marked {
    /// The text in pieces, with whether each is marked.
    #[must_use]
    pub fn pieces(&self) -> Vec<(String, bool)> {
        let mut pieces: Vec<(String, bool)> = Vec::new();
        for (index, c) in (0_u32..).zip(self.text.chars()) {
            let is_marked = self.marks.iter().any(|mark| (mark.start..mark.end).contains(&index));
            match pieces.last_mut() {
                Some((piece, marked)) if *marked == is_marked => piece.push(c),
                _ => pieces.push((c.to_string(), is_marked)),
            }
        }
        pieces
    }
}

/// The address of the page that shows what is found.
#[must_use]
pub fn path(slug: &str, q: &str, order: SearchOrder) -> String {
    let order = match order {
        SearchOrder::Best => "",
        SearchOrder::Newest => "&order=newest",
    };
    format!("/w/{slug}/search?q={}{order}", percent_encoded(q))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_without_a_part_reads_as_it_would_be_typed() {
        let typed =
            r#"soup "New holds"  from:@Ada in:#General in:feed before:2026-11-21 after:2025 has:link"#;
        let query = Query::parse(typed).unwrap();
        let spelled =
            r#"soup "New holds" from:@ada in:#general in:feed before:2026-11-21 after:2025-01-01 has:link"#;
        assert_eq!(query.to_string(), spelled);
        assert_eq!(Query::parse(spelled).unwrap(), query);
        let less = query.without(&Part::Has(Has::Link)).without(&Part::Word("soup".to_owned()));
        assert!(!less.has(&Part::Has(Has::Link)) && !less.to_string().contains("soup"));
        assert_eq!(less.with(Part::Has(Has::File)).parts.last(), Some(&Part::Has(Has::File)));
    }

    #[test]
    fn a_query_has_a_longest_length() {
        assert!(Query::parse(&"x".repeat(limits::SEARCH_CHARS_MAX)).is_ok());
        let long = Query::parse(&"x".repeat(10_000)).unwrap_err();
        assert_eq!((long.status(), long.field.as_deref()), (422, Some("q")));
        assert_eq!(Query::parse(&"x ".repeat(limits::SEARCH_PARTS_MAX + 1)).unwrap_err().status(), 422);
    }

    #[test]
    fn marks_are_counted_in_characters() {
        let mark = |start, end| Mark { start, end };
        let marked = Marked { text: "für 北京!".to_owned(), marks: vec![mark(0, 3), mark(4, 6)] };
        let pieces: Vec<(String, bool)> = marked.pieces();
        let texts: Vec<(&str, bool)> = pieces.iter().map(|(text, marked)| (text.as_str(), *marked)).collect();
        assert_eq!(texts, [("für", true), (" ", false), ("北京", true), ("!", false)]);
    }

    #[test]
    fn the_address_of_a_search_holds_any_query() {
        let address = path("attic", "a&b #c \"d\"", SearchOrder::Newest);
        assert_eq!(address, "/w/attic/search?q=a%26b%20%23c%20%22d%22&order=newest");
    }
}
