//! The emoji that pickers and completion offer, with the names that screen readers say: the usual ones are
//! part of the page, all others are fetched when somebody looks for one.

use crate::fit::fit;
use protocol::emoji::{EmojiGroup, ListedEmoji};

/// An emoji and its name.
pub type Emoji = (&'static str, &'static str);

/// The usual ones, the most used first.
pub const ALL: [Emoji; 24] = [
    ("👍", "Thumbs up"),
    ("❤️", "Heart"),
    ("😂", "Laughing"),
    ("🎉", "Party"),
    ("🙌", "Hands up"),
    ("🙏", "Thanks"),
    ("👏", "Clapping"),
    ("🔥", "Fire"),
    ("👀", "Eyes"),
    ("✅", "Done"),
    ("➕", "Plus one"),
    ("💯", "Hundred"),
    ("😊", "Smiling"),
    ("😍", "In love"),
    ("🤔", "Thinking"),
    ("😮", "Surprised"),
    ("😢", "Sad"),
    ("😬", "Grimacing"),
    ("🚀", "Rocket"),
    ("💡", "Idea"),
    ("☕", "Coffee"),
    ("🍰", "Cake"),
    ("🌱", "Seedling"),
    ("👋", "Waving"),
];

/// Those that are offered for a status, what they often mean first.
pub const STATUSES: [Emoji; 16] = [
    ("💬", "Words"),
    ("📅", "In a meeting"),
    ("🎧", "Focusing"),
    ("☕", "On a break"),
    ("🍽️", "At lunch"),
    ("🏠", "At home"),
    ("🚆", "On the way"),
    ("🌴", "On holiday"),
    ("🤒", "Ill"),
    ("🎉", "Celebrating"),
    ("📚", "Learning"),
    ("🔥", "Busy"),
    ("🌙", "Done for today"),
    ("👶", "With the family"),
    ("🏃", "Out and about"),
    ("🙏", "Thankful"),
];

/// The name of an emoji; of one that is not offered, the emoji itself.
#[must_use]
pub fn name_of(emoji: &str) -> &str {
    ALL.iter().find(|(offered, _)| *offered == emoji).map_or(emoji, |(_, name)| name)
}

/// All emoji, once they were fetched.
pub type Groups = &'static [EmojiGroup];

/// How many are found at most: more are not looked through.
const FOUND_MAX: usize = 48;
/// How many are offered at once to somebody who has not said what they look for.
const OFTEN_USED_MAX: usize = 32;

/// One that can be chosen: what is sent, and its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The emoji, in the tone that the person chose.
    pub emoji: String,
    /// Its name.
    pub name: String,
}

/// What the person chose last, and what everybody uses.
#[must_use]
pub fn often_used(recent: &[String], groups: Option<Groups>, tone: usize) -> Vec<Choice> {
    let known = ALL.iter().map(|(emoji, name)| toned_by(emoji, name, groups, tone));
    let recent = recent.iter().map(|emoji| {
        let name = known_name(emoji, groups).unwrap_or_else(|| name_of(emoji));
        Choice { emoji: emoji.clone(), name: name.to_owned() }
    });
    let mut choices: Vec<Choice> = Vec::with_capacity(OFTEN_USED_MAX);
    for choice in recent.chain(known) {
        if choices.iter().all(|other| other.emoji != choice.emoji) && choices.len() < OFTEN_USED_MAX {
            choices.push(choice);
        }
    }
    choices
}

/// Those of one group.
#[must_use]
pub fn of_group(group: &'static EmojiGroup, tone: usize) -> Vec<Choice> {
    group.emoji.iter().map(|listed| toned(listed, tone)).collect()
}

/// Those whose name or code fits what was typed, the best first.
#[must_use]
pub fn found(typed: &str, groups: Option<Groups>, tone: usize) -> Vec<Choice> {
    let word = typed.trim().trim_matches(':').to_lowercase();
    let Some(groups) = groups else {
        return ALL
            .iter()
            .filter(|(_, name)| fit(&[name], &word).is_some())
            .map(|(emoji, name)| Choice { emoji: (*emoji).to_owned(), name: (*name).to_owned() })
            .collect();
    };
    let mut found: Vec<(u8, &ListedEmoji)> = groups
        .iter()
        .flat_map(|group| &group.emoji)
        .filter_map(|listed| Some((fits(listed, &word)?, listed)))
        .collect();
    found.sort_by_key(|(fit, _)| *fit);
    found.into_iter().take(FOUND_MAX).map(|(_, listed)| toned(listed, tone)).collect()
}

/// How well an emoji fits a word in lower case; less is better.
#[must_use]
pub fn fits(listed: &ListedEmoji, word: &str) -> Option<u8> {
    let spaced = word.replace(['_', '-'], " ");
    let by_code = listed
        .codes
        .iter()
        .filter_map(|code| if code == word { Some(0) } else { code.starts_with(word).then_some(1) });
    by_code.chain(fit(&[listed.name.as_str()], &spaced).map(|fit| fit + 1)).min()
}

fn toned(listed: &ListedEmoji, tone: usize) -> Choice {
    let chosen = tone.checked_sub(1).and_then(|tone| listed.tones.get(tone)).unwrap_or(&listed.emoji);
    Choice { emoji: chosen.clone(), name: listed.name.clone() }
}

fn toned_by(emoji: &str, name: &str, groups: Option<Groups>, tone: usize) -> Choice {
    let listed = groups.and_then(|groups| listed_as(emoji, groups));
    let emoji = listed.map_or_else(|| emoji.to_owned(), |listed| toned(listed, tone).emoji);
    Choice { emoji, name: name.to_owned() }
}

fn known_name(emoji: &str, groups: Option<Groups>) -> Option<&'static str> {
    listed_as(emoji, groups?).map(|listed| listed.name.as_str())
}

/// The entry of an emoji, in whatever tone.
fn listed_as(emoji: &str, groups: Groups) -> Option<&'static ListedEmoji> {
    let mut all = groups.iter().flat_map(|group| &group.emoji);
    all.find(|listed| listed.emoji == emoji || listed.tones.iter().any(|toned| toned == emoji))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups() -> Groups {
        let listed = |emoji: &str, name: &str, codes: &[&str], tones: &[&str]| ListedEmoji {
            emoji: emoji.to_owned(),
            name: name.to_owned(),
            codes: codes.iter().map(ToString::to_string).collect(),
            tones: tones.iter().map(ToString::to_string).collect(),
        };
        let people = vec![
            listed("👍", "thumbs up", &["+1", "thumbsup"], &["👍🏻", "👍🏼", "👍🏽", "👍🏾", "👍🏿"]),
            listed("👎", "thumbs down", &["-1", "thumbsdown"], &[]),
        ];
        let food =
            vec![listed("🍇", "grapes", &["grapes"], &[]), listed("🍆", "eggplant", &["eggplant"], &[])];
        let group = |name: &str, emoji| EmojiGroup { name: name.to_owned(), emoji };
        Vec::leak(vec![group("People", people), group("Food", food)])
    }

    fn emoji(choices: &[Choice]) -> Vec<&str> {
        choices.iter().map(|choice| choice.emoji.as_str()).collect()
    }

    #[test]
    fn a_word_finds_by_name_and_by_code_the_exact_one_first() {
        assert_eq!(emoji(&found("+1", Some(groups()), 0)), ["👍"]);
        assert_eq!(emoji(&found("thumbs", Some(groups()), 0)), ["👍", "👎"]);
        assert_eq!(emoji(&found(":Thumbs_Down:", Some(groups()), 0)), ["👎"]);
        assert_eq!(emoji(&found("down", Some(groups()), 0)), ["👎"]);
        assert!(found("zebra", Some(groups()), 0).is_empty());
    }

    #[test]
    fn without_the_list_the_usual_ones_are_found() {
        assert_eq!(emoji(&found("rock", None, 0)), ["🚀"]);
    }

    #[test]
    fn a_tone_is_taken_by_those_that_have_it() {
        assert_eq!(emoji(&found("thumbs", Some(groups()), 3)), ["👍🏽", "👎"]);
        assert_eq!(emoji(&of_group(&groups()[0], 5)), ["👍🏿", "👎"]);
        assert_eq!(
            often_used(&[], Some(groups()), 1)[0],
            Choice { emoji: "👍🏻".into(), name: "Thumbs up".into() }
        );
    }

    #[test]
    fn what_was_chosen_last_comes_first_and_once() {
        let recent = ["🍇".to_owned(), "🎉".to_owned()];
        let choices = often_used(&recent, Some(groups()), 0);
        assert_eq!(emoji(&choices)[..3], ["🍇", "🎉", "👍"]);
        assert_eq!(choices[0].name, "grapes");
        assert_eq!(emoji(&choices).iter().filter(|emoji| **emoji == "🎉").count(), 1);
        assert!(choices.len() <= OFTEN_USED_MAX);
    }
}
