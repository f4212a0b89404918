//! Checks for what people type. All of them keep the text as it was, or refuse it with a sentence.

use crate::Error;
use serde::{Deserialize, Deserializer};
use std::{fmt::Display, str::FromStr};

/// Characters that change how the text around them reads: overrides of direction, and
/// characters without a width that make two names look the same.
pub(crate) fn deceives(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200B}' | '\u{2060}' | '\u{FEFF}' | '\u{00AD}')
        || (c.is_control() && c != '\n' && c != '\t')
}

/// One visible line of at most `chars_max` characters, trimmed.
///
/// # Errors
/// 422 when it is empty, too long, of several lines, or holds deceiving characters.
pub fn line(field: &str, text: &str, chars_max: usize) -> Result<String, Error> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Error::invalid(field, "Please fill this in."));
    }
    if chars_max < text.chars().count() {
        return Err(Error::invalid(field, format!("At most {chars_max} characters.")));
    }
    if text.chars().any(|c| deceives(c) || c == '\n' || c == '\t') {
        return Err(Error::invalid(field, "This holds characters that cannot be shown."));
    }
    Ok(text.to_owned())
}

/// A text of several lines within `bytes_max`; line ends become `\n`.
///
/// # Errors
/// 413 when it is too large.
pub fn block(field: &str, text: &str, bytes_max: usize) -> Result<String, Error> {
    if bytes_max < text.len() {
        return Err(Error::too_large(field, bytes_max));
    }
    let text = text.replace("\r\n", "\n");
    Ok(text.chars().filter(|c| !deceives(*c)).collect())
}

/// The first `chars_max` characters on one line, with an ellipsis where something was left out.
#[must_use]
pub fn excerpt(text: &str, chars_max: usize) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if words.chars().count() <= chars_max {
        return words;
    }
    let kept: String = words.chars().take(chars_max.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// The words of a stranger (a page that somebody linked, say) on one line of at most `chars_max`
/// characters: without what deceives, and without marks of direction, which nothing here closes.
#[must_use]
pub fn foreign(text: &str, chars_max: usize) -> String {
    let turns = |c: &char| matches!(c, '\u{061C}' | '\u{200E}' | '\u{200F}');
    let shown: String = text.chars().filter(|c| !deceives(*c) && !turns(c)).collect();
    excerpt(&shown, chars_max)
}

/// Reads a number, or a yes or no, that a form sent as text. For `#[serde(deserialize_with)]`.
///
/// # Errors
/// When it is neither a number nor a text that reads as one.
pub fn number<'de, N, D>(from: D) -> Result<N, D::Error>
where
    N: FromStr + Deserialize<'de>,
    N::Err: Display,
    D: Deserializer<'de>,
{
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Sent<N> {
        Number(N),
        Text(String),
    }
    match Sent::deserialize(from)? {
        Sent::Number(number) => Ok(number),
        Sent::Text(text) => text.parse().map_err(serde::de::Error::custom),
    }
}

/// The same for an optional number.
///
/// # Errors
/// When it is neither a number nor a text that reads as one.
pub fn optional_number<'de, N, D>(from: D) -> Result<Option<N>, D::Error>
where
    N: FromStr + Deserialize<'de>,
    N::Err: Display,
    D: Deserializer<'de>,
{
    number(from).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_trimmed_and_kept() {
        assert_eq!(line("name", "  Ada Lovelace ", 20).unwrap(), "Ada Lovelace");
    }

    #[test]
    fn a_line_that_deceives_is_refused() {
        for text in ["", "  ", "a\u{202E}b", "zero\u{200B}width", "two\nlines", "bell\u{7}"] {
            assert_eq!(line("name", text, 20).unwrap_err().status(), 422, "{text:?}");
        }
        assert_eq!(line("name", &"x".repeat(21), 20).unwrap_err().status(), 422);
    }

    #[test]
    fn a_block_loses_overrides_and_keeps_its_lines() {
        assert_eq!(block("body", "a\r\nb\u{202E}c", 20).unwrap(), "a\nbc");
        assert_eq!(block("body", "12345", 4).unwrap_err().status(), 413);
    }

    #[test]
    fn the_words_of_a_stranger_lose_what_turns_or_hides_them() {
        assert_eq!(foreign(" a\u{202E}b\u{200F}\r\n c\u{0}\u{200B}d ", 20), "ab cd");
        assert_eq!(foreign("abcdefghij", 5), "abcd…");
    }

    #[test]
    fn an_excerpt_is_one_line() {
        assert_eq!(excerpt("a\n b   c", 10), "a b c");
        assert_eq!(excerpt("abcdefghij", 5), "abcd…");
    }
}
