//! What people say of themselves: an emoji and a few words, until a time.
//!
//! It is a part of the person as a member of their workspaces, so a change is `member.updated` there. Its
//! end is no event: whoever holds it knows when, and no answer holds one that has ended.

use crate::authors::{self, Author, author_columns};
use crate::db::{Tx, execute, fetch_all, fetch_optional};
use crate::log::signed;
use crate::writer::WriteTx;
use crate::{Caller, Result, Store, access, members};
use futures::FutureExt;
use protocol::presence::{CustomStatus, NewStatus};
use protocol::workspace::Member;
use protocol::{Error, EventKind, Timestamp, Topic, UserId, WorkspaceId, limits};
use std::collections::HashMap;
use uuid::Uuid;

/// The columns of [`StatusRow`] from `statuses s`, which is joined by `LEFT JOIN`.
macro_rules! status_columns {
    () => {
        "s.emoji AS status_emoji, s.words AS status_words, s.until AS status_until"
    };
}
pub(crate) use status_columns;

/// A status beside its person; nothing where there is none.
#[derive(Debug, sqlx::FromRow)]
pub(crate) struct StatusRow {
    status_emoji: Option<String>,
    status_words: Option<String>,
    status_until: Option<i64>,
}

impl StatusRow {
    /// The status, unless it has ended.
    pub(crate) fn status(self, now: Timestamp) -> Option<CustomStatus> {
        let (emoji, text) = (self.status_emoji?, self.status_words.unwrap_or_default());
        let status = CustomStatus { emoji, text, until: self.status_until.map(Timestamp) };
        Some(status).filter(|status| !status.has_ended(now))
    }
}

impl Store {
    /// Sets what the caller says of themself, for everybody in their workspaces; without emoji and words
    /// they say nothing any longer. The status from now on.
    ///
    /// # Errors
    /// 422 for what does not fit.
    pub async fn set_status(&self, caller: &Caller, new: NewStatus) -> Result<Option<CustomStatus>> {
        let caller = *caller;
        let status = new.validate(self.now())?;
        if status.as_ref().is_some_and(|status| emojis::get(&status.emoji).is_none()) {
            return Err(Error::invalid("emoji", "This is not an emoji.").into());
        }
        let written = self.write(move |tx| {
            let status = status.clone();
            async move { set(tx, &caller, status).await }.boxed()
        });
        Ok(written.await?.value)
    }
}

async fn set(
    tx: &mut WriteTx,
    caller: &Caller,
    status: Option<CustomStatus>,
) -> Result<Option<CustomStatus>> {
    let person = authors::person(tx, caller.user).await?;
    if person.former {
        return Err(Error::unauthenticated().into());
    }
    let now = tx.now;
    if of(tx, caller.user, now).await? == status {
        return Ok(status);
    }
    match &status {
        Some(status) => execute!(
            tx,
            "INSERT INTO statuses (user_id, emoji, words, until, at) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (user_id) DO UPDATE
             SET emoji = excluded.emoji, words = excluded.words, until = excluded.until, at = excluded.at",
            caller.user.0,
            &status.emoji,
            &status.text,
            status.until.map(|until| until.0),
            now.0
        )?,
        None => execute!(tx, "DELETE FROM statuses WHERE user_id = $1", caller.user.0)?,
    };
    for (workspace, member) in members::everywhere(tx, &person).await? {
        let kind = EventKind::MemberUpdated(member);
        tx.append(Topic::Workspace(workspace), Some(caller.user), Some(caller.user.0), kind);
    }
    Ok(status)
}

/// What somebody says of themself now.
pub(crate) async fn of(tx: &mut Tx, user: UserId, now: Timestamp) -> Result<Option<CustomStatus>> {
    let sql = concat!("SELECT ", status_columns!(), " FROM statuses s WHERE s.user_id = $1");
    let row = fetch_optional!(tx, StatusRow, sql, user.0)?;
    Ok(row.and_then(|row| row.status(now)))
}

#[derive(sqlx::FromRow)]
struct MemberRow {
    workspace_id: Uuid,
    #[sqlx(flatten)]
    author: Author,
    role: String,
    joined_at: i64,
    #[sqlx(flatten)]
    status: StatusRow,
}

/// Members of a person's workspaces who say something of themselves, the latest first.
pub(crate) async fn around(
    tx: &mut Tx,
    user: UserId,
    now: Timestamp,
) -> Result<HashMap<WorkspaceId, Vec<Member>>> {
    let rows = fetch_all!(
        tx,
        MemberRow,
        concat!(
            "SELECT m.workspace_id, m.role, m.joined_at, ",
            author_columns!(),
            ", ",
            status_columns!(),
            " FROM statuses s JOIN users u ON u.id = s.user_id JOIN members m ON m.user_id = u.id
             WHERE m.workspace_id IN (SELECT workspace_id FROM members WHERE user_id = $1)
             AND (s.until IS NULL OR s.until > $2) ORDER BY s.at DESC, u.id LIMIT $3"
        ),
        user.0,
        now.0,
        signed(limits::STATUSES_SHOWN_MAX as u64)
    )?;
    let mut found: HashMap<WorkspaceId, Vec<Member>> = HashMap::new();
    for row in rows {
        let role = access::role_of(&row.role, row.author.id())?;
        let (person, joined_at, status) =
            (row.author.into(), Timestamp(row.joined_at), row.status.status(now));
        let member = Member { person, role, joined_at, status };
        found.entry(WorkspaceId(row.workspace_id)).or_default().push(member);
    }
    Ok(found)
}
