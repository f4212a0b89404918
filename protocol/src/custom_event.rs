//! Custom events: what a company's other programs tell a workspace, or one person in it.
//!
//! Their kinds are free, `<noun>:<verb>`; a workspace may register some with a JSON Schema that payloads
//! of them have to fit.

use crate::json::Json;
use crate::page::PageKey;
use crate::position::TopicPosition;
use crate::{CustomEventId, Error, Person, Timestamp, UserId, WorkspaceId, limits, text};
use serde::{Deserialize, Serialize};

/// A custom event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomEvent {
    /// Its id, made by who published it.
    pub id: CustomEventId,
    /// Where it happened.
    pub workspace: WorkspaceId,
    /// The only one whom it concerns; none: everybody in the workspace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<UserId>,
    /// `<noun>:<verb>`.
    pub kind: String,
    /// Whatever the publisher says of it.
    pub payload: Json,
    /// What people were notified with, if they were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice: Option<Notice>,
    /// Who published it, most often a bot.
    pub source: Person,
    /// When the server took it. No two of a workspace have the same: the list's order, newest first.
    pub at: Timestamp,
}

/// What people are notified with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// One line.
    pub text: String,
    /// Where it leads: an address with https or http, or a path of this site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

/// One event of `events.publish`. The same id again gives back the event that is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewCustomEvent {
    /// Made by the caller.
    pub id: CustomEventId,
    /// `<noun>:<verb>`.
    pub kind: String,
    /// JSON; nothing is `{}`.
    #[serde(default = "Json::empty")]
    pub payload: Json,
    /// The only one whom it concerns; none: everybody in the workspace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<UserId>,
    /// Notifies those whom it concerns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice: Option<Notice>,
}

/// What became of one event of `events.publish`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Published {
    /// It is there.
    Event(CustomEvent),
    /// Why it is not.
    Error(Error),
}

impl NewCustomEvent {
    /// The event with its texts made clean, and its payload as a value.
    ///
    /// # Errors
    /// 413 or 422 with the field that does not fit.
    pub fn validate(self) -> Result<(Self, serde_json::Value), Error> {
        let kind = kind(&self.kind)?;
        let (payload, value) = self.payload.checked("payload", limits::EVENT_PAYLOAD_BYTES_MAX)?;
        let notice = self.notice.map(Notice::validate).transpose()?;
        Ok((Self { kind, payload, notice, ..self }, value))
    }

    /// Whether this is what was published as `known`.
    #[must_use]
    pub fn is_again(&self, known: &CustomEvent) -> bool {
        let mine = (&self.kind, &self.payload, self.person, &self.notice);
        mine == (&known.kind, &known.payload, known.person, &known.notice)
    }
}

impl Notice {
    fn validate(self) -> Result<Self, Error> {
        let text = text::line("notice", &self.text, limits::EVENT_NOTICE_CHARS_MAX)?;
        let link = self.link.as_deref().map(link).transpose()?;
        Ok(Self { text, link })
    }
}

/// A name of two words: `invoice:paid`, `purchase_order:sent_back`.
///
/// # Errors
/// 422 when it is none.
pub fn kind(text: &str) -> Result<String, Error> {
    let is_kind = text.split_once(':').is_some_and(|(noun, verb)| is_word(noun) && is_word(verb));
    if text.len() <= limits::EVENT_KIND_BYTES_MAX && is_kind {
        return Ok(text.to_owned());
    }
    let most = limits::EVENT_KIND_BYTES_MAX;
    let message = format!(
        "A kind is a noun and a verb like invoice:paid, in small letters, digits and _, at most {most} characters."
    );
    Err(Error::invalid("kind", message))
}

/// Small letters, digits and `_`, a letter first.
#[must_use]
pub fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// What stands before the `:`.
#[must_use]
pub fn noun(kind: &str) -> &str {
    kind.split_once(':').map_or(kind, |(noun, _)| noun)
}

/// A kind as people read it: "invoice paid".
#[must_use]
pub fn words(kind: &str) -> String {
    kind.replace([':', '_'], " ")
}

/// Whether an address leads out of this site.
#[must_use]
pub fn leads_out(link: &str) -> bool {
    !link.starts_with('/')
}

/// An address with https or http, or a path of this site. Nothing else: what begins with `javascript:`
/// would run here.
fn link(text: &str) -> Result<String, Error> {
    let is_whole = text.len() <= limits::LINK_BYTES_MAX
        && !text.chars().any(|c| c.is_whitespace() || c == '\\' || text::deceives(c));
    let begins = |with: &str| text.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with));
    let has_host =
        |after: usize| text[after..].starts_with(|c: char| !matches!(c, '/' | '?' | '#' | ':' | '@'));
    let is_path = text.starts_with('/') && !text.starts_with("//");
    let is_address = (begins("https://") && has_host(8)) || (begins("http://") && has_host(7));
    if is_whole && (is_path || is_address) {
        return Ok(text.to_owned());
    }
    Err(Error::invalid("notice", "A link begins with https://, http:// or /, and has no spaces."))
}

/// Which events of a workspace a list shows. Empty members leave nothing out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct EventFilter {
    /// What stands before the `:`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noun: Option<String>,
    /// The whole kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Who published them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<UserId>,
    /// Only those that concern nobody but the caller.
    #[serde(default, deserialize_with = "text::number")]
    pub mine: bool,
}

impl EventFilter {
    /// Whether a list with this filter shows the event.
    #[must_use]
    pub fn shows(&self, event: &CustomEvent) -> bool {
        self.noun.as_deref().is_none_or(|of| of == noun(&event.kind))
            && self.kind.as_deref().is_none_or(|kind| kind == event.kind)
            && self.source.is_none_or(|source| source == event.source.id)
            && (!self.mine || event.person.is_some())
    }

    /// Whether it leaves nothing out.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A page of custom events, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activity {
    /// Those of everybody and those of the caller alone.
    pub events: Vec<CustomEvent>,
    /// Where the next page begins.
    pub next: Option<PageKey>,
    /// The positions that the rows include: the workspace's, and the caller's own.
    pub as_of: [TopicPosition; 2],
}

/// What can be chosen in a list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventChoices {
    /// Kinds of which there are events, by name.
    pub kinds: Vec<String>,
    /// Who published some, by name.
    pub sources: Vec<Person>,
}

/// A kind that a workspace registered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisteredKind {
    /// `<noun>:<verb>`.
    pub kind: String,
    /// The JSON Schema that payloads have to fit.
    pub schema: Json,
    /// Who registered it last.
    pub by: Person,
    /// When.
    pub at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new(kind: &str) -> NewCustomEvent {
        NewCustomEvent {
            id: CustomEventId::new(Timestamp(0)),
            kind: kind.to_owned(),
            payload: Json::empty(),
            person: None,
            notice: None,
        }
    }

    #[test]
    fn a_kind_is_a_noun_and_a_verb() {
        for kind in ["invoice:paid", "purchase_order:sent_back", "m365:synced"] {
            assert_eq!(new(kind).validate().unwrap().0.kind, kind);
        }
        let long = format!("invoice:{}", "x".repeat(limits::EVENT_KIND_BYTES_MAX));
        for kind in [
            "",
            "invoice",
            "invoice:",
            ":paid",
            "Invoice:paid",
            "invoice:paid:twice",
            "in voice:paid",
            "9:a",
            "ä:b",
            "a:b\0",
            &long,
        ] {
            assert_eq!(new(kind).validate().unwrap_err().field.as_deref(), Some("kind"), "{kind:?}");
        }
        assert_eq!(words("purchase_order:sent_back"), "purchase order sent back");
        assert_eq!(noun("invoice:paid"), "invoice");
    }

    #[test]
    fn a_notice_leads_to_the_web_or_to_a_page_of_ours() {
        let with = |link: &str| {
            let notice = Notice { text: "Paid".to_owned(), link: Some(link.to_owned()) };
            NewCustomEvent { notice: Some(notice), ..new("invoice:paid") }.validate()
        };
        for link in ["https://books.example/1?a=b#c", "HTTP://books.example", "/w/garden/feed", "/"] {
            assert!(with(link).is_ok(), "{link}");
        }
        for link in [
            "javascript:alert(1)",
            "JavaScript://x%0aalert(1)",
            "data:text/html,x",
            "//evil.example",
            "/\\evil.example",
            "https://",
            "https:///x",
            "https://a b",
            "ftp://x",
            "books.example",
            "",
            "https://a\u{202e}b",
            "\u{0}https://a",
        ] {
            assert_eq!(with(link).unwrap_err().field.as_deref(), Some("notice"), "{link:?}");
        }
    }

    #[test]
    fn a_notice_is_one_line_of_two_hundred_characters() {
        let with = |text: &str| {
            let notice = Notice { text: text.to_owned(), link: None };
            NewCustomEvent { notice: Some(notice), ..new("invoice:paid") }.validate()
        };
        assert!(with(&"ä".repeat(200)).is_ok());
        for text in ["", " ", "a\nb", "a\0b", &"x".repeat(201)] {
            assert_eq!(with(text).unwrap_err().status(), 422, "{text:?}");
        }
    }

    #[test]
    fn a_filter_shows_what_fits_all_of_it() {
        let (new, _) = new("invoice:paid").validate().unwrap();
        let source = Person::former(UserId::new(Timestamp(0)));
        let event = CustomEvent {
            id: new.id,
            workspace: WorkspaceId::new(Timestamp(0)),
            person: None,
            kind: new.kind.clone(),
            payload: new.payload.clone(),
            notice: None,
            source: source.clone(),
            at: Timestamp(0),
        };
        assert!(new.is_again(&event));
        let all = EventFilter::default();
        assert!(all.is_empty() && all.shows(&event));
        let noun = |noun: &str| EventFilter { noun: Some(noun.to_owned()), ..all.clone() };
        assert!(noun("invoice").shows(&event) && !noun("inv").shows(&event));
        let kind = |kind: &str| EventFilter { kind: Some(kind.to_owned()), ..all.clone() };
        assert!(kind("invoice:paid").shows(&event) && !kind("invoice:sent").shows(&event));
        assert!(EventFilter { source: Some(source.id), ..noun("invoice") }.shows(&event));
        assert!(!EventFilter { mine: true, ..all }.shows(&event));
    }
}
