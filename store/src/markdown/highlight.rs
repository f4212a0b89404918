//! Colours for code whose language its author named, as spans with one class each. Like everything here
//! it is done once, when the text is written, and within bounds: what is too long, or takes too long,
//! keeps one colour.

use pulldown_cmark_escape::escape_html;
use std::sync::LazyLock;
use std::time::{Duration, Instant};
use syntect::parsing::{ParseState, Scope, ScopeStack, SyntaxSet};
use syntect::util::LinesWithEndings;

/// Code of one text that is coloured.
pub(super) const CODE_BYTES_MAX: usize = 16 * 1024;
/// A line that is longer was made by a machine.
const LINE_BYTES_MAX: usize = 1024;
/// The rest of a text's code stays as it is after this time.
const WITHIN: Duration = Duration::from_millis(250);

static LANGUAGES: LazyLock<SyntaxSet> = LazyLock::new(two_face::syntax::extra_newlines);

/// What a place in code is, by the beginning of its scope. The first that fits counts.
static KINDS: LazyLock<Vec<(Scope, &'static str)>> = LazyLock::new(|| {
    [
        ("comment", "hl-comment"),
        ("punctuation.definition.comment", "hl-comment"),
        ("string", "hl-string"),
        ("punctuation.definition.string", "hl-string"),
        ("constant.character.escape", "hl-constant"),
        ("constant", "hl-constant"),
        ("keyword.operator", ""),
        ("keyword", "hl-keyword"),
        ("storage", "hl-keyword"),
        ("variable.language", "hl-keyword"),
        ("entity.name.tag", "hl-keyword"),
        ("entity.name", "hl-name"),
        ("entity.other.attribute-name", "hl-name"),
        ("support", "hl-name"),
        ("variable.function", "hl-name"),
        ("markup.inserted", "hl-string"),
        ("markup.deleted", "hl-removed"),
        ("markup.heading", "hl-keyword"),
    ]
    .into_iter()
    .filter_map(|(scope, class)| Some((Scope::new(scope).ok()?, class)))
    .collect()
});

/// The classes that stand in the result.
pub(super) const CLASSES: [&str; 6] =
    ["hl-comment", "hl-constant", "hl-keyword", "hl-name", "hl-removed", "hl-string"];

/// The code as HTML; none if the language is unknown or the bounds are reached.
pub(super) fn highlighted(language: &str, code: &str) -> Option<String> {
    if CODE_BYTES_MAX < code.len() {
        return None;
    }
    let syntax = LANGUAGES.find_syntax_by_token(language)?;
    #[expect(clippy::disallowed_methods, reason = "it bounds work, and nothing that happens depends on it")]
    let began = Instant::now();
    let mut state = ParseState::new(syntax);
    let mut scopes = ScopeStack::new();
    let mut html = Html::default();
    for line in LinesWithEndings::from(code) {
        if LINE_BYTES_MAX < line.len() || WITHIN < began.elapsed() {
            return None;
        }
        let mut written = 0;
        for (at, change) in state.parse_line(line, &LANGUAGES).ok()? {
            html.push(line.get(written..at)?, kind(&scopes));
            written = at;
            scopes.apply(&change).ok()?;
        }
        html.push(&line[written..], kind(&scopes));
    }
    Some(html.end())
}

/// The class of the innermost scope that has one.
fn kind(scopes: &ScopeStack) -> &'static str {
    let kind_of = |scope: &Scope| KINDS.iter().find(|(kind, _)| kind.is_prefix_of(*scope));
    scopes.as_slice().iter().rev().find_map(kind_of).map_or("", |(_, class)| class)
}

/// Text in runs of one class.
#[derive(Default)]
struct Html {
    text: String,
    open: &'static str,
}

impl Html {
    fn push(&mut self, text: &str, class: &'static str) {
        if text.is_empty() {
            return;
        }
        // Spaces have no colour: fewer spans.
        if class != self.open && !text.trim().is_empty() {
            self.close();
            if !class.is_empty() {
                self.text.push_str("<span class=\"");
                self.text.push_str(class);
                self.text.push_str("\">");
            }
            self.open = class;
        }
        escape_html(&mut self.text, text).expect("a string takes everything");
    }

    fn close(&mut self) {
        if !self.open.is_empty() {
            self.text.push_str("</span>");
        }
        self.open = "";
    }

    fn end(mut self) -> String {
        self.close();
        self.text
    }
}
