//! Texts as they are looked for: small letters without accents, words with one space between them.
//!
//! Both databases get the same words from here, so that they find the same. A character of Chinese,
//! Japanese or Korean is a word of its own: those scripts write no spaces, and a word of two
//! characters is found in the middle of a sentence as two words that follow each other.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Letters that a part of a word must have to be found inside of words.
const PART_CHARS_MIN: usize = 3;

/// What is looked for in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Needle {
    /// Three letters or more, anywhere in a word.
    Part(String),
    /// Whole words, one after the other.
    Words(String),
}

impl Needle {
    /// The words of it.
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Part(text) | Self::Words(text) => text,
        }
    }
}

/// What somebody looks for who typed this; nothing if no word is in it.
pub(super) fn needle(typed: &str, is_phrase: bool) -> Option<Needle> {
    let words = words(typed);
    let is_part = !is_phrase && !words.contains(' ') && is_long(&words);
    match words.is_empty() {
        true => None,
        false if is_part => Some(Needle::Part(words)),
        false => Some(Needle::Words(words)),
    }
}

/// Whether a word can be found by its parts.
pub(super) fn is_long(word: &str) -> bool {
    word.chars().nth(PART_CHARS_MIN - 1).is_some()
}

/// The words of a text.
pub(super) fn words(text: &str) -> String {
    let mut words = String::with_capacity(text.len());
    fold(text.nfc(), |_, c| words.push(c));
    words
}

/// The words of a text, and for each of their bytes the character of the text that it came from.
/// The text is in the composed form (NFC).
pub(super) fn words_with_origins(text: &str) -> (String, Vec<usize>) {
    let (mut words, mut origins) = (String::with_capacity(text.len()), Vec::with_capacity(text.len()));
    fold(text.chars(), |index, c| {
        words.push(c);
        origins.resize(words.len(), index);
    });
    (words, origins)
}

fn fold(text: impl Iterator<Item = char>, mut push: impl FnMut(usize, char)) {
    let (mut is_first, mut ended) = (true, false);
    for (index, c) in text.enumerate() {
        each(c, |c| {
            if !is_of_word(c) {
                ended = true;
                return;
            }
            let is_alone = stands_alone(c);
            if (ended || is_alone) && !is_first {
                push(index, ' ');
            }
            push(index, c);
            (is_first, ended) = (false, is_alone);
        });
    }
}

/// What a character is looked for as: `É` and `ｅ` as `e`, `ﬁ` as `fi`. The marks of Latin, Greek and
/// Cyrillic letters go; in other scripts a mark makes another letter.
fn each(c: char, mut to: impl FnMut(char)) {
    if c.is_ascii() {
        return to(c.to_ascii_lowercase());
    }
    let is_accent = |c: &char| ('\u{300}'..='\u{36F}').contains(c);
    let plain = std::iter::once(c).nfkd().filter(|c| !is_accent(c)).nfc();
    plain.flat_map(char::to_lowercase).filter(|c| !is_accent(c)).for_each(to);
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || (is_combining_mark(c) && !is_of_emoji(c))
}

/// Marks that only say how a symbol looks.
fn is_of_emoji(c: char) -> bool {
    matches!(c, '\u{FE00}'..='\u{FE0F}' | '\u{20D0}'..='\u{20FF}' | '\u{E0100}'..='\u{E01EF}')
}

/// Characters of scripts that are written without spaces, or, as Korean, with endings on every word.
fn stands_alone(c: char) -> bool {
    matches!(c,
        '\u{1100}'..='\u{11FF}' | '\u{2E80}'..='\u{2FDF}' | '\u{3005}'..='\u{3007}' | '\u{3021}'..='\u{312F}'
        | '\u{31A0}'..='\u{31BF}' | '\u{31F0}'..='\u{31FF}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}'
        | '\u{AC00}'..='\u{D7AF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_its_words_in_small_letters_without_accents() {
        for (text, folded) in [
            ("  The CAFÉ, re-opened! ", "the cafe re opened"),
            ("cafe\u{301}", "cafe"),
            ("Łódź straße İstanbul ΆΛΦΑ Ёлка", "łodz straße istanbul αλφα елка"),
            ("ﬁne ＦＵＬＬ １２３ 3.5", "fine full 123 3 5"),
            ("a_b@c.org #room @ada", "a b c org room ada"),
            ("👍🏽 ❤️ 1️⃣ :)", "1"),
            ("", ""),
        ] {
            assert_eq!(words(text), folded, "{text:?}");
        }
    }

    #[test]
    fn scripts_without_spaces_have_a_word_per_character() {
        assert_eq!(words("我们去北京吃饭。"), "我 们 去 北 京 吃 饭");
        assert_eq!(words("iPhone手机 v2"), "iphone 手 机 v2");
        assert_eq!(words("がんばる"), "が ん ば る", "its mark makes it another letter");
        assert_eq!(words("학교에서"), "학 교 에 서");
        assert_eq!(words("한국".nfd().collect::<String>().as_str()), "한 국", "as file systems spell it");
        assert_eq!(words("ภาษาไทย"), "ภาษาไทย");
    }

    #[test]
    fn long_words_are_found_by_their_parts_and_all_else_as_it_stands() {
        let part = |text: &str| Some(Needle::Part(text.to_owned()));
        let whole = |text: &str| Some(Needle::Words(text.to_owned()));
        assert_eq!(needle("Budget", false), part("budget"));
        assert_eq!(needle("Budget", true), whole("budget"));
        assert_eq!(needle("go", false), whole("go"));
        assert_eq!(needle("北京", false), whole("北 京"));
        assert_eq!(needle("re-open", false), whole("re open"));
        for nothing in ["***", "👍", "-", "\u{0}", "  "] {
            assert_eq!(needle(nothing, false), None);
        }
    }

    #[test]
    fn every_byte_knows_where_it_came_from() {
        let (folded, origins) = words_with_origins("Für 北京");
        assert_eq!(folded, "fur 北 京");
        assert_eq!(origins.len(), folded.len());
        assert_eq!((origins[0], origins[folded.find('北').unwrap()], *origins.last().unwrap()), (0, 4, 5));
    }
}
