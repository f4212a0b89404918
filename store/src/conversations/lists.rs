//! Reading conversations: the sidebar, one of them, the rooms of a workspace, who is in one.

use super::rows::{self, Row, conversation_columns, participant_role_of};
use crate::access;
use crate::authors::{Author, author_columns};
use crate::db::fetch_all;
use crate::log::{number, position, signed};
use crate::{Caller, Result, Store, presence, users};
use futures::FutureExt;
use protocol::conversation::{ConversationKind, ConversationMember, ConversationState, Receipt, RoomListing};
use protocol::page::{Page, PageKey};
use protocol::position::TopicPosition;
use protocol::workspace::Role;
use protocol::{ConversationId, Timestamp, WorkspaceId, limits};

#[derive(sqlx::FromRow)]
struct ListingRow {
    #[sqlx(flatten)]
    row: Row,
    joined: bool,
}

#[derive(sqlx::FromRow)]
struct MemberRow {
    #[sqlx(flatten)]
    author: Author,
    folded: String,
    role: String,
    joined_at: i64,
}

impl Store {
    /// The conversations of a workspace that the caller is in, with what is unread.
    ///
    /// # Errors
    /// 404 outside the workspace.
    pub async fn conversations(
        &self,
        caller: &Caller,
        workspace: WorkspaceId,
    ) -> Result<Vec<ConversationState>> {
        let caller = *caller;
        self.read(move |tx| {
            async move {
                access::member(tx, &caller, workspace).await?;
                let found = rows::joined(tx, caller.user, workspace).await?;
                let mut states = rows::states(tx, caller.user, found).await?;
                states.sort_by_cached_key(|one| (one.conversation.name.to_lowercase(), one.conversation.id));
                Ok(states)
            }
            .boxed()
        })
        .await
    }

    /// One conversation with the caller's place in it. Also a room that they have not joined.
    ///
    /// # Errors
    /// 404 for one that they may not read.
    pub async fn conversation(&self, caller: &Caller, id: ConversationId) -> Result<ConversationState> {
        let caller = *caller;
        self.read(move |tx| {
            async move {
                access::conversation(tx, &caller, id).await?;
                let row = rows::one(tx, caller.user, id).await?;
                let mut states = rows::states(tx, caller.user, vec![row]).await?;
                Ok(states.remove(0))
            }
            .boxed()
        })
        .await
    }

    /// The rooms of a workspace by name, all that are not archived or those whose name contains `query`.
    ///
    /// # Errors
    /// 404 outside, 403 for guests, 400 for a key that is none.
    pub async fn rooms(
        &self,
        caller: &Caller,
        workspace: WorkspaceId,
        query: Option<String>,
        after: Option<PageKey>,
    ) -> Result<Page<RoomListing>> {
        let caller = *caller;
        let (name, id) = users::place_after(after)?;
        let pattern = users::pattern(query.as_deref().map(|query| query.trim_start_matches('#')));
        self.read(move |tx| {
            async move {
                let member = access::member(tx, &caller, workspace).await?;
                if member.role == Role::Guest {
                    let sentence = "Guests see only the conversations that they were added to.";
                    return Err(protocol::Error::forbidden(sentence).into());
                }
                let mut rows = fetch_all!(
                    tx,
                    ListingRow,
                    concat!(
                        "SELECT ",
                        conversation_columns!(),
                        ", EXISTS (SELECT 1 FROM participants p
                                   WHERE p.conversation_id = c.id AND p.user_id = $2) AS joined
                         FROM conversations c
                         WHERE c.workspace_id = $1 AND c.kind = 'room' AND c.archived_at IS NULL
                         AND c.name LIKE $3 ESCAPE '!' AND (c.name, c.id) > ($4, $5)
                         ORDER BY c.name, c.id LIMIT $6"
                    ),
                    workspace.0,
                    caller.user.0,
                    pattern,
                    name,
                    id,
                    signed(limits::PEOPLE_PAGE_ROWS as u64 + 1)
                )?;
                let next = users::next_key(&mut rows, |last| last.row.key());
                let listing = |row: ListingRow| {
                    Ok(RoomListing { conversation: row.row.conversation()?, joined: row.joined })
                };
                let items = rows.into_iter().map(listing).collect::<Result<_>>()?;
                Ok(Page { items, next, as_of: None })
            }
            .boxed()
        })
        .await
    }

    /// Who is in a conversation, by name, all or those whose name or handle contains `query`.
    ///
    /// # Errors
    /// 404 for one that the caller may not read, 400 for a key that is none.
    pub async fn participants(
        &self,
        caller: &Caller,
        id: ConversationId,
        query: Option<String>,
        after: Option<PageKey>,
    ) -> Result<Page<ConversationMember>> {
        let caller = *caller;
        let (folded, after) = users::place_after(after)?;
        let pattern = users::pattern(query.as_deref());
        self.read(move |tx| {
            async move {
                let topic = access::conversation(tx, &caller, id).await?.topic();
                let mut rows = fetch_all!(
                    tx,
                    MemberRow,
                    concat!(
                        "SELECT ",
                        author_columns!(),
                        ", u.folded, p.role, p.joined_at FROM participants p JOIN users u ON u.id = p.user_id
                         WHERE p.conversation_id = $1 AND u.folded LIKE $2 ESCAPE '!'
                         AND (u.folded, u.id) > ($3, $4) ORDER BY u.folded, u.id LIMIT $5"
                    ),
                    id.0,
                    pattern,
                    folded,
                    after,
                    signed(limits::PEOPLE_PAGE_ROWS as u64 + 1)
                )?;
                let next = users::next_key(&mut rows, |last| format!("{}.{}", last.author.id(), last.folded));
                let as_of = TopicPosition { topic, position: position(tx, topic).await? };
                let member = |row: MemberRow| {
                    Ok(ConversationMember {
                        role: participant_role_of(&row.role, id)?,
                        person: row.author.into(),
                        joined_at: Timestamp(row.joined_at),
                    })
                };
                let items = rows.into_iter().map(member).collect::<Result<_>>()?;
                Ok(Page { items, next, as_of: Some(as_of) })
            }
            .boxed()
        })
        .await
    }

    /// How far the others have read a direct conversation or a group of at most
    /// [`limits::RECEIPTS_MEMBERS_MAX`] people; empty elsewhere, and for a caller who does not show it
    /// themself. Who does not show it is left out.
    ///
    /// # Errors
    /// 404 for one that the caller may not read.
    pub async fn receipts(&self, caller: &Caller, id: ConversationId) -> Result<Vec<Receipt>> {
        let (caller, now) = (*caller, self.now());
        self.read(move |tx| {
            async move {
                let reader = access::conversation(tx, &caller, id).await?;
                let is_small = reader.members <= limits::RECEIPTS_MEMBERS_MAX;
                let shows = presence::choice(tx, caller.user, now).await?.receipts;
                if reader.kind == ConversationKind::Room || !is_small || !shows {
                    return Ok(Vec::new());
                }
                let rows = fetch_all!(
                    tx,
                    ReceiptRow,
                    concat!(
                        "SELECT ",
                        author_columns!(),
                        ", p.seen_seq FROM participants p JOIN users u ON u.id = p.user_id
                         WHERE p.conversation_id = $1 AND p.user_id <> $2 AND u.receipts
                         ORDER BY u.folded, u.id"
                    ),
                    id.0,
                    caller.user.0
                )?;
                let receipt =
                    |row: ReceiptRow| Receipt { person: row.author.into(), seq: number(row.seen_seq) };
                Ok(rows.into_iter().map(receipt).collect())
            }
            .boxed()
        })
        .await
    }
}

#[derive(sqlx::FromRow)]
struct ReceiptRow {
    #[sqlx(flatten)]
    author: Author,
    seen_seq: i64,
}
