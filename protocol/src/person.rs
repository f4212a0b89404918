//! People, as others see them.

use crate::{Error, UserId, limits, text};
use serde::{Deserialize, Serialize};

/// Number of avatar colours (`--person-1…12` in the style sheet).
pub const HUES: u8 = 12;

/// What `@` and this word mean in a conversation: nobody has it as a handle.
const RESERVED: [&str; 2] = ["here", "room"];

/// A person as everybody in a shared workspace sees them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Person {
    /// Who.
    pub id: UserId,
    /// The name to show.
    pub name: String,
    /// What stands after `@`. Empty for a former member.
    pub handle: String,
    /// Avatar colour, 1 to [`HUES`].
    pub hue: u8,
    /// The account was deleted: name and handle are gone, what they wrote stays.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub former: bool,
    /// A program of one workspace, not a person.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub bot: bool,
}

impl Person {
    /// One or two letters for the avatar.
    #[must_use]
    pub fn initials(&self) -> String {
        let mut words = self.name.split_whitespace();
        let first = words.next().and_then(|word| word.chars().next());
        let last = words.last().and_then(|word| word.chars().next());
        first.into_iter().chain(last).flat_map(char::to_uppercase).collect()
    }

    /// Who stands where an account was deleted.
    #[must_use]
    pub fn former(id: UserId) -> Self {
        Self { id, name: "Former member".to_owned(), handle: String::new(), hue: 1, former: true, bot: false }
    }
}

/// What a person may do on this instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InstanceRole {
    /// Uses it.
    Member,
    /// Runs it: `/admin`.
    Admin,
}

/// Checks a handle: ASCII letters in lower case, digits, `_`, `-` and `.`, a letter first.
///
/// # Errors
/// 422 with what is wrong.
pub fn handle(input: &str) -> Result<String, Error> {
    let handle = input.trim().trim_start_matches('@').to_ascii_lowercase();
    let count = handle.chars().count();
    if !(limits::HANDLE_CHARS_MIN..=limits::HANDLE_CHARS_MAX).contains(&count) {
        let message =
            format!("Between {} and {} characters.", limits::HANDLE_CHARS_MIN, limits::HANDLE_CHARS_MAX);
        return Err(Error::invalid("handle", message));
    }
    let starts_well = handle.starts_with(|c: char| c.is_ascii_lowercase());
    let ends_well = handle.ends_with(|c: char| c.is_ascii_alphanumeric());
    let inside = handle.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-.".contains(c));
    if !(starts_well && ends_well && inside) {
        return Err(Error::invalid(
            "handle",
            "Letters from a to z, digits, dots and dashes; begin with a letter.",
        ));
    }
    if RESERVED.contains(&handle.as_str()) {
        return Err(Error::invalid("handle", "This word means everybody; choose another one."));
    }
    Ok(handle)
}

/// Checks a person's name.
///
/// # Errors
/// 422 with what is wrong.
pub fn name(input: &str) -> Result<String, Error> {
    text::line("name", input, limits::PERSON_NAME_CHARS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timestamp;

    #[test]
    fn initials_are_of_the_first_and_the_last_word() {
        let ada = |name: &str| Person { name: name.to_owned(), ..Person::former(UserId::new(Timestamp(0))) };
        assert_eq!(ada("Ada King Lovelace").initials(), "AL");
        assert_eq!(ada("ada").initials(), "A");
        assert_eq!(ada("").initials(), "");
    }

    #[test]
    fn handles_are_plain() {
        assert_eq!(handle("@Ada.L").unwrap(), "ada.l");
        for bad in ["a", "1ada", "ada ", "a b", "ädä", "ada\u{200B}", "ada.", "here", "Room", &"a".repeat(33)]
        {
            let answer = handle(bad);
            assert!(answer.is_err() || bad == "ada ", "{bad:?}");
        }
    }
}
