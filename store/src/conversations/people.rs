//! Who is in a conversation: joining, leaving, adding, removing and handing over.

use super::{defaults, keeper, rows, set_archived, take_both_turns};
use crate::access;
use crate::authors;
use crate::db::{Tx, execute, fetch_all, fetch_one, fetch_optional};
use crate::log::{position, signed};
use crate::messages::lines;
use crate::posts::rows::small;
use crate::writer::WriteTx;
use crate::{Caller, Result, Store};
use futures::FutureExt;
use protocol::conversation::{
    self, ConversationKind, ConversationMember, ConversationRole, ConversationRoleChange, ConversationState,
};
use protocol::message::SystemLine;
use protocol::workspace::Role;
use protocol::{ConversationId, Error, EventKind, Timestamp, Topic, UserId, WorkspaceId, limits};
use std::sync::Arc;
use uuid::Uuid;

impl Store {
    /// Joins a room. Who is in it already stays.
    ///
    /// # Errors
    /// 404 for one that the caller may not read, 403 when it is archived.
    pub async fn join_conversation(&self, caller: &Caller, id: ConversationId) -> Result<ConversationState> {
        let caller = *caller;
        self.write(move |tx| async move { join(tx, &caller, id).await }.boxed()).await?;
        self.conversation(&caller, id).await
    }

    /// Leaves a room or a group. A group without an owner gets the one who has been in it longest.
    ///
    /// # Errors
    /// 403 for a direct conversation. Who is not in it leaves it without an effect.
    pub async fn leave_conversation(&self, caller: &Caller, id: ConversationId) -> Result<()> {
        let caller = *caller;
        self.write(move |tx| async move { remove(tx, &caller, id, caller.user).await }.boxed()).await?;
        Ok(())
    }

    /// Adds people of the workspace to a room or a group. Who is in it already stays.
    ///
    /// # Errors
    /// 404 for one that the caller may not read and for people outside the workspace, 403 for guests,
    /// for those who are not in it and in direct conversations, 422 for too many.
    pub async fn add_participants(
        &self,
        caller: &Caller,
        id: ConversationId,
        people: Vec<UserId>,
    ) -> Result<()> {
        let caller = *caller;
        let people = Arc::new(conversation::added(people)?);
        self.write(move |tx| {
            let people = Arc::clone(&people);
            async move { add(tx, &caller, id, &people).await }.boxed()
        })
        .await?;
        Ok(())
    }

    /// Removes somebody from a room or a group. Who is not in it stays outside.
    ///
    /// # Errors
    /// 404, 403 for those who do not keep it.
    pub async fn remove_participant(&self, caller: &Caller, id: ConversationId, user: UserId) -> Result<()> {
        let caller = *caller;
        self.write(move |tx| async move { remove(tx, &caller, id, user).await }.boxed()).await?;
        Ok(())
    }

    /// Gives somebody in a room or a group a role in it; this is how it is handed over.
    ///
    /// # Errors
    /// 404 for who is not in it, 403 for those who do not keep it and for the last owner of a group.
    pub async fn set_participant_role(&self, caller: &Caller, change: ConversationRoleChange) -> Result<()> {
        let caller = *caller;
        self.write(move |tx| async move { set_role(tx, &caller, change).await }.boxed()).await?;
        Ok(())
    }
}

async fn join(tx: &mut WriteTx, caller: &Caller, id: ConversationId) -> Result<()> {
    take_both_turns(tx, id).await?;
    let reader = access::conversation(tx, caller, id).await?;
    if reader.role.is_some() {
        return Ok(());
    }
    if reader.is_archived {
        return Err(Error::forbidden("This conversation is archived.").into());
    }
    put_in(tx, id, caller.user, ConversationRole::Member, caller.user).await?;
    lines::say(tx, id, caller.user, SystemLine::Joined).await
}

async fn add(tx: &mut WriteTx, caller: &Caller, id: ConversationId, people: &[UserId]) -> Result<()> {
    take_both_turns(tx, id).await?;
    let speaker = access::conversation(tx, caller, id).await?.participant()?.speaker()?;
    if speaker.kind == ConversationKind::Direct {
        return Err(Error::forbidden("A direct conversation is for two. Begin a group instead.").into());
    }
    if speaker.member.role == Role::Guest {
        return Err(Error::forbidden("Guests cannot add people.").into());
    }
    if speaker.kind == ConversationKind::Group {
        let all = speaker.members.saturating_add(u32::try_from(people.len()).unwrap_or(u32::MAX));
        if limits::GROUP_MEMBERS_MAX < all {
            let message = format!("At most {} people in a group.", limits::GROUP_MEMBERS_MAX);
            return Err(Error::invalid("members", message).into());
        }
    }
    add_all(tx, caller.user, speaker.member.workspace, id, people).await
}

/// Adds people, each with a line that says so.
pub(super) async fn add_all(
    tx: &mut WriteTx,
    by: UserId,
    workspace: WorkspaceId,
    id: ConversationId,
    people: &[UserId],
) -> Result<()> {
    if people.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = people.iter().map(|user| user.0).collect();
    let members = fetch_all!(
        tx,
        (Uuid,),
        ids = ids,
        "SELECT user_id FROM members WHERE workspace_id = $2 AND user_id IN (SELECT id FROM ids)",
        workspace.0
    )?;
    if members.len() < people.len() {
        return Err(Error::not_found("One of these people").into());
    }
    for user in people {
        if role(tx, id, *user).await?.is_none() {
            put_in(tx, id, *user, ConversationRole::Member, by).await?;
            let who = authors::person(tx, *user).await?;
            lines::say(tx, id, by, SystemLine::Added { who }).await?;
        }
    }
    Ok(())
}

/// Makes somebody who is not in the conversation a participant of it, and tells everybody.
pub(super) async fn put_in(
    tx: &mut WriteTx,
    id: ConversationId,
    user: UserId,
    role: ConversationRole,
    by: UserId,
) -> Result<()> {
    insert(tx, id, user, role).await?;
    announce(tx, id, user, role, by).await?;
    tell_person(tx, id, user, role, by).await
}

/// The row. What was written before they came is not unread.
pub(super) async fn insert(
    tx: &mut WriteTx,
    id: ConversationId,
    user: UserId,
    role: ConversationRole,
) -> Result<()> {
    let read = position(tx, Topic::Conversation(id)).await?.seq;
    execute!(
        tx,
        "INSERT INTO participants (conversation_id, user_id, role, read_seq, joined_at)
         VALUES ($1, $2, $3, $4, $5)",
        id.0,
        user.0,
        role.word(),
        signed(read),
        tx.now.0
    )?;
    count(tx, id, 1).await?;
    Ok(())
}

/// Tells those who are in it.
pub(super) async fn announce(
    tx: &mut WriteTx,
    id: ConversationId,
    user: UserId,
    role: ConversationRole,
    by: UserId,
) -> Result<()> {
    let conversation = rows::by_id(tx, id).await?;
    let member = ConversationMember { person: authors::person(tx, user).await?, role, joined_at: tx.now };
    let event = EventKind::ParticipantJoined { member, members: conversation.members };
    tx.append(Topic::Conversation(id), Some(by), Some(user.0), event);
    Ok(())
}

/// Tells the person on all their devices.
pub(crate) async fn tell_person(
    tx: &mut WriteTx,
    id: ConversationId,
    user: UserId,
    role: ConversationRole,
    by: UserId,
) -> Result<()> {
    let conversation = rows::by_id(tx, id).await?;
    let nameless = if conversation.name.is_empty() { vec![id.0] } else { Vec::new() };
    let with = rows::with(tx, user, nameless).await?.remove(&id).unwrap_or_default();
    let event = EventKind::ConversationJoined { conversation, role, with };
    tx.append_and_recheck(Topic::User(user), Some(by), Some(id.0), event);
    Ok(())
}

async fn remove(tx: &mut WriteTx, caller: &Caller, id: ConversationId, user: UserId) -> Result<()> {
    take_both_turns(tx, id).await?;
    let reader = match access::conversation(tx, caller, id).await {
        // Who is outside already has left.
        Err(crate::Error::Refused(_)) if user == caller.user => return Ok(()),
        other => other?,
    };
    if reader.kind == ConversationKind::Direct {
        return Err(Error::forbidden("Nobody leaves a direct conversation.").into());
    }
    if user != caller.user {
        reader.keeper()?;
    }
    if role(tx, id, user).await?.is_none() {
        return Ok(());
    }
    let line = if user == caller.user {
        SystemLine::Left
    } else {
        SystemLine::Removed { who: authors::person(tx, user).await? }
    };
    take_out(tx, id, user, caller.user).await?;
    let event = EventKind::ConversationLeft { id };
    tx.append_and_recheck(Topic::User(user), Some(caller.user), Some(id.0), event);
    lines::say(tx, id, caller.user, line).await?;
    keep_an_owner(tx, id, caller.user).await
}

/// Ends somebody's place in a conversation. Nothing that follows in its log reaches them.
async fn take_out(tx: &mut WriteTx, id: ConversationId, user: UserId, by: UserId) -> Result<()> {
    let sql = "DELETE FROM participants WHERE conversation_id = $1 AND user_id = $2";
    execute!(tx, sql, id.0, user.0)?;
    execute!(tx, "DELETE FROM notifications WHERE user_id = $1 AND conversation_id = $2", user.0, id.0)?;
    let members = count(tx, id, -1).await?;
    let event = EventKind::ParticipantLeft { user, members };
    tx.append_and_recheck(Topic::Conversation(id), Some(by), Some(user.0), event);
    Ok(())
}

/// A group keeps an owner: whoever has been in it longest. One that nobody is in is archived.
async fn keep_an_owner(tx: &mut WriteTx, id: ConversationId, by: UserId) -> Result<()> {
    let conversation = rows::by_id(tx, id).await?;
    if conversation.kind != ConversationKind::Group || has_owner_besides(tx, id, None).await? {
        return Ok(());
    }
    let heir = fetch_optional!(
        tx,
        (Uuid,),
        "SELECT user_id FROM participants WHERE conversation_id = $1 ORDER BY joined_at, user_id LIMIT 1",
        id.0
    )?;
    match heir {
        Some((heir,)) => give_role(tx, id, UserId(heir), ConversationRole::Owner, by).await,
        None if conversation.archived_at.is_none() => {
            set_archived(tx, id, by, Some(tx.now)).await?;
            Ok(())
        }
        None => Ok(()),
    }
}

async fn set_role(tx: &mut WriteTx, caller: &Caller, change: ConversationRoleChange) -> Result<()> {
    let keeper = keeper(tx, caller, change.id).await?;
    let before = role(tx, change.id, change.user).await?.ok_or_else(|| Error::not_found("This member"))?;
    if before == change.role {
        return Ok(());
    }
    let is_last = keeper.kind == ConversationKind::Group
        && change.role == ConversationRole::Member
        && !has_owner_besides(tx, change.id, Some(change.user)).await?;
    if is_last {
        return Err(Error::forbidden("Make somebody else an owner first.").into());
    }
    give_role(tx, change.id, change.user, change.role, caller.user).await
}

async fn give_role(
    tx: &mut WriteTx,
    id: ConversationId,
    user: UserId,
    role: ConversationRole,
    by: UserId,
) -> Result<()> {
    let (joined_at,) = fetch_one!(
        tx,
        (i64,),
        "UPDATE participants SET role = $3 WHERE conversation_id = $1 AND user_id = $2 RETURNING joined_at",
        id.0,
        user.0,
        role.word()
    )?;
    let person = authors::person(tx, user).await?;
    let member = ConversationMember { person, role, joined_at: Timestamp(joined_at) };
    let event = EventKind::ParticipantUpdated(member);
    tx.append(Topic::Conversation(id), Some(by), Some(user.0), event);
    Ok(())
}

async fn has_owner_besides(tx: &mut Tx, id: ConversationId, except: Option<UserId>) -> Result<bool> {
    let owner = fetch_optional!(
        tx,
        (Uuid,),
        "SELECT user_id FROM participants WHERE conversation_id = $1 AND role = 'owner' AND user_id <> $2 LIMIT 1",
        id.0,
        except.map_or(Uuid::nil(), |user| user.0)
    )?;
    Ok(owner.is_some())
}

/// Somebody's role in a conversation, if they are in it.
pub(crate) async fn role(tx: &mut Tx, id: ConversationId, user: UserId) -> Result<Option<ConversationRole>> {
    let sql = "SELECT role FROM participants WHERE conversation_id = $1 AND user_id = $2";
    let row = fetch_optional!(tx, (String,), sql, id.0, user.0)?;
    row.map(|(role,)| rows::participant_role_of(&role, id)).transpose()
}

async fn count(tx: &mut WriteTx, id: ConversationId, change: i64) -> Result<u32> {
    let (members,) = fetch_one!(
        tx,
        (i64,),
        "UPDATE conversations SET members = members + $2 WHERE id = $1 RETURNING members",
        id.0,
        change
    )?;
    Ok(small(members))
}

/// Somebody became a member of the workspace, or no longer is a guest of it: they join the rooms that
/// are for everybody. Those that they were not in.
pub(crate) async fn join_defaults(
    tx: &mut WriteTx,
    workspace: WorkspaceId,
    user: UserId,
) -> Result<Vec<ConversationId>> {
    let mut joined = Vec::new();
    for id in defaults(tx, workspace).await? {
        access::take_turns(tx, id).await?;
        if role(tx, id, user).await?.is_none() {
            insert(tx, id, user, ConversationRole::Member).await?;
            announce(tx, id, user, ConversationRole::Member, user).await?;
            lines::say(tx, id, user, SystemLine::Joined).await?;
            joined.push(id);
        }
    }
    Ok(joined)
}

/// Somebody left the workspace, or was removed: they leave its rooms and groups, of which `workspace.left`
/// tells their devices. Direct conversations stay theirs, out of reach until they come back.
pub(crate) async fn leave_all(
    tx: &mut WriteTx,
    workspace: WorkspaceId,
    user: UserId,
    by: UserId,
) -> Result<()> {
    let joined = fetch_all!(
        tx,
        (Uuid,),
        "SELECT c.id FROM participants p JOIN conversations c ON c.id = p.conversation_id
         WHERE p.user_id = $2 AND c.workspace_id = $1 AND c.kind <> 'direct' ORDER BY c.id",
        workspace.0,
        user.0
    )?;
    for (id,) in joined {
        let id = ConversationId(id);
        access::take_turns(tx, id).await?;
        take_out(tx, id, user, by).await?;
        lines::say(tx, id, user, SystemLine::Left).await?;
        keep_an_owner(tx, id, by).await?;
    }
    recheck_all(tx, workspace).await
}

/// Every right to read a conversation of the workspace is checked again before the next event there:
/// somebody may have read a room that they were not in, or a direct conversation that stays.
pub(crate) async fn recheck_all(tx: &mut WriteTx, workspace: WorkspaceId) -> Result<()> {
    execute!(
        tx,
        "UPDATE topics SET permission_epoch = permission_epoch + 1
         WHERE workspace_id = $1 AND id LIKE 'conversation:%'",
        workspace.0
    )?;
    Ok(())
}
