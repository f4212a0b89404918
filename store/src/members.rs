//! Members of workspaces: who they are, who joins and leaves, and who may give which role.
//!
//! Nobody gives a role above their own or touches somebody above them, and a workspace keeps an
//! owner who can sign in.

mod list;

pub(crate) use list::these;

use crate::access::{self, role_of};
use crate::conversations::people;
use crate::db::{Tx, execute, fetch_all, fetch_optional};
use crate::writer::WriteTx;
use crate::{Caller, Result, Store, audit, authors, bots, invitations, notifications, statuses, workspaces};
use protocol::conversation::ConversationRole;
use protocol::workspace::{Member, Role, RoleChange, Workspace};
use protocol::{Error, EventKind, Person, Timestamp, Topic, UserId, WorkspaceId};
use uuid::Uuid;

impl Store {
    /// Gives a member a role. For admins up to their own role, for owners any. Once more does nothing.
    ///
    /// # Errors
    /// 404 outside and for somebody who is no member, 403 for a role or a member above the caller,
    /// and for the last owner.
    pub async fn set_member_role(&self, caller: &Caller, change: RoleChange) -> Result<()> {
        let caller = *caller;
        let RoleChange { workspace, user, role } = change;
        self.write(move |tx| Box::pin(async move { set_role(tx, &caller, workspace, user, role).await }))
            .await?;
        Ok(())
    }

    /// Removes a member, and revokes the links that they made. For admins and owners; nobody above
    /// the caller. Once more does nothing.
    ///
    /// # Errors
    /// 404 outside, 403 for others and for the last owner.
    pub async fn remove_member(&self, caller: &Caller, workspace: WorkspaceId, user: UserId) -> Result<()> {
        if user == caller.user {
            return self.leave_workspace(caller, workspace).await;
        }
        let caller = *caller;
        self.write(move |tx| Box::pin(async move { remove(tx, &caller, workspace, user).await })).await?;
        Ok(())
    }

    /// Leaves a workspace. Who is not in it leaves it without an effect.
    ///
    /// # Errors
    /// 403 for the last owner.
    pub async fn leave_workspace(&self, caller: &Caller, workspace: WorkspaceId) -> Result<()> {
        let caller = *caller;
        self.write(move |tx| {
            Box::pin(async move {
                workspaces::take_turns(tx, workspace).await?;
                let Some(member) = find(tx, workspace, caller.user).await? else { return Ok(()) };
                refuse_last_owner_among(tx, workspace, &member).await?;
                take_out(tx, caller.user, workspace, member).await
            })
        })
        .await?;
        Ok(())
    }
}

async fn set_role(
    tx: &mut WriteTx,
    caller: &Caller,
    workspace: WorkspaceId,
    user: UserId,
    role: Role,
) -> Result<()> {
    workspaces::take_turns(tx, workspace).await?;
    let by = access::member(tx, caller, workspace).await?.moderator()?;
    let member = find(tx, workspace, user).await?;
    let member = member.ok_or_else(|| Error::not_found("This member"))?;
    refuse_above(by.role, member.role)?;
    if member.person.bot && role == Role::Owner {
        return Err(Error::forbidden("A bot cannot own a workspace.").into());
    }
    if by.role < role {
        return Err(Error::forbidden("You cannot give a role above your own.").into());
    }
    if member.role == role {
        return Ok(());
    }
    refuse_last_owner_among(tx, workspace, &member).await?;
    execute!(
        tx,
        "UPDATE members SET role = $3 WHERE workspace_id = $1 AND user_id = $2",
        workspace.0,
        user.0,
        role.word()
    )?;
    invitations::revoke_above(tx, workspace, user, role).await?;
    let detail = format!("{} → {}", member.role.word(), role.word());
    audit::by(tx, caller, "member.role_changed", Some(user), &detail).await?;
    let before = member.role;
    let kind = EventKind::MemberUpdated(Member { role, ..member });
    tx.append_and_recheck(by.topic(), Some(caller.user), Some(user.0), kind);
    if role == Role::Guest {
        // Rooms that they only looked into are out of reach now; those that they are in stay theirs.
        people::recheck_all(tx, workspace).await?;
    } else if before == Role::Guest {
        for room in people::join_defaults(tx, workspace, user).await? {
            people::tell_person(tx, room, user, ConversationRole::Member, caller.user).await?;
        }
    }
    notifications::role_changed(tx, workspace, user, role, caller.user).await
}

pub(crate) async fn remove(
    tx: &mut WriteTx,
    caller: &Caller,
    workspace: WorkspaceId,
    user: UserId,
) -> Result<()> {
    workspaces::take_turns(tx, workspace).await?;
    let by = access::member(tx, caller, workspace).await?.moderator()?;
    let Some(member) = find(tx, workspace, user).await? else { return Ok(()) };
    refuse_above(by.role, member.role)?;
    refuse_last_owner_among(tx, workspace, &member).await?;
    let name = workspaces::by_id(tx, workspace).await?.name;
    if member.person.bot {
        audit::by(tx, caller, "bot.removed", Some(user), &name).await?;
        bots::retire(tx, caller.user, user).await?;
    } else {
        audit::by(tx, caller, "member.removed", Some(user), &name).await?;
    }
    take_out(tx, caller.user, workspace, member).await
}

fn refuse_above(by: Role, whom: Role) -> Result<()> {
    if by < whom {
        return Err(Error::forbidden("Only owners of the workspace can do this to an owner.").into());
    }
    Ok(())
}

async fn refuse_last_owner_among(tx: &mut WriteTx, workspace: WorkspaceId, member: &Member) -> Result<()> {
    match member.role {
        Role::Owner => refuse_last_owner(tx, workspace, member.person.id).await,
        Role::Guest | Role::Member | Role::Admin => Ok(()),
    }
}

/// Refuses when no owner who can sign in would be left without this one.
pub(crate) async fn refuse_last_owner(tx: &mut WriteTx, workspace: WorkspaceId, owner: UserId) -> Result<()> {
    workspaces::take_turns(tx, workspace).await?;
    let other = fetch_optional!(
        tx,
        (i64,),
        "SELECT m.joined_at FROM members m JOIN users u ON u.id = m.user_id
         WHERE m.workspace_id = $1 AND m.role = 'owner' AND m.user_id <> $2 AND u.active LIMIT 1",
        workspace.0,
        owner.0
    )?;
    if other.is_some() {
        return Ok(());
    }
    let name = workspaces::by_id(tx, workspace).await?.name;
    let sentence = format!("{name} has no other owner. Make somebody else an owner of it first.");
    Err(Error::forbidden(sentence).into())
}

/// Makes somebody a member. Whether they were not: then nothing changes, their role neither.
pub(crate) async fn add(tx: &mut WriteTx, workspace: &Workspace, user: UserId, role: Role) -> Result<bool> {
    let added = execute!(
        tx,
        "INSERT INTO members (workspace_id, user_id, role, joined_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (workspace_id, user_id) DO NOTHING",
        workspace.id.0,
        user.0,
        role.word(),
        tx.now.0
    )?;
    if added == 0 {
        return Ok(false);
    }
    let now = tx.now;
    let (person, status) = (authors::person(tx, user).await?, statuses::of(tx, user, now).await?);
    let member = Member { person, role, joined_at: now, status };
    let (topic, entity) = (Topic::Workspace(workspace.id), Some(user.0));
    tx.append_and_recheck(topic, Some(user), entity, EventKind::MemberJoined(member));
    let kind = EventKind::WorkspaceJoined { workspace: workspace.clone(), role };
    tx.append_and_recheck(Topic::User(user), Some(user), Some(workspace.id.0), kind);
    if role != Role::Guest {
        // Whoever hears that they joined the workspace asks for its conversations.
        people::join_defaults(tx, workspace.id, user).await?;
    }
    Ok(true)
}

/// Ends a membership, and revokes the links that the person made: whoever was removed could come
/// back by one of them.
pub(crate) async fn take_out(
    tx: &mut WriteTx,
    actor: UserId,
    workspace: WorkspaceId,
    member: Member,
) -> Result<()> {
    let user = member.person.id;
    let sql = "DELETE FROM members WHERE workspace_id = $1 AND user_id = $2";
    execute!(tx, sql, workspace.0, user.0)?;
    invitations::revoke_all(tx, workspace, user).await?;
    let (topic, entity) = (Topic::Workspace(workspace), Some(user.0));
    tx.append_and_recheck(topic, Some(actor), entity, EventKind::MemberLeft(member));
    let kind = EventKind::WorkspaceLeft { workspace };
    tx.append_and_recheck(Topic::User(user), Some(actor), Some(workspace.0), kind);
    people::leave_all(tx, workspace, user, actor).await
}

/// Somebody's role in a workspace, if they are a member.
pub(crate) async fn role(tx: &mut Tx, workspace: WorkspaceId, user: UserId) -> Result<Option<Role>> {
    let sql = "SELECT role FROM members WHERE workspace_id = $1 AND user_id = $2";
    let row = fetch_optional!(tx, (String,), sql, workspace.0, user.0)?;
    row.map(|(role,)| role_of(&role, user)).transpose()
}

async fn find(tx: &mut WriteTx, workspace: WorkspaceId, user: UserId) -> Result<Option<Member>> {
    let now = tx.now;
    Ok(list::these(tx, workspace, vec![user.0], now).await?.pop())
}

/// A person as a member of each of their workspaces.
pub(crate) async fn everywhere(tx: &mut WriteTx, person: &Person) -> Result<Vec<(WorkspaceId, Member)>> {
    let rows = fetch_all!(
        tx,
        (Uuid, String, i64),
        "SELECT workspace_id, role, joined_at FROM members WHERE user_id = $1 ORDER BY workspace_id",
        person.id.0
    )?;
    let now = tx.now;
    let status = statuses::of(tx, person.id, now).await?;
    let member = |(workspace, role, joined_at): (Uuid, String, i64)| {
        let role = role_of(&role, person.id)?;
        let member =
            Member { person: person.clone(), role, joined_at: Timestamp(joined_at), status: status.clone() };
        Ok((WorkspaceId(workspace), member))
    };
    rows.into_iter().map(member).collect()
}
