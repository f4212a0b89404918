//! People as they stand beside what they wrote.
//!
//! A query that joins `users u` selects [`author_columns!`] and its row flattens [`Author`].

use crate::db::{Tx, fetch_optional};
use crate::{Error, Result};
use protocol::{Person, UserId};
use uuid::Uuid;

/// The columns of [`Author`] from `users u`.
macro_rules! author_columns {
    () => {
        "u.id AS author_id, u.name AS author_name, u.handle AS author_handle, \
         CAST(u.hue AS BIGINT) AS author_hue, u.former AS author_former, u.bot_of IS NOT NULL AS author_bot"
    };
}
pub(crate) use author_columns;

/// A person beside a row of theirs.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct Author {
    author_id: Uuid,
    author_name: String,
    author_handle: Option<String>,
    author_hue: i64,
    author_former: bool,
    author_bot: bool,
}

impl Author {
    pub(crate) fn id(&self) -> UserId {
        UserId(self.author_id)
    }
}

impl From<Author> for Person {
    fn from(author: Author) -> Self {
        let id = author.id();
        if author.author_former {
            return Self::former(id);
        }
        Self {
            id,
            name: author.author_name,
            handle: author.author_handle.unwrap_or_default(),
            hue: u8::try_from(author.author_hue).unwrap_or(1),
            former: false,
            bot: author.author_bot,
        }
    }
}

/// The person with this id.
pub(crate) async fn person(tx: &mut Tx, user: UserId) -> Result<Person> {
    let author = fetch_optional!(
        tx,
        Author,
        concat!("SELECT ", author_columns!(), " FROM users u WHERE u.id = $1"),
        user.0
    )?;
    author.map(Person::from).ok_or_else(|| Error::corrupt("users", user, "somebody acts who is not there"))
}
