//! Tokens: how other programs prove for whom they act, and what each may do. And bots, which are
//! accounts of such programs.

use crate::person::{self, HUES};
use crate::workspace::Role;
use crate::{Error, Person, Timestamp, TokenId, UserId, WorkspaceId, limits, text};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{fmt, str::FromStr};

/// What a personal access token, or one of a bot, begins with: those who look for secrets in public
/// places find it by that.
pub const TOKEN_PREFIX: &str = "hubbub_token_";
/// What a refresh token begins with.
pub const REFRESH_PREFIX: &str = "hubbub_refresh_";

/// One thing that a token may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Reads and searches what its owner may read.
    Read,
    /// Writes posts, comments, messages and reactions, and moves read positions.
    Write,
    /// Takes files up and down.
    Files,
    /// Follows what happens, over the socket, and publishes events of its own.
    Events,
    /// Manages workspaces, members and invitations, and the instance if its owner does.
    Admin,
}

impl Scope {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Read, Self::Write, Self::Files, Self::Events, Self::Admin];

    /// Its word on the wire and in the database.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Files => "files",
            Self::Events => "events",
            Self::Admin => "admin",
        }
    }

    fn bit(self) -> u8 {
        1 << (self as u8)
    }
}

/// Several of them. On the wire a list of words; a form sends them as one text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Scopes(u8);

impl Scopes {
    /// Every scope.
    #[must_use]
    pub fn all() -> Self {
        Scope::ALL.into_iter().collect()
    }

    /// Whether this one is among them.
    #[must_use]
    pub fn has(self, scope: Scope) -> bool {
        self.0 & scope.bit() != 0
    }

    /// Those that are in both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// All of them but this one.
    #[must_use]
    pub fn without(self, scope: Scope) -> Self {
        Self(self.0 & !scope.bit())
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// One after the other.
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.into_iter().filter(move |scope| self.has(*scope))
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().fold(0, |bits, scope| bits | scope.bit()))
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, scope) in self.iter().enumerate() {
            let space = if index == 0 { "" } else { " " };
            write!(f, "{space}{}", scope.word())?;
        }
        Ok(())
    }
}

impl FromStr for Scopes {
    type Err = Error;

    fn from_str(words: &str) -> Result<Self, Error> {
        let scope = |word: &str| {
            let known = Scope::ALL.into_iter().find(|scope| scope.word() == word);
            known.ok_or_else(|| {
                Error::invalid("scopes", format!("There is no scope {}.", text::excerpt(word, 20)))
            })
        };
        words.split_whitespace().map(scope).collect()
    }
}

impl Serialize for Scopes {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for Scopes {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Sent {
            List(Vec<Scope>),
            Text(String),
        }
        match Sent::deserialize(from)? {
            Sent::List(scopes) => Ok(scopes.into_iter().collect()),
            Sent::Text(words) => words.parse().map_err(serde::de::Error::custom),
        }
    }
}

/// A token as lists show it. The secret itself is shown once, when it is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// Its id.
    pub id: TokenId,
    /// What it is for, in its owner's words.
    pub name: String,
    /// What it may do.
    pub scopes: Scopes,
    /// When it was made.
    pub at: Timestamp,
    /// When it was last used, to the minute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_at: Option<Timestamp>,
    /// When it ends by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

/// Arguments of `tokens.create`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewToken {
    /// Made by the caller; the same again gives the same token.
    pub id: TokenId,
    /// What it is for.
    pub name: String,
    /// What it may do.
    #[serde(default)]
    pub scopes: Scopes,
    /// After how many days it ends; 0: when it is revoked.
    #[serde(default, deserialize_with = "text::number")]
    pub days: u16,
    /// The bot that it is for; otherwise for the caller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bot: Option<UserId>,
}

impl NewToken {
    /// The arguments with their texts made clean.
    ///
    /// # Errors
    /// 422 with the field that does not fit.
    pub fn validate(self) -> Result<Self, Error> {
        if self.scopes.is_empty() {
            return Err(Error::invalid("scopes", "Choose what the token may do."));
        }
        if limits::TOKEN_DAYS_MAX < self.days {
            let message = format!("At most {} days, or 0 for no end.", limits::TOKEN_DAYS_MAX);
            return Err(Error::invalid("days", message));
        }
        Ok(Self { name: text::line("name", &self.name, limits::TOKEN_NAME_CHARS_MAX)?, ..self })
    }
}

/// A token that was just made, with its secret.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FreshToken {
    /// The token.
    pub token: Token,
    /// What a program sends as `Authorization: Bearer …`.
    pub secret: String,
}

/// What an exchange gives: a signed token for a quarter of an hour, and the way to the next one.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Granted {
    /// A JWT for `Authorization: Bearer …` and for the socket.
    pub access_token: String,
    /// Always `Bearer`.
    pub token_type: String,
    /// The access token holds for so many seconds.
    pub expires_in: u64,
    /// Gives the next pair, once.
    pub refresh_token: String,
    /// What both may do.
    pub scopes: Scopes,
}

// Secrets do not show themselves in logs.
impl fmt::Debug for FreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FreshToken").field("token", &self.token).finish_non_exhaustive()
    }
}

impl fmt::Debug for Granted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Granted").field("scopes", &self.scopes).finish_non_exhaustive()
    }
}

/// A bot of a workspace, as those see it who manage it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bot {
    /// How others see it.
    pub person: Person,
    /// What it may do in the workspace.
    pub role: Role,
    /// Its tokens, the newest first.
    pub tokens: Vec<Token>,
}

/// Arguments of `bots.create`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewBot {
    /// Made by the caller; the same again gives the same bot.
    pub id: UserId,
    /// Where it works.
    pub workspace: WorkspaceId,
    /// The name to show.
    pub name: String,
    /// What stands after `@`.
    pub handle: String,
    /// What it may do there; at most what its maker may, and never owner.
    pub role: Role,
    /// Avatar colour, 1 to [`HUES`].
    #[serde(deserialize_with = "text::number")]
    pub hue: u8,
}

impl NewBot {
    /// The arguments with their texts made clean.
    ///
    /// # Errors
    /// 422 with the field that does not fit.
    pub fn validate(self) -> Result<Self, Error> {
        if self.role == Role::Owner {
            return Err(Error::invalid("role", "A bot cannot own a workspace."));
        }
        if !(1..=HUES).contains(&self.hue) {
            return Err(Error::invalid("hue", "This colour does not exist."));
        }
        Ok(Self { name: person::name(&self.name)?, handle: person::handle(&self.handle)?, ..self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_a_list_on_the_wire_and_one_text_in_a_form() {
        let scopes: Scopes = [Scope::Admin, Scope::Read].into_iter().collect();
        assert_eq!(serde_json::to_string(&scopes).unwrap(), r#"["read","admin"]"#);
        for text in [r#"["admin","read","read"]"#, r#""admin read""#] {
            assert_eq!(serde_json::from_str::<Scopes>(text).unwrap(), scopes, "{text}");
        }
        assert_eq!(scopes.to_string().parse::<Scopes>().unwrap(), scopes);
        for text in [r#"["root"]"#, r#""read root""#, "7"] {
            assert!(serde_json::from_str::<Scopes>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn only_what_is_in_both_is_left() {
        let some: Scopes = "read files".parse().unwrap();
        assert_eq!(some.and("files admin".parse().unwrap()).to_string(), "files");
        assert_eq!(Scopes::all().without(Scope::Events).to_string(), "read write files admin");
        assert!(Scopes::default().is_empty() && !some.has(Scope::Write) && some.has(Scope::Files));
    }

    #[test]
    fn a_token_has_a_name_a_scope_and_an_end_within_a_year() {
        let new = NewToken {
            id: TokenId::new(Timestamp(0)),
            name: " Deploys ".to_owned(),
            scopes: Scopes::all(),
            days: 366,
            bot: None,
        };
        assert_eq!(new.clone().validate().unwrap().name, "Deploys");
        for (field, wrong) in [
            ("name", NewToken { name: " ".to_owned(), ..new.clone() }),
            ("scopes", NewToken { scopes: Scopes::default(), ..new.clone() }),
            ("days", NewToken { days: 367, ..new.clone() }),
        ] {
            assert_eq!(wrong.validate().unwrap_err().field.as_deref(), Some(field));
        }
    }

    #[test]
    fn secrets_do_not_show_themselves_in_logs() {
        let granted = Granted {
            access_token: "eyJ-secret".to_owned(),
            token_type: "Bearer".to_owned(),
            expires_in: 900,
            refresh_token: "hubbub_refresh_secret".to_owned(),
            scopes: Scopes::all(),
        };
        assert!(!format!("{granted:?}").contains("secret"));
    }
}
