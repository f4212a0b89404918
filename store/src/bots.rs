//! Bots: accounts of programs. Each is a member of one workspace, whose admins made it and hold its
//! tokens; it has no password, so nobody ever signs in as one.

use crate::access::{self, Moderator};
use crate::db::{Tx, execute, fetch_all, fetch_one, fetch_optional};
use crate::writer::WriteTx;
use crate::{Caller, Result, Store, audit, members, sessions, tokens, users, workspaces};
use protocol::person::InstanceRole;
use protocol::token::{Bot, NewBot};
use protocol::workspace::Member;
use protocol::{Error, Timestamp, Topic, UserId, WorkspaceId, limits};
use std::collections::HashMap;
use uuid::Uuid;

impl Store {
    /// The bots of a workspace by name, with their tokens. For its admins.
    ///
    /// # Errors
    /// 404 outside, 403 for others.
    pub async fn bots(&self, caller: &Caller, workspace: WorkspaceId) -> Result<Vec<Bot>> {
        let (caller, now) = (*caller, self.now());
        self.read(move |tx| {
            Box::pin(async move {
                access::member(tx, &caller, workspace).await?.moderator()?;
                list(tx, workspace, now).await
            })
        })
        .await
    }

    /// Makes a bot. For admins of the workspace; at most their own role. The same id again gives back the
    /// bot that is there.
    ///
    /// # Errors
    /// 404 outside, 403 for others and for a role above the caller's, 422 for what does not fit and for one
    /// bot too many, 409 when somebody has the handle or the id.
    pub async fn create_bot(&self, caller: &Caller, new: NewBot) -> Result<Bot> {
        let caller = *caller;
        let new = new.validate()?;
        let written = self.write(move |tx| {
            let new = new.clone();
            Box::pin(async move { create(tx, &caller, &new).await })
        });
        Ok(written.await?.value)
    }

    /// Removes a bot from its workspace and ends its tokens, everywhere at once. What it wrote stays. Once
    /// more does nothing.
    ///
    /// # Errors
    /// 404 for a bot that the caller cannot see, 403 for others than admins.
    pub async fn remove_bot(&self, caller: &Caller, bot: UserId) -> Result<()> {
        let caller = *caller;
        self.write(move |tx| {
            Box::pin(async move {
                let workspace = managed(tx, &caller, bot).await?.workspace;
                members::remove(tx, &caller, workspace, bot).await
            })
        })
        .await?;
        Ok(())
    }
}

/// Proof of managing this bot. To people outside its workspace there is none.
pub(crate) async fn managed(tx: &mut Tx, caller: &Caller, bot: UserId) -> Result<Moderator> {
    let not_found = || Error::not_found("This bot");
    let sql = "SELECT bot_of FROM users WHERE id = $1 AND bot_of IS NOT NULL";
    let (workspace,) = fetch_optional!(tx, (Uuid,), sql, bot.0)?.ok_or_else(not_found)?;
    let member = access::member(tx, caller, WorkspaceId(workspace)).await.map_err(|error| match error {
        // Whose bot it is must not show.
        crate::Error::Refused(_) => not_found().into(),
        other => other,
    })?;
    member.moderator()
}

/// A bot that was removed gets no tokens.
pub(crate) async fn refuse_removed(tx: &mut Tx, bot: UserId) -> Result<()> {
    let sql = "SELECT id FROM users WHERE id = $1 AND active";
    match fetch_optional!(tx, (Uuid,), sql, bot.0)? {
        Some(_) => Ok(()),
        None => Err(Error::not_found("This bot").into()),
    }
}

/// Takes a bot out of service. Its sockets close, because its sessions end.
pub(crate) async fn retire(tx: &mut WriteTx, actor: UserId, bot: UserId) -> Result<()> {
    execute!(tx, "UPDATE users SET active = $2 WHERE id = $1", bot.0, false)?;
    sessions::end_all(tx, Some(actor), bot).await?;
    Ok(())
}

async fn create(tx: &mut WriteTx, caller: &Caller, new: &NewBot) -> Result<Bot> {
    let by = access::member(tx, caller, new.workspace).await?.moderator()?;
    if by.role < new.role {
        return Err(Error::forbidden("You cannot give a role above your own.").into());
    }
    let there = fetch_optional!(tx, (Option<Uuid>,), "SELECT bot_of FROM users WHERE id = $1", new.id.0)?;
    match there {
        Some((Some(workspace),)) if workspace == new.workspace.0 => {}
        Some(_) => return Err(Error::taken("id", "This id is in use.").into()),
        None => insert(tx, caller, new).await?,
    }
    let now = tx.now;
    let bots = list(tx, new.workspace, now).await?;
    let bot = bots.into_iter().find(|bot| bot.person.id == new.id);
    bot.ok_or_else(|| Error::taken("id", "This bot was removed.").into())
}

async fn insert(tx: &mut WriteTx, caller: &Caller, new: &NewBot) -> Result<()> {
    let sql = "SELECT COUNT(*) FROM users WHERE bot_of = $1 AND active";
    let (there,) = fetch_one!(tx, (i64,), sql, new.workspace.0)?;
    if i64::from(limits::BOTS_MAX) <= there {
        let message = format!("A workspace has at most {} bots. Remove one first.", limits::BOTS_MAX);
        return Err(Error::invalid("name", message).into());
    }
    let inserted = execute!(
        tx,
        "INSERT INTO users (id, name, handle, folded, hue, password_hash, role, active, former, at, bot_of)
         VALUES ($1, $2, $3, $4, $5, NULL, $6, $7, $8, $9, $10) ON CONFLICT (handle) DO NOTHING",
        new.id.0,
        &new.name,
        &new.handle,
        users::folded(&new.name, &new.handle),
        i64::from(new.hue),
        users::role_word(InstanceRole::Member),
        true,
        false,
        tx.now.0,
        new.workspace.0
    )?;
    if inserted == 0 {
        return Err(users::handle_taken());
    }
    tx.create_topic(Topic::User(new.id), None).await?;
    let detail = format!("{} (@{}), {}", new.name, new.handle, new.role.word());
    audit::by(tx, caller, "bot.created", Some(new.id), &detail).await?;
    let workspace = workspaces::by_id(tx, new.workspace).await?;
    members::add(tx, &workspace, new.id, new.role).await?;
    Ok(())
}

async fn list(tx: &mut Tx, workspace: WorkspaceId, now: Timestamp) -> Result<Vec<Bot>> {
    let ids = fetch_all!(
        tx,
        (Uuid,),
        "SELECT u.id FROM users u JOIN members m ON m.workspace_id = u.bot_of AND m.user_id = u.id
         WHERE u.bot_of = $1 AND u.active",
        workspace.0
    )?;
    let ids: Vec<Uuid> = ids.into_iter().map(|(id,)| id).collect();
    let mut theirs: HashMap<UserId, Vec<_>> = HashMap::new();
    for (owner, token) in tokens::of(tx, ids.clone()).await? {
        theirs.entry(owner).or_default().push(token);
    }
    let members = members::these(tx, workspace, ids, now).await?;
    let bot = |Member { person, role, .. }: Member| Bot {
        tokens: theirs.remove(&person.id).unwrap_or_default(),
        person,
        role,
    };
    Ok(members.into_iter().map(bot).collect())
}
