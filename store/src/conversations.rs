//! Conversations: beginning, renaming and archiving them.

mod lists;
mod marks;
pub(crate) mod people;
pub(crate) mod rows;

use crate::access::{self, Keeper};
use crate::db::{Tx, execute, fetch_all, fetch_optional};
use crate::messages::lines;
use crate::writer::WriteTx;
use crate::{Caller, Result, Store, members, workspaces};
use futures::FutureExt;
use protocol::conversation::{
    Conversation, ConversationEdit, ConversationKind, ConversationRole, ConversationState, NewConversation,
};
use protocol::message::SystemLine;
use protocol::workspace::{Role, Workspace};
use protocol::{ConversationId, Error, EventKind, Timestamp, Topic, UserId, WorkspaceId};
use std::sync::Arc;
use uuid::Uuid;

/// The room that every workspace begins with.
const FIRST_ROOM: &str = "general";

impl Store {
    /// Begins a room or a group, of which the caller becomes the owner. The same id again by the same
    /// person returns the one that is there.
    ///
    /// # Errors
    /// 404 outside the workspace and for people who are not in it, 403 for guests, 409 for an id or a
    /// room's name in use, 422 for what does not fit.
    pub async fn create_conversation(
        &self,
        caller: &Caller,
        new: NewConversation,
    ) -> Result<ConversationState> {
        let caller = *caller;
        let new = Arc::new(new.validate()?);
        let id = new.id;
        self.write(move |tx| {
            let new = Arc::clone(&new);
            async move { create(tx, &caller, &new).await }.boxed()
        })
        .await?;
        self.conversation(&caller, id).await
    }

    /// The direct conversation with somebody, which begins now if there is none. With oneself it is
    /// a place for notes.
    ///
    /// # Errors
    /// 404 outside the workspace, and for somebody who is not in it while there is none with them.
    pub async fn open_direct(
        &self,
        caller: &Caller,
        workspace: WorkspaceId,
        user: UserId,
    ) -> Result<ConversationState> {
        let caller = *caller;
        let written =
            self.write(move |tx| async move { direct(tx, &caller, workspace, user).await }.boxed()).await?;
        self.conversation(&caller, written.value).await
    }

    /// Changes the name, the topic line, or whether new members of the workspace join the room.
    ///
    /// # Errors
    /// 404, 403 for those who do not keep it, 409 for a room's name in use, 422.
    pub async fn update_conversation(&self, caller: &Caller, edit: ConversationEdit) -> Result<Conversation> {
        let caller = *caller;
        let edit = Arc::new(edit);
        let written = self.write(move |tx| {
            let edit = Arc::clone(&edit);
            async move { update(tx, &caller, &edit).await }.boxed()
        });
        Ok(written.await?.value)
    }

    /// Archives a conversation: it stays readable, and nothing is written in it. Or takes it out.
    ///
    /// # Errors
    /// 404, 403 for those who do not keep it, 409 when another room has its name by now.
    pub async fn archive_conversation(
        &self,
        caller: &Caller,
        id: ConversationId,
        archived: bool,
    ) -> Result<Conversation> {
        let caller = *caller;
        let written = self.write(move |tx| async move { archive(tx, &caller, id, archived).await }.boxed());
        Ok(written.await?.value)
    }
}

/// A row to be.
struct New<'a> {
    id: ConversationId,
    workspace: WorkspaceId,
    kind: ConversationKind,
    name: &'a str,
    topic_line: &'a str,
    direct_key: Option<String>,
    is_default: bool,
    by: UserId,
}

async fn create(tx: &mut WriteTx, caller: &Caller, new: &NewConversation) -> Result<()> {
    workspaces::take_turns(tx, new.workspace).await?;
    let member = access::member(tx, caller, new.workspace).await?;
    if member.role == Role::Guest {
        return Err(Error::forbidden("Guests cannot begin rooms and groups.").into());
    }
    let there = fetch_optional!(
        tx,
        (Option<Uuid>, Uuid, String),
        "SELECT created_by, workspace_id, kind FROM conversations WHERE id = $1",
        new.id.0
    )?;
    if let Some((by, workspace, kind)) = there {
        let is_same = by == Some(caller.user.0) && workspace == new.workspace.0 && kind == new.kind.word();
        return if is_same { Ok(()) } else { Err(Error::taken("id", "This id is in use.").into()) };
    }
    if new.kind == ConversationKind::Room {
        refuse_taken_name(tx, new.workspace, &new.name, new.id).await?;
    }
    let row = New {
        id: new.id,
        workspace: new.workspace,
        kind: new.kind,
        name: &new.name,
        topic_line: &new.topic_line,
        direct_key: None,
        is_default: false,
        by: caller.user,
    };
    begin(tx, &row).await?;
    people::put_in(tx, new.id, caller.user, ConversationRole::Owner, caller.user).await?;
    lines::say(tx, new.id, caller.user, SystemLine::Created).await?;
    let others: Vec<UserId> = new.members.iter().copied().filter(|user| *user != caller.user).collect();
    people::add_all(tx, caller.user, new.workspace, new.id, &others).await
}

/// The row, its topic, and the first event there.
async fn begin(tx: &mut WriteTx, new: &New<'_>) -> Result<()> {
    execute!(
        tx,
        "INSERT INTO conversations
             (id, workspace_id, kind, name, topic_line, direct_key, is_default, created_by, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        new.id.0,
        new.workspace.0,
        new.kind.word(),
        new.name,
        new.topic_line,
        new.direct_key.as_deref(),
        new.is_default,
        new.by.0,
        tx.now.0
    )?;
    let topic = Topic::Conversation(new.id);
    tx.create_topic(topic, Some(new.workspace)).await?;
    let conversation = rows::by_id(tx, new.id).await?;
    tx.append(topic, Some(new.by), Some(new.id.0), EventKind::ConversationCreated(conversation));
    Ok(())
}

/// The room that a new workspace begins with. Its owner joins it as everybody does.
pub(crate) async fn first_room(tx: &mut WriteTx, workspace: &Workspace, owner: UserId) -> Result<()> {
    let row = New {
        id: ConversationId::new(tx.now),
        workspace: workspace.id,
        kind: ConversationKind::Room,
        name: FIRST_ROOM,
        topic_line: "",
        direct_key: None,
        is_default: true,
        by: owner,
    };
    begin(tx, &row).await
}

async fn direct(
    tx: &mut WriteTx,
    caller: &Caller,
    workspace: WorkspaceId,
    user: UserId,
) -> Result<ConversationId> {
    workspaces::take_turns(tx, workspace).await?;
    access::member(tx, caller, workspace).await?;
    let key = direct_key(caller.user, user);
    let known = fetch_optional!(
        tx,
        (Uuid,),
        "SELECT id FROM conversations WHERE workspace_id = $1 AND direct_key = $2",
        workspace.0,
        &key
    )?;
    if let Some((id,)) = known {
        return Ok(ConversationId(id));
    }
    if members::role(tx, workspace, user).await?.is_none() {
        return Err(Error::not_found("This member").into());
    }
    let id = ConversationId::new(tx.now);
    let row = New {
        id,
        workspace,
        kind: ConversationKind::Direct,
        name: "",
        topic_line: "",
        direct_key: Some(key),
        is_default: false,
        by: caller.user,
    };
    begin(tx, &row).await?;
    // Both are in it before either is told who is.
    let mut two = vec![caller.user, user];
    two.dedup();
    for one in &two {
        people::insert(tx, id, *one, ConversationRole::Member).await?;
    }
    for one in two {
        people::announce(tx, id, one, ConversationRole::Member, caller.user).await?;
        people::tell_person(tx, id, one, ConversationRole::Member, caller.user).await?;
    }
    Ok(id)
}

/// Both people, whoever opens it.
fn direct_key(one: UserId, other: UserId) -> String {
    let (first, second) = if one < other { (one, other) } else { (other, one) };
    format!("{first} {second}")
}

async fn refuse_taken_name(
    tx: &mut Tx,
    workspace: WorkspaceId,
    name: &str,
    except: ConversationId,
) -> Result<()> {
    let other = fetch_optional!(
        tx,
        (Uuid,),
        "SELECT id FROM conversations
         WHERE workspace_id = $1 AND kind = 'room' AND name = $2 AND archived_at IS NULL AND id <> $3",
        workspace.0,
        name,
        except.0
    )?;
    match other {
        Some(_) => Err(Error::taken("name", "There is a room of this name.").into()),
        None => Ok(()),
    }
}

/// Proof that the caller keeps the conversation, in its turn and its workspace's.
async fn keeper(tx: &mut WriteTx, caller: &Caller, id: ConversationId) -> Result<Keeper> {
    take_both_turns(tx, id).await?;
    access::conversation(tx, caller, id).await?.keeper()
}

/// The workspace's turn, then the conversation's: names are unique in the workspace, and people are
/// taken out of both.
pub(crate) async fn take_both_turns(tx: &mut WriteTx, id: ConversationId) -> Result<()> {
    if !tx.is_sqlite() {
        execute!(
            tx,
            "SELECT 1 FROM workspaces WHERE id = (SELECT workspace_id FROM conversations WHERE id = $1)
             FOR NO KEY UPDATE",
            id.0
        )?;
    }
    access::take_turns(tx, id).await
}

async fn update(tx: &mut WriteTx, caller: &Caller, edit: &ConversationEdit) -> Result<Conversation> {
    let keeper = keeper(tx, caller, edit.id).await?;
    let edit = edit.clone().validate(keeper.kind)?;
    let before = rows::by_id(tx, edit.id).await?;
    if edit.is_default.is_some() {
        keeper.member.moderator()?;
    }
    let name = edit.name.unwrap_or_else(|| before.name.clone());
    let topic_line = edit.topic_line.unwrap_or_else(|| before.topic_line.clone());
    let is_default = edit.is_default.unwrap_or(before.is_default);
    if (&name, &topic_line, is_default) == (&before.name, &before.topic_line, before.is_default) {
        return Ok(before);
    }
    if keeper.kind == ConversationKind::Room && name != before.name && !keeper.is_archived {
        refuse_taken_name(tx, before.workspace, &name, before.id).await?;
    }
    execute!(
        tx,
        "UPDATE conversations SET name = $2, topic_line = $3, is_default = $4, version = version + 1
         WHERE id = $1",
        before.id.0,
        &name,
        &topic_line,
        is_default
    )?;
    let after = rows::by_id(tx, before.id).await?;
    let (topic, entity) = (keeper.topic(), Some(before.id.0));
    tx.append(topic, Some(caller.user), entity, EventKind::ConversationUpdated(after.clone()));
    if name != before.name {
        let line = SystemLine::Renamed { from: before.name, to: name };
        lines::say(tx, before.id, caller.user, line).await?;
    }
    if topic_line != before.topic_line {
        lines::say(tx, before.id, caller.user, SystemLine::TopicChanged { to: topic_line }).await?;
    }
    Ok(after)
}

async fn archive(
    tx: &mut WriteTx,
    caller: &Caller,
    id: ConversationId,
    archived: bool,
) -> Result<Conversation> {
    let keeper = keeper(tx, caller, id).await?;
    if keeper.is_archived == archived {
        return rows::by_id(tx, id).await;
    }
    if !archived && keeper.kind == ConversationKind::Room {
        refuse_taken_name(tx, keeper.member.workspace, &keeper.name, id).await?;
    }
    set_archived(tx, id, caller.user, archived.then_some(tx.now)).await
}

async fn set_archived(
    tx: &mut WriteTx,
    id: ConversationId,
    by: UserId,
    at: Option<Timestamp>,
) -> Result<Conversation> {
    execute!(
        tx,
        "UPDATE conversations SET archived_at = $2, version = version + 1 WHERE id = $1",
        id.0,
        at.map(|at| at.0)
    )?;
    let after = rows::by_id(tx, id).await?;
    let event = EventKind::ConversationArchived(after.clone());
    tx.append(Topic::Conversation(id), Some(by), Some(id.0), event);
    let line = if at.is_some() { SystemLine::Archived } else { SystemLine::Unarchived };
    lines::say(tx, id, by, line).await?;
    Ok(after)
}

/// The rooms that new members of a workspace join, in the order in which everybody's turn comes.
async fn defaults(tx: &mut Tx, workspace: WorkspaceId) -> Result<Vec<ConversationId>> {
    let rows = fetch_all!(
        tx,
        (Uuid,),
        "SELECT id FROM conversations
         WHERE workspace_id = $1 AND kind = 'room' AND is_default AND archived_at IS NULL ORDER BY id",
        workspace.0
    )?;
    Ok(rows.into_iter().map(|(id,)| ConversationId(id)).collect())
}
