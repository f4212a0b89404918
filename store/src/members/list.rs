//! Lists of members, by name.

use crate::access::{self, role_of};
use crate::authors::{Author, author_columns};
use crate::db::{Tx, fetch_all};
use crate::log::{position, signed};
use crate::statuses::{StatusRow, status_columns};
use crate::{Caller, Result, Store, users};
use protocol::page::{Page, PageKey};
use protocol::position::TopicPosition;
use protocol::workspace::Member;
use protocol::{Error, Timestamp, UserId, WorkspaceId, limits};
use uuid::Uuid;

/// People asked for at once: all whom a presence list can name.
const PEOPLE_AT_ONCE_MAX: usize = limits::PRESENCE_PEOPLE_MAX;

#[derive(sqlx::FromRow)]
struct Row {
    #[sqlx(flatten)]
    author: Author,
    folded: String,
    role: String,
    joined_at: i64,
    #[sqlx(flatten)]
    status: StatusRow,
}

impl Row {
    fn member(self, now: Timestamp) -> Result<Member> {
        let role = role_of(&self.role, self.author.id())?;
        let (joined_at, status) = (Timestamp(self.joined_at), self.status.status(now));
        Ok(Member { person: self.author.into(), role, joined_at, status })
    }
}

impl Store {
    /// The members of a workspace by name, all or those whose name or handle contains `query`.
    ///
    /// # Errors
    /// 404 outside, 400 for a key that is none.
    pub async fn members(
        &self,
        caller: &Caller,
        workspace: WorkspaceId,
        query: Option<String>,
        after: Option<PageKey>,
    ) -> Result<Page<Member>> {
        let (caller, now) = (*caller, self.now());
        let (folded, id) = users::place_after(after)?;
        let pattern = users::pattern(query.as_deref());
        self.read(move |tx| {
            Box::pin(async move {
                let topic = access::member(tx, &caller, workspace).await?.topic();
                let mut rows = fetch_all!(
                    tx,
                    Row,
                    concat!(
                        "SELECT ",
                        author_columns!(),
                        ", ",
                        status_columns!(),
                        ", u.folded, m.role, m.joined_at FROM members m JOIN users u ON u.id = m.user_id
                         LEFT JOIN statuses s ON s.user_id = u.id
                         WHERE m.workspace_id = $1 AND u.folded LIKE $2 ESCAPE '!' AND (u.folded, u.id) > ($3, $4)
                         ORDER BY u.folded, u.id LIMIT $5"
                    ),
                    workspace.0,
                    pattern,
                    folded,
                    id,
                    signed(limits::PEOPLE_PAGE_ROWS as u64 + 1)
                )?;
                let next = users::next_key(&mut rows, |last| format!("{}.{}", last.author.id(), last.folded));
                let as_of = TopicPosition { topic, position: position(tx, topic).await? };
                let items = rows.into_iter().map(|row| row.member(now)).collect::<Result<_>>()?;
                Ok(Page { items, next, as_of: Some(as_of) })
            })
        })
        .await
    }

    /// These members of a workspace; ids of other people are left out.
    ///
    /// # Errors
    /// 404 outside, 422 for more than 200 at once.
    pub async fn people(
        &self,
        caller: &Caller,
        workspace: WorkspaceId,
        users: Vec<UserId>,
    ) -> Result<Vec<Member>> {
        let (caller, now) = (*caller, self.now());
        if PEOPLE_AT_ONCE_MAX < users.len() {
            let message = format!("At most {PEOPLE_AT_ONCE_MAX} people at once.");
            return Err(Error::invalid("users", message).into());
        }
        let ids = users.into_iter().map(|user| user.0).collect();
        self.read(move |tx| {
            Box::pin(async move {
                access::member(tx, &caller, workspace).await?;
                these(tx, workspace, ids, now).await
            })
        })
        .await
    }
}

/// These people as members, by name; those who are none are left out.
pub(crate) async fn these(
    tx: &mut Tx,
    workspace: WorkspaceId,
    users: Vec<Uuid>,
    now: Timestamp,
) -> Result<Vec<Member>> {
    let rows = fetch_all!(
        tx,
        Row,
        ids = users,
        "SELECT u.id AS author_id, u.name AS author_name, u.handle AS author_handle,
                CAST(u.hue AS BIGINT) AS author_hue, u.former AS author_former, u.bot_of IS NOT NULL AS author_bot, u.folded, m.role, m.joined_at,
                s.emoji AS status_emoji, s.words AS status_words, s.until AS status_until
         FROM members m JOIN users u ON u.id = m.user_id LEFT JOIN statuses s ON s.user_id = u.id
         WHERE m.workspace_id = $2 AND m.user_id IN (SELECT id FROM ids) ORDER BY u.folded, u.id",
        workspace.0
    )?;
    rows.into_iter().map(|row| row.member(now)).collect()
}
