//! The second wall around HTML: only the tags, attributes and classes that [`super::html`] makes.

use super::highlight;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// Text between two marks, see [`sanitised`].
const RUN_BYTES_MAX: usize = 1024;
/// Never stands in a text: Unicode keeps this one for the inside of programs.
const MARK: char = '\u{FDD0}';
/// The mark with what follows it, as the sanitiser writes it.
const MARKED: &str = "\u{FDD0}&gt;";

/// What looks for the next special character in a text does so up to its end, for
/// each of them, so that a text of ampersands would take quadratic time; it stops early at a `>`.
pub(super) fn sanitised(html: &str) -> String {
    let (mut broken, mut in_tag, mut in_entity, mut run) =
        (String::with_capacity(html.len()), false, false, 0);
    for c in html.chars().filter(|c| *c != MARK) {
        if RUN_BYTES_MAX <= run && !in_tag && !in_entity {
            broken.push(MARK);
            broken.push_str("&gt;");
            run = 0;
        }
        broken.push(c);
        run += c.len_utf8();
        match c {
            '<' => in_tag = true,
            '>' => (in_tag, run) = (false, 0),
            '&' => in_entity = true,
            ';' => in_entity = false,
            _ => {}
        }
    }
    SANITISER.clean(&broken).to_string().replace(MARKED, "")
}

static SANITISER: LazyLock<ammonia::Builder<'static>> = LazyLock::new(|| {
    let tags = [
        "a",
        "blockquote",
        "br",
        "code",
        "del",
        "em",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "input",
        "li",
        "ol",
        "p",
        "pre",
        "span",
        "strong",
        "table",
        "tbody",
        "td",
        "th",
        "thead",
        "tr",
        "ul",
    ];
    let attributes = [
        ("a", HashSet::from(["href", "title", "data-user"])),
        ("code", HashSet::from(["class"])),
        ("input", HashSet::from(["type", "disabled", "checked", "aria-label"])),
        ("ol", HashSet::from(["start"])),
    ];
    let alignments = HashSet::from(["align-left", "align-center", "align-right"]);
    let classes = [
        ("a", HashSet::from(["mention", "room"])),
        ("span", HashSet::from(highlight::CLASSES)),
        ("strong", HashSet::from(["mention"])),
        ("td", alignments.clone()),
        ("th", alignments),
    ];
    let mut sanitiser = ammonia::Builder::new();
    sanitiser
        .tags(HashSet::from(tags))
        .tag_attributes(HashMap::from(attributes))
        .generic_attributes(HashSet::new())
        .allowed_classes(HashMap::from(classes))
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .link_rel(Some("nofollow ugc noopener"))
        .attribute_filter(|element, attribute, value| match (element, attribute) {
            ("code", "class") => is_language(value).then(|| value.into()),
            _ => Some(value.into()),
        });
    sanitiser
});

/// The class of a code block is a language and not one of the page's own classes.
fn is_language(class: &str) -> bool {
    class.strip_prefix("language-").is_some_and(|name| {
        name.len() <= 32 && name.chars().all(|c| c.is_ascii_alphanumeric() || "+-#._".contains(c))
    })
}
