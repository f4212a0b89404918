//! Three-way merge by words: what two people did to one text, where they touched different words.

use similar::{ChangeTag, TextDiff};

/// Both changes together, or nothing where they touch the same or neighbouring words differently.
#[must_use]
pub fn merge(base: &str, theirs: &str, mine: &str) -> Option<String> {
    if theirs == mine || mine == base {
        return Some(theirs.to_owned());
    }
    if theirs == base {
        return Some(mine.to_owned());
    }
    let theirs = Edits::of(base, theirs);
    let mine = Edits::of(base, mine);
    let mut text = String::new();
    for place in 0..=theirs.words.len() {
        match (theirs.inserted[place].as_str(), mine.inserted[place].as_str()) {
            (same, other) if same == other => text.push_str(same),
            (one, "") | ("", one) => text.push_str(one),
            _ => return None,
        }
        let Some(word) = theirs.words.get(place) else { break };
        match (theirs.deleted[place], mine.deleted[place]) {
            (false, false) => text.push_str(word),
            (true, true) => {}
            // One side removed the word: the other must not have written next to it, or it meant this word.
            (true, false) if mine.touches(place) => return None,
            (false, true) if theirs.touches(place) => return None,
            _ => {}
        }
    }
    Some(text)
}

/// What one side did to the base: words removed, and text put before each word.
struct Edits {
    words: Vec<String>,
    deleted: Vec<bool>,
    inserted: Vec<String>,
}

impl Edits {
    fn of(base: &str, changed: &str) -> Self {
        let diff = TextDiff::from_words(base, changed);
        let mut edits = Self { words: Vec::new(), deleted: Vec::new(), inserted: vec![String::new()] };
        for change in diff.iter_all_changes() {
            match change.tag() {
                ChangeTag::Insert => {
                    if let Some(last) = edits.inserted.last_mut() {
                        last.push_str(change.value());
                    }
                }
                tag => {
                    edits.words.push(change.value().to_owned());
                    edits.deleted.push(tag == ChangeTag::Delete);
                    edits.inserted.push(String::new());
                }
            }
        }
        edits
    }

    fn touches(&self, place: usize) -> bool {
        !self.inserted[place].is_empty() || !self.inserted[place + 1].is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn changes_to_different_words_merge() {
        let merged =
            merge("the quick brown fox jumps", "the slow brown fox jumps", "the quick brown fox leaps");
        assert_eq!(merged.as_deref(), Some("the slow brown fox leaps"));
    }

    #[test]
    fn changes_to_the_same_word_do_not() {
        assert_eq!(merge("at nine", "at ten", "at eleven"), None);
    }

    #[test]
    fn a_word_that_one_removes_and_the_other_rewrites_is_a_conflict() {
        assert_eq!(merge("keep this word", "keep word", "keep that word"), None);
    }

    #[test]
    fn the_same_change_on_both_sides_is_taken_once() {
        assert_eq!(merge("a b", "a c", "a c").as_deref(), Some("a c"));
    }

    proptest! {
        #[test]
        fn one_sided_changes_always_win(base in "[ab \n]{0,12}", changed in "[ab \n]{0,12}") {
            prop_assert_eq!(merge(&base, &base, &changed), Some(changed.clone()));
            prop_assert_eq!(merge(&base, &changed, &base), Some(changed));
        }

        #[test]
        fn the_sides_can_be_exchanged(base in "[abc ]{0,12}", one in "[abc ]{0,12}", two in "[abc ]{0,12}") {
            prop_assert_eq!(merge(&base, &one, &two), merge(&base, &two, &one));
        }
    }
}
