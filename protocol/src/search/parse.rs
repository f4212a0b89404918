//! From what was typed to the parts of a query.

use super::{Has, Part, Within};
use crate::{Error, Timestamp};

/// Quotation marks of several languages begin and end a phrase.
fn is_quote(c: char) -> bool {
    matches!(c, '"' | '“' | '”' | '„' | '«' | '»' | '「' | '」')
}

/// The parts, in order. What is no filter is looked for as it stands.
pub(super) fn parts(text: &str) -> Result<Vec<Part>, Error> {
    let mut parts = Vec::new();
    let mut rest = text.trim_start_matches(is_between);
    while let Some(first) = rest.chars().next() {
        if is_quote(first) {
            let inside = &rest[first.len_utf8()..];
            // A phrase that was not ended goes on to the end.
            let end = inside.find(is_quote).unwrap_or(inside.len());
            let phrase = inside[..end].split_whitespace().collect::<Vec<_>>().join(" ");
            if !phrase.is_empty() {
                parts.push(Part::Phrase(phrase));
            }
            let quote = inside[end..].chars().next().map_or(0, char::len_utf8);
            rest = &inside[end + quote..];
        } else {
            let end = rest.find(|c| is_between(c) || is_quote(c)).unwrap_or(rest.len());
            parts.extend(part(&rest[..end])?);
            rest = &rest[end..];
        }
        rest = rest.trim_start_matches(is_between);
    }
    Ok(parts)
}

fn is_between(c: char) -> bool {
    c.is_whitespace() || c.is_control()
}

/// A word or a filter; none for a filter that has no value yet.
fn part(word: &str) -> Result<Option<Part>, Error> {
    let Some((name, value)) = word.split_once(':') else { return Ok(Some(Part::Word(word.to_owned()))) };
    let filter: fn(&str) -> Result<Part, Error> = match name.to_ascii_lowercase().as_str() {
        "from" => |value| Ok(Part::From(value.trim_start_matches('@').to_lowercase())),
        "in" => within,
        "before" => |value| day("before", value).map(Part::Before),
        "after" => |value| day("after", value).map(Part::After),
        "has" => has,
        // An address, a time of day: nothing but a word.
        _ => return Ok(Some(Part::Word(word.to_owned()))),
    };
    if value.trim_start_matches(['@', '#']).is_empty() {
        return Ok(None);
    }
    filter(value).map(Some)
}

fn within(value: &str) -> Result<Part, Error> {
    if value.eq_ignore_ascii_case("feed") {
        return Ok(Part::In(Within::Feed));
    }
    Ok(Part::In(Within::Room(value.trim_start_matches('#').to_lowercase())))
}

fn has(value: &str) -> Result<Part, Error> {
    match value.to_ascii_lowercase().as_str() {
        "file" | "files" => Ok(Part::Has(Has::File)),
        "link" | "links" => Ok(Part::Has(Has::Link)),
        _ => Err(Error::invalid("q", "“has:” finds files and links: has:file, has:link.")),
    }
}

/// A day, the first one of a month, or of a year.
fn day(name: &str, value: &str) -> Result<Timestamp, Error> {
    let numbers: Option<Vec<i64>> = value.split('-').map(number).collect();
    let at = match numbers.as_deref() {
        Some([year, month, day]) => Timestamp::of_day(*year, *month, *day),
        Some([year, month]) => Timestamp::of_day(*year, *month, 1),
        Some([year]) if value.len() == 4 => Timestamp::of_day(*year, 1, 1),
        _ => None,
    };
    at.ok_or_else(|| Error::invalid("q", format!("“{name}:” takes a day such as 2026-11-21, or 2026-11.")))
}

fn number(text: &str) -> Option<i64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled(text: &str) -> Vec<String> {
        parts(text).unwrap().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn words_phrases_and_filters_are_told_apart() {
        assert_eq!(spelled("  soup  on\tSunday "), ["soup", "on", "Sunday"]);
        assert_eq!(spelled("a\"b  c\"d"), ["a", "\"b c\"", "d"]);
        assert_eq!(spelled("“deux mots” „drei“ 「日本」"), ["\"deux mots\"", "\"drei\"", "\"日本\""]);
        assert_eq!(spelled("\"not ended"), ["\"not ended\""]);
        assert_eq!(
            spelled("FROM:@Ada in:#Winter-Set In:FEED has:Files"),
            ["from:@ada", "in:#winter-set", "in:feed", "has:file"]
        );
        assert_eq!(
            spelled("before:2026-11-21 after:2026-02 after:2025"),
            ["before:2026-11-21", "after:2026-02-01", "after:2025-01-01"]
        );
    }

    #[test]
    fn what_only_looks_like_a_filter_is_a_word() {
        for text in ["https://example.org/a", "12:30", ":", "::", "a:b", "NEAR(a", "body:x", "*", "%_", "-"] {
            assert_eq!(spelled(text), [text]);
        }
    }

    #[test]
    fn a_filter_without_its_value_is_not_there_yet() {
        assert_eq!(spelled("from: in:# from:@ before: has: \"\" soup"), ["soup"]);
        assert_eq!(spelled(" \u{0} \n"), [""; 0]);
    }

    #[test]
    fn a_value_that_cannot_be_read_is_refused_with_a_sentence() {
        let long = format!("before:{}", "9".repeat(300));
        for text in [
            "before:soon",
            "after:2026-02-30",
            "before:2026-13",
            "after:1-2-3-4",
            "has:soup",
            "before:-1",
            &long,
        ] {
            let refusal = parts(text).unwrap_err();
            assert_eq!((refusal.status(), refusal.field.as_deref()), (422, Some("q")), "{text}");
        }
    }
}
