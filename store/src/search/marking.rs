//! Where in a text stands what was looked for, and the part of a text that shows it.

use super::fold::{Needle, words_with_origins};
use protocol::limits;
use protocol::search::{Mark, Marked};
use std::ops::Range;
use unicode_normalization::UnicodeNormalization;

/// Of an excerpt, what stands before the first thing that was found, in characters.
const BEFORE_CHARS: usize = 60;

/// Where a needle stands in the words of a text, in bytes.
pub(super) fn places(words: &str, needle: &Needle) -> Vec<Range<usize>> {
    match needle {
        Needle::Part(part) => {
            words.match_indices(part.as_str()).map(|(at, part)| at..at + part.len()).collect()
        }
        Needle::Words(phrase) => {
            let mut places = Vec::new();
            let mut from = 0;
            while let Some(at) = words[from..].find(phrase.as_str()) {
                let place = from + at..from + at + phrase.len();
                if is_whole(words, &place) {
                    places.push(place.clone());
                }
                // Not into the middle of a character.
                from = place.start + words[place.start..].chars().next().map_or(1, char::len_utf8);
            }
            places
        }
    }
}

/// Whether words begin and end where this does.
pub(super) fn is_whole(words: &str, place: &Range<usize>) -> bool {
    begins_word(words, place.start) && (place.end == words.len() || words[place.end..].starts_with(' '))
}

/// Whether a word begins here.
pub(super) fn begins_word(words: &str, at: usize) -> bool {
    at == 0 || words[..at].ends_with(' ')
}

/// The whole text on one line, with what was looked for.
pub(super) fn whole(text: &str, needles: &[Needle]) -> Marked {
    excerpt(text, needles, usize::MAX)
}

/// The part of a text that shows what was looked for; its beginning if nothing of it stands there.
pub(super) fn part(text: &str, needles: &[Needle]) -> Marked {
    excerpt(text, needles, limits::SEARCH_EXCERPT_CHARS_MAX)
}

fn excerpt(text: &str, needles: &[Needle], chars_max: usize) -> Marked {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let line: String = line.nfc().collect();
    let (words, origins) = words_with_origins(&line);
    let mut found: Vec<Range<usize>> = needles
        .iter()
        .flat_map(|needle| places(&words, needle))
        .map(|place| origins[place.start]..origins[place.end - 1] + 1)
        .collect();
    found.sort_by_key(|place| (place.start, place.end));
    let chars: Vec<char> = line.chars().collect();
    let shown = window(&chars, found.first().map_or(0, |first| first.start), chars_max);
    let mut text = String::new();
    let mut shift = 0;
    if 0 < shown.start {
        text.push('…');
        shift = 1;
    }
    text.extend(&chars[shown.clone()]);
    if shown.end < chars.len() {
        text.push('…');
    }
    let mut marks: Vec<Mark> = Vec::new();
    for place in found {
        let (start, end) = (place.start.max(shown.start), place.end.min(shown.end));
        if end <= start {
            continue;
        }
        let mark = Mark { start: count(start - shown.start + shift), end: count(end - shown.start + shift) };
        match marks.last_mut() {
            Some(last) if mark.start <= last.end => last.end = last.end.max(mark.end),
            _ => marks.push(mark),
        }
    }
    Marked { text, marks }
}

/// The characters to show around the first place, beginning with a word where one is near.
fn window(chars: &[char], first: usize, chars_max: usize) -> Range<usize> {
    if chars.len() <= chars_max {
        return 0..chars.len();
    }
    // What comes last fills the excerpt as well.
    let start = first.saturating_sub(BEFORE_CHARS).min(chars.len() - chars_max);
    let next_word = chars[start..first.max(start)].iter().position(|c| *c == ' ');
    let start = match next_word {
        Some(spaces) if 0 < start => start + spaces + 1,
        _ => start,
    };
    start..(start + chars_max).min(chars.len())
}

fn count(chars: usize) -> u32 {
    u32::try_from(chars).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::fold::needle;
    use super::*;

    fn marked(text: &str, words: &[&str]) -> String {
        let needles: Vec<Needle> = words.iter().filter_map(|word| needle(word, word.contains(' '))).collect();
        let pieces = part(text, &needles).pieces();
        pieces
            .into_iter()
            .map(|(text, is_marked)| if is_marked { format!("[{text}]") } else { text })
            .collect()
    }

    #[test]
    fn what_was_looked_for_is_marked_as_it_stands_in_the_text() {
        assert_eq!(marked("The Café is re-opened", &["cafe", "re open"]), "The [Café] is re-opened");
        assert_eq!(marked("The Café is re-opened", &["opened re", "re opened"]), "The Café is [re-opened]");
        assert_eq!(marked("go Gopher go", &["go"]), "[go] Gopher [go]");
        assert_eq!(marked("rebuilding", &["build", "ildin"]), "re[buildin]g");
        assert_eq!(marked("我们去北京，北京！", &["北京"]), "我们去[北京]，[北京]！");
        assert_eq!(marked("人人", &["人"]), "[人人]");
        assert_eq!(marked("<b>&amp;", &["amp"]), "<b>&[amp];");
    }

    #[test]
    fn a_long_text_is_shown_around_what_was_found() {
        let long = format!("{} needle {}", "hay ".repeat(100), "straw ".repeat(100));
        let shown = marked(&long, &["needle"]);
        assert!(shown.starts_with("…hay ") && shown.contains("[needle]") && shown.ends_with('…'), "{shown}");
        assert!(shown.chars().count() <= limits::SEARCH_EXCERPT_CHARS_MAX + 4);
        let at_the_end = format!("{} needle", "hay ".repeat(100));
        assert!(marked(&at_the_end, &["needle"]).ends_with("[needle]"));
        assert!(marked(&long, &["absent"]).starts_with("hay "));
        let one_word = "x".repeat(1_000);
        assert!(marked(&one_word, &["xxx"]).starts_with('['));
    }
}
