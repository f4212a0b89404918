//! Completion in editors: which word stands before the caret, and what it may become. `@` begins a
//! person, `#` a room, `:` an emoji.

use crate::emoji::{self, Emoji, Groups};
use crate::fit::fit;
use protocol::conversation::Conversation;
use protocol::workspace::Member;
use protocol::{Person, UserId};

/// Rows of the list.
pub const ROWS_MAX: usize = 8;
/// Shorter words after `:` are smileys.
const EMOJI_CHARS_MIN: usize = 2;

/// What a sign begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// `@`
    Person,
    /// `#`
    Room,
    /// `:`
    Emoji,
}

/// The word before the caret. Places count as the browser does, in UTF-16 units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// What it asks for.
    pub sort: Sort,
    /// Where its sign stands.
    pub from: u32,
    /// Where the caret is.
    pub to: u32,
    /// What follows the sign.
    pub word: String,
}

/// One row of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Offer {
    /// A member of the workspace.
    Person(Person),
    /// A room of it, by its name.
    Room(String),
    /// An emoji.
    Emoji(Emoji),
}

impl Offer {
    /// What stands in the text when it is taken.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Person(person) => format!("@{} ", person.handle),
            Self::Room(name) => format!("#{name} "),
            Self::Emoji((emoji, _)) => format!("{emoji} "),
        }
    }
}

/// The word that asks for completion, if the caret stands at the end of one.
#[must_use]
pub fn asked(text: &str, caret: u32) -> Option<Asked> {
    let end = byte_at(text, caret)?;
    let (before, after) = text.split_at(end);
    if after.chars().next().is_some_and(belongs) {
        return None;
    }
    let (index, sign) = before.char_indices().rev().find(|(_, c)| !belongs(*c))?;
    let sort = match sign {
        '@' => Sort::Person,
        '#' => Sort::Room,
        ':' => Sort::Emoji,
        _ => return None,
    };
    // "ada@example.org" is an address, "10:30" a time.
    if before[..index].chars().next_back().is_some_and(|c| belongs(c) || c == sign) {
        return None;
    }
    let word = &before[index + sign.len_utf8()..];
    if sort == Sort::Emoji && word.chars().count() < EMOJI_CHARS_MIN {
        return None;
    }
    Some(Asked { sort, from: units(&before[..index]), to: caret, word: word.to_owned() })
}

/// What fits the word, the best first.
#[must_use]
pub fn offers(
    asked: &Asked,
    members: &[Member],
    rooms: &[Conversation],
    groups: Option<Groups>,
    me: Option<UserId>,
) -> Vec<Offer> {
    match asked.sort {
        Sort::Person => people(members, &asked.word)
            .filter(|person| Some(person.id) != me)
            .take(ROWS_MAX)
            .map(|person| Offer::Person(person.clone()))
            .collect(),
        Sort::Room => {
            named(rooms, &asked.word).take(ROWS_MAX).map(|room| Offer::Room(room.name.clone())).collect()
        }
        Sort::Emoji => emojis(&asked.word, groups).take(ROWS_MAX).map(Offer::Emoji).collect(),
    }
}

/// The members whose handle or name fits a word, the best first.
pub fn people<'m>(members: &'m [Member], word: &str) -> impl Iterator<Item = &'m Person> + use<'m> {
    let word = word.to_lowercase();
    let mut found: Vec<_> = members
        .iter()
        .map(|member| &member.person)
        .filter(|person| !person.former)
        .filter_map(|person| Some((fit(&[&person.handle, &person.name], &word)?, person)))
        .collect();
    found.sort_by_key(|(fit, person)| (*fit, person.name.to_lowercase()));
    found.into_iter().map(|(_, person)| person)
}

/// The rooms whose name fits a word, the best first.
fn named<'r>(rooms: &'r [Conversation], word: &str) -> impl Iterator<Item = &'r Conversation> + use<'r> {
    let word = word.to_lowercase();
    let mut found: Vec<_> =
        rooms.iter().filter_map(|room| Some((fit(&[&room.name], &word)?, room))).collect();
    found.sort_by_key(|(fit, _)| *fit);
    found.into_iter().map(|(_, room)| room)
}

/// The usual ones first, then all others once they were fetched.
fn emojis(word: &str, groups: Option<Groups>) -> impl Iterator<Item = Emoji> + use<> {
    let word = word.to_lowercase();
    let spaced = word.replace(['_', '-'], " ");
    let mut found: Vec<_> =
        emoji::ALL.into_iter().filter_map(|emoji| Some((fit(&[emoji.1], &spaced)?, emoji))).collect();
    found.sort_by_key(|(fit, _)| *fit);
    let mut others: Vec<_> = groups
        .into_iter()
        .flatten()
        .flat_map(|group| &group.emoji)
        .filter(|listed| emoji::ALL.iter().all(|(usual, _)| *usual != listed.emoji))
        .filter_map(|listed| {
            Some((emoji::fits(listed, &word)?, (listed.emoji.as_str(), listed.name.as_str())))
        })
        .collect();
    others.sort_by_key(|(fit, _)| *fit);
    found.into_iter().chain(others).map(|(_, emoji)| emoji)
}

/// Characters of handles, and those of names in any script.
fn belongs(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.')
}

fn byte_at(text: &str, caret: u32) -> Option<usize> {
    let mut left = caret;
    for (index, c) in text.char_indices() {
        if left == 0 {
            return Some(index);
        }
        #[expect(clippy::cast_possible_truncation, reason = "one or two")]
        let width = c.len_utf16() as u32;
        left = left.checked_sub(width)?;
    }
    (left == 0).then_some(text.len())
}

fn units(text: &str) -> u32 {
    u32::try_from(text.encode_utf16().count()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::tests::make;
    use protocol::Timestamp;
    use protocol::workspace::Role;

    /// The caret stands where the text has a bar.
    fn word(marked: &str) -> Option<(Sort, String)> {
        let (before, after) = marked.split_once('|').unwrap();
        let found = asked(&format!("{before}{after}"), units(before))?;
        let written: Vec<u16> = before.encode_utf16().skip(found.from as usize).collect();
        assert_eq!(String::from_utf16(&written).unwrap().trim_start_matches(['@', '#', ':']), found.word);
        assert_eq!(found.to, units(before));
        Some((found.sort, found.word))
    }

    fn member(handle: &str, name: &str) -> Member {
        let person = Person {
            id: UserId::new(Timestamp(1)),
            name: name.to_owned(),
            handle: handle.to_owned(),
            hue: 1,
            former: false,
            bot: false,
        };
        Member { person, role: Role::Member, joined_at: Timestamp(1), status: None }
    }

    fn handles(members: &[Member], word: &str) -> Vec<String> {
        people(members, word).map(|person| person.handle.clone()).collect()
    }

    #[test]
    fn a_sign_at_the_beginning_of_a_word_asks() {
        for (text, expected) in [
            ("@|", Some((Sort::Person, ""))),
            ("Could @be| look?", Some((Sort::Person, "be"))),
            ("(@ada.l|)", Some((Sort::Person, "ada.l"))),
            ("🎉🎉 @Zoë|", Some((Sort::Person, "Zoë"))),
            ("*@be|", Some((Sort::Person, "be"))),
            ("well done :par|", Some((Sort::Emoji, "par"))),
            ("see #win|", Some((Sort::Room, "win"))),
            ("(#北|", Some((Sort::Room, "北"))),
        ] {
            let expected = expected.map(|(sort, word)| (sort, word.to_owned()));
            assert_eq!(word(text), expected, "{text}");
        }
    }

    #[test]
    fn addresses_times_smileys_and_the_middle_of_words_do_not_ask() {
        for text in [
            "ada@exa|",
            "at 10:30|",
            ":|",
            ":)|",
            ":D|",
            "@be|n",
            "@ben |",
            "@@be|",
            "|",
            "plain|",
            "::par|",
            "##|",
            "# |",
            "issue#4|",
        ] {
            assert_eq!(word(text), None, "{text}");
        }
        assert_eq!(asked("🎉", 1), None, "inside of a character");
        assert_eq!(asked("@a", 9), None, "beyond the end");
    }

    #[test]
    fn handles_and_every_word_of_a_name_are_found_the_best_first() {
        let members = [
            member("jo", "Jo Lindqvist"),
            member("aleks", "Aleksandra Wiśniewska-Montgomery"),
            member("li", "Mo Linden"),
            member("carolin", "Carolin Ek"),
        ];
        assert_eq!(handles(&members, "LI"), ["li", "jo", "carolin"]);
        assert_eq!(handles(&members, "mont"), ["aleks"]);
        assert_eq!(handles(&members, ""), ["aleks", "carolin", "jo", "li"]);
        assert_eq!(handles(&members, "nobody"), [""; 0]);
    }

    #[test]
    fn nobody_is_offered_themselves_or_somebody_who_left() {
        let mut members = [member("ada", "Ada"), member("adam", "Adam"), member("", "Former member")];
        members[2].person.former = true;
        let me = members[0].person.id;
        members[1].person.id = UserId::new(Timestamp(2));
        let asked = asked("@", 1).unwrap();
        let found: Vec<String> =
            offers(&asked, &members, &[], None, Some(me)).iter().map(Offer::text).collect();
        assert_eq!(found, ["@adam "]);
    }

    #[test]
    fn rooms_are_found_by_every_part_of_their_names_the_best_first() {
        let room = |name: &str| Conversation { name: name.to_owned(), ..make::conversation() };
        let rooms = [room("building-project"), room("general"), room("project-north"), room("北区")];
        let found = |text: &str| {
            let asked = asked(text, units(text)).unwrap();
            offers(&asked, &[], &rooms, None, None).iter().map(Offer::text).collect::<Vec<_>>()
        };
        assert_eq!(found("#Proj"), ["#project-north ", "#building-project "]);
        assert_eq!(found("in #北"), ["#北区 "]);
        assert_eq!(found("#").len(), 4);
        assert_eq!(found("#nothing"), [""; 0]);
    }

    #[test]
    fn emoji_are_found_by_the_words_of_their_names() {
        let found = |text: &str| {
            let asked = asked(text, units(text)).unwrap();
            offers(&asked, &[], &[], None, None).iter().map(Offer::text).collect::<Vec<_>>()
        };
        assert_eq!(found(":thumbs_u"), ["👍 "]);
        assert_eq!(found(":th"), ["👍 ", "🙏 ", "🤔 "]);
        assert_eq!(found(":up"), ["👍 ", "🙌 "]);
    }
}
