//! Markdown to safe HTML, once, when a text is written.
//!
//! CommonMark with tables, task lists and strikethrough. Two walls stand behind each other:
//! HTML that somebody typed is shown as the text that it is, so every tag of the result was
//! made here; and the result passes a sanitiser that knows only these tags. Images become
//! links, because a picture from elsewhere tells its host who reads here. Time and size are
//! bounded for every input: what nests too deep is flattened, what grows too large is shown
//! as plain text.

mod highlight;
mod pieces;
mod sanitise;

use pieces::{Piece, pieces};
use protocol::message::Broadcast;
use protocol::{ConversationId, UserId, conversation, limits, text};
use pulldown_cmark::{
    Alignment, CodeBlockKind, CowStr, Event, HeadingLevel, LinkType, Options, Parser, Tag, TagEnd,
    TextMergeStream,
};
use sanitise::sanitised;
use std::collections::{HashMap, HashSet};

/// Quotes, lists, emphasis and links inside each other; deeper ones are flattened. The tree
/// builder of the sanitiser takes quadratic time in the depth.
const DEPTH_MAX: usize = 24;
/// Largest result. 64 KiB of the densest honest Markdown stays below half of it.
const HTML_BYTES_MAX: usize = 1024 * 1024;
/// Events of the parser, which bounds the memory before the size of the result is known.
const EVENTS_MAX: usize = 256 * 1024;
/// Longest address or title of a link; a longer one is left out. Browsers go little further.
const ATTRIBUTE_BYTES_MAX: usize = 2048;
/// How much of a text is read for its excerpt.
const EXCERPT_OF_BYTES: usize = 8 * 1024;
/// Different handles, or names of rooms, of one text that are looked up at all.
const HANDLES_MAX: usize = 4 * limits::MENTIONS_MAX;

/// Who is meant by which handle, in which workspace.
#[derive(Clone, Debug, Default)]
pub struct Mentions {
    /// The workspace's name in addresses.
    pub slug: String,
    /// The members among the handles of a text.
    pub people: HashMap<String, UserId>,
    /// The rooms among the names that it links.
    pub rooms: HashMap<String, ConversationId>,
    /// `@here` and `@room` mean everybody.
    pub broadcasts: bool,
}

/// The handles that a text mentions outside of code and links, in order, each once.
#[must_use]
pub fn handles(body: &str) -> Vec<String> {
    let handle = |piece: &Piece<'_>| match piece {
        Piece::Handle(handle) => Some(handle.to_ascii_lowercase()),
        _ => None,
    };
    named(body, '@', handle)
}

/// The names of rooms (`#name`) that a text links outside of code and links, in order, each once.
#[must_use]
pub fn rooms(body: &str) -> Vec<String> {
    let room = |piece: &Piece<'_>| match piece {
        Piece::Room(name) => Some(name.to_lowercase()),
        _ => None,
    };
    named(body, '#', room)
}

/// The pages that a text links outside of code, in order, each once, at most
/// [`limits::LINKS_SHOWN_MAX`].
#[must_use]
pub fn links(body: &str) -> Vec<String> {
    let mut links: Vec<String> = Vec::new();
    if !body.contains("://") {
        return links;
    }
    let mut verbatim = 0_usize;
    for event in parse(body) {
        let mut link = |address: &str| {
            let is_page = ["https://", "http://"].into_iter().any(|scheme| {
                address.get(..scheme.len()).is_some_and(|beginning| beginning.eq_ignore_ascii_case(scheme))
            });
            if is_page
                && address.len() <= limits::LINK_BYTES_MAX
                && !links.iter().any(|known| known == address)
            {
                links.push(address.to_owned());
            }
        };
        match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                verbatim += 1;
                link(&dest_url);
            }
            Event::Start(Tag::CodeBlock(_)) => verbatim += 1,
            Event::End(TagEnd::CodeBlock | TagEnd::Link | TagEnd::Image) => verbatim -= 1,
            Event::Text(text) if verbatim == 0 => {
                for piece in pieces(&text) {
                    if let Piece::Address(address) = piece {
                        link(address);
                    }
                }
            }
            _ => {}
        }
        if limits::LINKS_SHOWN_MAX <= links.len() {
            links.truncate(limits::LINKS_SHOWN_MAX);
            break;
        }
    }
    links
}

fn named(body: &str, mark: char, name: impl Fn(&Piece<'_>) -> Option<String>) -> Vec<String> {
    let mut names = Vec::new();
    // Nearly no text mentions anybody, and the parser is the expensive part.
    if !body.contains(mark) {
        return names;
    }
    let mut seen = HashSet::new();
    let mut verbatim = 0_usize;
    for event in parse(body) {
        match event {
            Event::Start(Tag::CodeBlock(_) | Tag::Link { .. } | Tag::Image { .. }) => verbatim += 1,
            Event::End(TagEnd::CodeBlock | TagEnd::Link | TagEnd::Image) => verbatim -= 1,
            Event::Text(text) if verbatim == 0 => {
                for name in pieces(&text).iter().filter_map(&name) {
                    if seen.insert(name.clone()) {
                        names.push(name);
                    }
                }
            }
            _ => {}
        }
        if HANDLES_MAX <= names.len() {
            names.truncate(HANDLES_MAX);
            break;
        }
    }
    names
}

/// The text as safe HTML.
#[must_use]
pub fn html(body: &str, mentions: &Mentions) -> String {
    let mut page = Page {
        mentions,
        events: Vec::new(),
        kept: Vec::new(),
        depth: 0,
        verbatim: 0,
        code: None,
        coloured: 0,
        table: Table::default(),
    };
    for event in parse(body) {
        page.push(event);
        if EVENTS_MAX < page.events.len() {
            return plain(body);
        }
    }
    let html = rendered(page.events);
    if HTML_BYTES_MAX < html.len() {
        return plain(body);
    }
    sanitised(&html)
}

/// The beginning of what the text says, on one line and without its marks.
#[must_use]
pub fn excerpt(body: &str) -> String {
    let beginning = &body[..body.floor_char_boundary(EXCERPT_OF_BYTES)];
    // A character has at most four bytes, and some of them may be spaces that fold.
    text::excerpt(&without_marks_up_to(beginning, limits::EXCERPT_CHARS_MAX * 8), limits::EXCERPT_CHARS_MAX)
}

/// What the text says, without its marks.
#[must_use]
pub fn without_marks(body: &str) -> String {
    without_marks_up_to(body, usize::MAX)
}

fn without_marks_up_to(body: &str, bytes: usize) -> String {
    let mut words = String::new();
    for event in parse(body) {
        match event {
            Event::Text(piece) | Event::Code(piece) | Event::Html(piece) | Event::InlineHtml(piece) => {
                words.push_str(&piece);
            }
            Event::SoftBreak | Event::HardBreak => words.push(' '),
            Event::End(
                TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::Item | TagEnd::CodeBlock | TagEnd::TableCell,
            ) => words.push(' '),
            _ => {}
        }
        if bytes < words.len() {
            break;
        }
    }
    words
}

fn parse(body: &str) -> impl Iterator<Item = Event<'_>> {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    TextMergeStream::new(Parser::new_ext(body, options))
}

/// What is left when the marks cannot be rendered within bounds.
fn plain(body: &str) -> String {
    let paragraph = [Event::Start(Tag::Paragraph), Event::Text(body.into()), Event::End(TagEnd::Paragraph)];
    sanitised(&rendered(paragraph.into()))
}

fn rendered(events: Vec<Event<'_>>) -> String {
    let mut html = String::new();
    pulldown_cmark::html::push_html(&mut html, events.into_iter());
    html
}

/// Rewrites the parser's events before they become HTML.
struct Page<'a> {
    mentions: &'a Mentions,
    events: Vec<Event<'a>>,
    /// For each open tag that can nest: whether it is in the result.
    kept: Vec<bool>,
    /// Those of them that are.
    depth: usize,
    /// Open code blocks and links, in which text stays as it is.
    verbatim: usize,
    /// The open code block whose language is named, and its text.
    code: Option<(CowStr<'a>, String)>,
    /// Bytes of code that were looked at for colours.
    coloured: usize,
    table: Table,
}

/// Where in a table we are. The renderer would align cells by a style attribute, which the
/// content security policy forbids.
#[derive(Default)]
struct Table {
    alignments: Vec<Alignment>,
    column: usize,
    head: bool,
}

impl<'a> Page<'a> {
    fn push(&mut self, event: Event<'a>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) if self.verbatim == 0 => self.text(text),
            Event::Text(text) if self.code.is_some() => {
                if let Some((_, code)) = &mut self.code {
                    code.push_str(&text);
                }
            }
            Event::Html(text) | Event::InlineHtml(text) => self.events.push(Event::Text(text)),
            Event::TaskListMarker(done) => {
                let (checked, label) = if done { (" checked", "Done") } else { ("", "To do") };
                self.raw(format!("<input type=\"checkbox\" disabled{checked} aria-label=\"{label}\"> "));
            }
            other => self.events.push(other),
        }
    }

    fn start(&mut self, tag: Tag<'a>) {
        match tag {
            Tag::HtmlBlock => self.events.push(Event::Start(Tag::Paragraph)),
            Tag::Heading { level, .. } => {
                let heading =
                    Tag::Heading { level: below_the_title(level), id: None, classes: vec![], attrs: vec![] };
                self.events.push(Event::Start(heading));
            }
            Tag::CodeBlock(ref kind) => {
                self.verbatim += 1;
                if let CodeBlockKind::Fenced(language) = kind
                    && !language.is_empty()
                {
                    self.code = Some((language.clone(), String::new()));
                }
                self.events.push(Event::Start(tag));
            }
            Tag::Table(ref alignments) => {
                self.table = Table { alignments: alignments.clone(), column: 0, head: false };
                self.events.push(Event::Start(tag));
            }
            Tag::TableHead | Tag::TableRow => {
                self.table.column = 0;
                self.table.head = matches!(tag, Tag::TableHead);
                self.events.push(Event::Start(tag));
            }
            Tag::TableCell => self.cell(),
            Tag::Image { dest_url, title, .. } => self.link(dest_url, title),
            Tag::Link { dest_url, title, link_type, .. } => {
                let mail = link_type == LinkType::Email;
                self.link(if mail { format!("mailto:{dest_url}").into() } else { dest_url }, title);
            }
            // A list that was flattened takes its items with it.
            Tag::Item => {
                let keep = self.kept.last().copied().unwrap_or(true);
                self.open(tag, keep);
            }
            Tag::BlockQuote(_) | Tag::List(_) | Tag::Emphasis | Tag::Strong | Tag::Strikethrough => {
                let keep = self.depth < DEPTH_MAX;
                self.open(tag, keep);
            }
            other => self.events.push(Event::Start(other)),
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::HtmlBlock => self.events.push(Event::End(TagEnd::Paragraph)),
            TagEnd::Heading(level) => self.events.push(Event::End(TagEnd::Heading(below_the_title(level)))),
            TagEnd::CodeBlock => {
                self.verbatim -= 1;
                if let Some((language, code)) = self.code.take() {
                    self.coloured += code.len();
                    let is_within = self.coloured <= highlight::CODE_BYTES_MAX;
                    let name = language.split([',', ' ', '{']).next().unwrap_or_default();
                    match is_within.then(|| highlight::highlighted(name, &code)).flatten() {
                        Some(html) => self.raw(html),
                        None => self.events.push(Event::Text(code.into())),
                    }
                }
                self.events.push(Event::End(tag));
            }
            TagEnd::TableCell => self.raw(if self.table.head { "</th>" } else { "</td>" }),
            TagEnd::Link | TagEnd::Image => {
                self.verbatim -= 1;
                self.close(TagEnd::Link);
            }
            TagEnd::Item
            | TagEnd::BlockQuote(_)
            | TagEnd::List(_)
            | TagEnd::Emphasis
            | TagEnd::Strong
            | TagEnd::Strikethrough => self.close(tag),
            other => self.events.push(Event::End(other)),
        }
    }

    fn open(&mut self, tag: Tag<'a>, keep: bool) {
        self.kept.push(keep);
        if keep {
            self.depth += 1;
            self.events.push(Event::Start(tag));
        }
    }

    fn close(&mut self, tag: TagEnd) {
        if self.kept.pop().unwrap_or(false) {
            self.depth -= 1;
            self.events.push(Event::End(tag));
        }
    }

    /// A link, unless it stands inside another one (an image in a link).
    fn link(&mut self, dest_url: CowStr<'a>, title: CowStr<'a>) {
        let fits = dest_url.len() <= ATTRIBUTE_BYTES_MAX && title.len() <= ATTRIBUTE_BYTES_MAX;
        let keep = fits && self.verbatim == 0 && self.depth < DEPTH_MAX;
        self.verbatim += 1;
        self.open(Tag::Link { link_type: LinkType::Inline, dest_url, title, id: CowStr::Borrowed("") }, keep);
    }

    fn cell(&mut self) {
        let name = if self.table.head { "th" } else { "td" };
        let class = match self.table.alignments.get(self.table.column) {
            Some(Alignment::Left) => " class=\"align-left\"",
            Some(Alignment::Center) => " class=\"align-center\"",
            Some(Alignment::Right) => " class=\"align-right\"",
            Some(Alignment::None) | None => "",
        };
        self.table.column += 1;
        self.raw(format!("<{name}{class}>"));
    }

    /// Running text: handles of members, names of rooms and bare addresses become links.
    fn text(&mut self, text: CowStr<'a>) {
        if !text.contains(['@', '#']) && !text.contains("://") {
            self.events.push(Event::Text(text));
            return;
        }
        for piece in pieces(&text) {
            match piece {
                Piece::Words(words) => self.events.push(Event::Text(words.to_owned().into())),
                Piece::Handle(typed) if self.means_everybody(typed) => {
                    self.raw(format!("<strong class=\"mention\">@{}</strong>", typed.to_ascii_lowercase()));
                }
                Piece::Room(typed) => match self.mentions.rooms.get(&typed.to_lowercase()) {
                    Some(room) => {
                        let path = conversation::path(&self.mentions.slug, *room);
                        self.raw(format!("<a class=\"room\" href=\"{path}\">"));
                        self.events.push(Event::Text(format!("#{}", typed.to_lowercase()).into()));
                        self.raw("</a>");
                    }
                    None => self.events.push(Event::Text(format!("#{typed}").into())),
                },
                Piece::Handle(typed) => {
                    let handle = typed.to_ascii_lowercase();
                    match self.mentions.people.get(&handle) {
                        Some(user) => {
                            let slug = &self.mentions.slug;
                            // A handle and a slug are plain ASCII, so nothing needs escaping.
                            self.raw(format!(
                                "<a class=\"mention\" href=\"/w/{slug}/people/{handle}\" data-user=\"{user}\">@{handle}</a>"
                            ));
                        }
                        None => self.events.push(Event::Text(format!("@{typed}").into())),
                    }
                }
                Piece::Address(address) => {
                    self.link(address.to_owned().into(), CowStr::Borrowed(""));
                    self.events.push(Event::Text(address.to_owned().into()));
                    self.end(TagEnd::Link);
                }
            }
        }
    }

    fn means_everybody(&self, handle: &str) -> bool {
        let words = [Broadcast::Here, Broadcast::Room].map(Broadcast::word);
        self.mentions.broadcasts && words.iter().any(|word| handle.eq_ignore_ascii_case(word))
    }

    fn raw(&mut self, html: impl Into<CowStr<'a>>) {
        self.events.push(Event::InlineHtml(html.into()));
    }
}

/// The page has the first heading and the post's title the second.
fn below_the_title(level: HeadingLevel) -> HeadingLevel {
    match level {
        HeadingLevel::H1 => HeadingLevel::H3,
        HeadingLevel::H2 => HeadingLevel::H4,
        HeadingLevel::H3 => HeadingLevel::H5,
        HeadingLevel::H4 | HeadingLevel::H5 | HeadingLevel::H6 => HeadingLevel::H6,
    }
}
