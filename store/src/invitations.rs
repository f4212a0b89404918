//! Invitation links: bound to a workspace and a role, counted, expiring, revocable.
//!
//! A link's secret comes from its id and a key that only this process has ([`secrets`]): a repeated command gives
//! the same link again, and the database alone gives none. Repeated elsewhere or after a restart, the
//! command makes a new secret, and the link that the first answer carried is void.

use crate::access::{self, role_of};
use crate::authors::{Author, author_columns};
use crate::db::{Tx, execute, fetch_all, fetch_one, fetch_optional};
use crate::log::number;
use crate::writer::WriteTx;
use crate::{Caller, Result, Store, audit, members, secrets, workspaces};
use protocol::workspace::{Invitation, InvitationLink, InvitationPreview, NewInvitation, Role, Workspace};
use protocol::{Code, Error, InvitationId, Timestamp, UserId, WorkspaceId};
use std::time::Duration;
use uuid::Uuid;

const DAY: Duration = Duration::from_secs(24 * 3600);

/// Links that a list shows; the newest.
const LISTED_MAX: i64 = 200;

#[derive(sqlx::FromRow)]
struct Row {
    #[sqlx(flatten)]
    author: Author,
    id: Uuid,
    workspace_id: Uuid,
    role: String,
    uses: i64,
    uses_max: i64,
    at: i64,
    expires_at: i64,
}

impl Row {
    fn invitation(self) -> Result<Invitation> {
        let count = |value| u32::try_from(value).unwrap_or(u32::MAX);
        Ok(Invitation {
            id: InvitationId(self.id),
            workspace: WorkspaceId(self.workspace_id),
            role: role_of(&self.role, self.author.id())?,
            by: self.author.into(),
            uses: count(self.uses),
            uses_max: count(self.uses_max),
            at: Timestamp(self.at),
            expires_at: Timestamp(self.expires_at),
        })
    }
}

/// `SELECT … FROM invitations i …` for [`Row`], with what follows.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT ",
            author_columns!(),
            ", i.id, i.workspace_id, i.role, i.uses, i.uses_max, i.at, i.expires_at
             FROM invitations i JOIN users u ON u.id = i.by_id WHERE ",
            $rest
        )
    };
}

impl Store {
    /// Makes an invitation link. For members and above, up to their own role and never for owners.
    ///
    /// # Errors
    /// 404 outside, 403 for guests and for a role above the caller's, 422 outside of the limits, 409
    /// when the id is in use.
    pub async fn create_invitation(&self, caller: &Caller, new: NewInvitation) -> Result<InvitationLink> {
        let caller = *caller;
        let new = new.validate()?;
        let secret = secrets::repeatable("invitation", new.id.0);
        let path = format!("/join/{secret}");
        let written = self.write(move |tx| {
            let (new, secret) = (new.clone(), secret.clone());
            Box::pin(async move { create(tx, &caller, &new, &secret).await })
        });
        Ok(InvitationLink { invitation: written.await?.value, path })
    }

    /// The links that still hold, the newest first: all of them for admins, their own for members.
    ///
    /// # Errors
    /// 404 outside, 403 for guests.
    pub async fn invitations(&self, caller: &Caller, workspace: WorkspaceId) -> Result<Vec<Invitation>> {
        let (caller, now) = (*caller, self.now());
        self.read(move |tx| {
            Box::pin(async move {
                let member = access::member(tx, &caller, workspace).await?.may_post()?;
                let rows = fetch_all!(
                    tx,
                    Row,
                    select!(
                        "i.workspace_id = $1 AND i.revoked_at IS NULL AND i.expires_at > $2 AND (i.by_id = $3 OR $4)
                         ORDER BY i.at DESC, i.id DESC LIMIT $5"
                    ),
                    workspace.0,
                    now.0,
                    caller.user.0,
                    Role::Admin <= member.role,
                    LISTED_MAX
                )?;
                rows.into_iter().map(Row::invitation).collect()
            })
        })
        .await
    }

    /// Revokes a link. For who made it, and for admins. Once more does nothing.
    ///
    /// # Errors
    /// 404 for a link that the caller cannot see, 403 for somebody else's.
    pub async fn revoke_invitation(&self, caller: &Caller, id: InvitationId) -> Result<()> {
        let caller = *caller;
        self.write(move |tx| Box::pin(async move { revoke(tx, &caller, id).await })).await?;
        Ok(())
    }

    /// What a link leads to. For anybody who has it.
    ///
    /// # Errors
    /// 404 for a link that does not hold.
    pub async fn invitation(&self, secret: &str) -> Result<InvitationPreview> {
        let (secret, now) = (secret.to_owned(), self.now());
        self.read(move |tx| {
            Box::pin(async move {
                let found = open(tx, &secret, now).await?;
                let workspace = workspaces::by_id(tx, found.workspace).await?;
                let sql = "SELECT COUNT(*) FROM members WHERE workspace_id = $1";
                let (members,) = fetch_one!(tx, (i64,), sql, found.workspace.0)?;
                let members = u32::try_from(number(members)).unwrap_or(u32::MAX);
                Ok(InvitationPreview { workspace, by: found.by, role: found.role, members })
            })
        })
        .await
    }

    /// Joins by a link. Who is a member already stays what they are, and does not count.
    ///
    /// # Errors
    /// 404 for a link that does not hold.
    pub async fn accept_invitation(&self, caller: &Caller, secret: &str) -> Result<Workspace> {
        let (user, secret) = (caller.user, secret.to_owned());
        let written = self.write(move |tx| {
            let secret = secret.clone();
            Box::pin(async move { redeem(tx, user, &secret).await })
        });
        Ok(written.await?.value)
    }
}

fn holds_no_more() -> crate::Error {
    let sentence = "This invitation does not hold any more. Ask for a new one.";
    Error::new(Code::NotFound, sentence).into()
}

async fn create(tx: &mut WriteTx, caller: &Caller, new: &NewInvitation, secret: &str) -> Result<Invitation> {
    let member = access::member(tx, caller, new.workspace).await?.may_post()?;
    if member.role < new.role {
        return Err(Error::forbidden("You cannot invite to a role above your own.").into());
    }
    let inserted = execute!(
        tx,
        "INSERT INTO invitations (id, workspace_id, secret_hash, role, by_id, uses, uses_max, at, expires_at)
         VALUES ($1, $2, $3, $4, $5, 0, $6, $7, $8) ON CONFLICT (id) DO NOTHING",
        new.id.0,
        new.workspace.0,
        secrets::hash(secret),
        new.role.word(),
        caller.user.0,
        i64::from(new.uses_max),
        tx.now.0,
        (tx.now + DAY * u32::from(new.days)).0
    )?;
    if inserted == 1 {
        let detail = format!("{}, {} people, {} days", new.role.word(), new.uses_max, new.days);
        audit::by(tx, caller, "invitation.created", None, &detail).await?;
    } else {
        let renewed = execute!(
            tx,
            "UPDATE invitations SET secret_hash = $4
             WHERE id = $1 AND workspace_id = $2 AND by_id = $3 AND revoked_at IS NULL",
            new.id.0,
            new.workspace.0,
            caller.user.0,
            secrets::hash(secret)
        )?;
        if renewed == 0 {
            return Err(Error::taken("id", "This id is in use.").into());
        }
    }
    fetch_one!(tx, Row, select!("i.id = $1"), new.id.0)?.invitation()
}

async fn revoke(tx: &mut WriteTx, caller: &Caller, id: InvitationId) -> Result<()> {
    let not_found = || Error::not_found("This invitation");
    let sql = "SELECT workspace_id, by_id FROM invitations WHERE id = $1";
    let found = fetch_optional!(tx, (Uuid, Uuid), sql, id.0)?;
    let (workspace, by) = found.ok_or_else(not_found)?;
    let member = access::member(tx, caller, WorkspaceId(workspace)).await.map_err(|error| match error {
        // Whose workspace it is must not show.
        crate::Error::Refused(_) => not_found().into(),
        other => other,
    })?;
    if by != caller.user.0 {
        member.moderator()?;
    }
    let revoked = execute!(
        tx,
        "UPDATE invitations SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL",
        id.0,
        tx.now.0
    )?;
    if revoked == 1 {
        audit::by(tx, caller, "invitation.revoked", None, "").await?;
    }
    Ok(())
}

/// A link that holds.
pub(crate) struct Open {
    pub(crate) workspace: WorkspaceId,
    pub(crate) role: Role,
    by: protocol::Person,
}

/// The link with this secret, if it holds.
pub(crate) async fn open(tx: &mut Tx, secret: &str, now: Timestamp) -> Result<Open> {
    let hash = secrets::hash(secret).ok_or_else(holds_no_more)?;
    let row = fetch_optional!(
        tx,
        Row,
        select!("i.secret_hash = $1 AND i.revoked_at IS NULL AND i.expires_at > $2 AND i.uses < i.uses_max"),
        hash,
        now.0
    )?;
    let invitation = row.ok_or_else(holds_no_more)?.invitation()?;
    Ok(Open { workspace: invitation.workspace, role: invitation.role, by: invitation.by })
}

/// Lets somebody in by a link, and counts them. The count is checked by the statement that raises
/// it, so that no more come in than may, however many try at once.
pub(crate) async fn redeem(tx: &mut WriteTx, user: UserId, secret: &str) -> Result<Workspace> {
    let hash = secrets::hash(secret).ok_or_else(holds_no_more)?;
    if let Some(workspace) = joined_by(tx, user, &hash).await? {
        return workspaces::by_id(tx, workspace).await;
    }
    let found = fetch_optional!(
        tx,
        (Uuid, String),
        "UPDATE invitations SET uses = uses + 1
         WHERE secret_hash = $1 AND revoked_at IS NULL AND expires_at > $2 AND uses < uses_max
         RETURNING workspace_id, role",
        hash,
        tx.now.0
    )?;
    let (workspace, role) = found.ok_or_else(holds_no_more)?;
    let workspace = workspaces::by_id(tx, WorkspaceId(workspace)).await?;
    members::add(tx, &workspace, user, role_of(&role, user)?).await?;
    Ok(workspace)
}

/// The workspace of the link, if the person is in it. Asked first, so that the repeat of a command
/// that used the link up succeeds.
async fn joined_by(tx: &mut Tx, user: UserId, hash: &[u8]) -> Result<Option<WorkspaceId>> {
    let row = fetch_optional!(
        tx,
        (Uuid,),
        "SELECT i.workspace_id FROM invitations i JOIN members m ON m.workspace_id = i.workspace_id
         WHERE i.secret_hash = $1 AND m.user_id = $2",
        hash,
        user.0
    )?;
    Ok(row.map(|(workspace,)| WorkspaceId(workspace)))
}

/// Revokes all links of somebody who is no member any more.
pub(crate) async fn revoke_all(tx: &mut WriteTx, workspace: WorkspaceId, by: UserId) -> Result<()> {
    execute!(
        tx,
        "UPDATE invitations SET revoked_at = $3 WHERE workspace_id = $1 AND by_id = $2 AND revoked_at IS NULL",
        workspace.0,
        by.0,
        tx.now.0
    )?;
    Ok(())
}

/// Revokes the links of somebody that they could not make any more with this role.
pub(crate) async fn revoke_above(
    tx: &mut WriteTx,
    workspace: WorkspaceId,
    by: UserId,
    role: Role,
) -> Result<()> {
    if role < Role::Member {
        return revoke_all(tx, workspace, by).await;
    }
    for above in Role::ALL.into_iter().filter(|other| role < *other) {
        execute!(
            tx,
            "UPDATE invitations SET revoked_at = $4
             WHERE workspace_id = $1 AND by_id = $2 AND role = $3 AND revoked_at IS NULL",
            workspace.0,
            by.0,
            above.word(),
            tx.now.0
        )?;
    }
    Ok(())
}
