//! Workspaces, and the caller's place in them.

use crate::access;
use crate::db::{Tx, execute, fetch_all, fetch_one, fetch_optional};
use crate::log::number;
use crate::writer::WriteTx;
use crate::{Caller, Error, Result, Store, audit, conversations, members, reads, statuses};
use protocol::workspace::{self, Membership, NewWorkspace, Role, Workspace};
use protocol::{Epoch, EventKind, Position, Timestamp, Topic, UserId, WorkspaceId};
use std::collections::HashMap;
use uuid::Uuid;

/// The name in addresses of a workspace whose name has no letter that fits into one.
const SLUG_OTHERWISE: &str = "workspace";

#[derive(sqlx::FromRow)]
pub(crate) struct Row {
    id: Uuid,
    name: String,
    slug: String,
    at: i64,
    previews_links: bool,
}

impl From<Row> for Workspace {
    fn from(row: Row) -> Self {
        Self {
            id: WorkspaceId(row.id),
            name: row.name,
            slug: row.slug,
            at: Timestamp(row.at),
            previews_links: row.previews_links,
        }
    }
}

impl Store {
    /// Makes a workspace, which the caller owns. For administrators. Once more with the same id gives
    /// back the one that is there.
    ///
    /// # Errors
    /// 403 for others, 422 for the name, 409 when the id is somebody else's.
    pub async fn create_workspace(&self, caller: &Caller, new: NewWorkspace) -> Result<Workspace> {
        let caller = *caller;
        access::instance_admin(&caller)?;
        let new = NewWorkspace { name: workspace::name(&new.name)?, ..new };
        let written = self.write(move |tx| {
            let new = new.clone();
            Box::pin(async move { create(tx, &caller, &new).await })
        });
        Ok(written.await?.value)
    }

    /// Renames a workspace; its address stays. For owners.
    ///
    /// # Errors
    /// 404 outside, 403 for others, 422 for the name.
    pub async fn rename_workspace(
        &self,
        caller: &Caller,
        id: WorkspaceId,
        name: String,
    ) -> Result<Workspace> {
        let caller = *caller;
        let name = workspace::name(&name)?;
        let written = self.write(move |tx| {
            let name = name.clone();
            Box::pin(async move {
                let owner = access::member(tx, &caller, id).await?.owner()?;
                let workspace = by_id(tx, id).await?;
                if workspace.name == name {
                    return Ok(workspace);
                }
                execute!(tx, "UPDATE workspaces SET name = $2 WHERE id = $1", id.0, &name)?;
                audit::by(tx, &caller, "workspace.renamed", None, &format!("{} → {name}", workspace.name))
                    .await?;
                let workspace = Workspace { name, ..workspace };
                let kind = EventKind::WorkspaceUpdated(workspace.clone());
                tx.append(owner.topic(), Some(caller.user), Some(id.0), kind);
                Ok(workspace)
            })
        });
        Ok(written.await?.value)
    }

    /// From now on the server looks at pages that texts of the workspace link, or no longer. What is
    /// shown already stays. For admins of the workspace.
    ///
    /// # Errors
    /// 404 outside, 403 for others.
    pub async fn set_link_previews(&self, caller: &Caller, id: WorkspaceId, on: bool) -> Result<Workspace> {
        let caller = *caller;
        let written = self.write(move |tx| {
            Box::pin(async move {
                let moderator = access::member(tx, &caller, id).await?.moderator()?;
                let workspace = by_id(tx, id).await?;
                if workspace.previews_links == on {
                    return Ok(workspace);
                }
                execute!(tx, "UPDATE workspaces SET previews_links = $2 WHERE id = $1", id.0, on)?;
                let word = if on { "on" } else { "off" };
                audit::by(tx, &caller, "workspace.link_previews", None, word).await?;
                let workspace = Workspace { previews_links: on, ..workspace };
                let kind = EventKind::WorkspaceUpdated(workspace.clone());
                tx.append(moderator.topic(), Some(caller.user), Some(id.0), kind);
                Ok(workspace)
            })
        });
        Ok(written.await?.value)
    }

    /// The caller's place in a workspace, by its name in addresses.
    ///
    /// # Errors
    /// 404 outside.
    pub async fn workspace(&self, caller: &Caller, slug: &str) -> Result<Membership> {
        let (user, slug, now) = (caller.user, slug.to_owned(), self.now());
        self.read(move |tx| {
            Box::pin(async move {
                let mine = memberships(tx, user, now).await?;
                let found = mine.into_iter().find(|membership| membership.workspace.slug == slug);
                found.ok_or_else(|| protocol::Error::not_found("This workspace").into())
            })
        })
        .await
    }
}

async fn create(tx: &mut WriteTx, caller: &Caller, new: &NewWorkspace) -> Result<Workspace> {
    let there = fetch_optional!(
        tx,
        Row,
        "SELECT id, name, slug, at, previews_links FROM workspaces WHERE id = $1",
        new.id.0
    )?;
    if let Some(there) = there {
        let role = members::role(tx, new.id, caller.user).await?;
        if role == Some(Role::Owner) {
            return Ok(there.into());
        }
        return Err(protocol::Error::taken("id", "This id is in use.").into());
    }
    let workspace = insert(tx, caller.user, new).await?;
    audit::by(tx, caller, "workspace.created", None, &workspace.name).await?;
    Ok(workspace)
}

/// Makes the workspace, its topic and its first owner.
pub(crate) async fn insert(tx: &mut WriteTx, owner: UserId, new: &NewWorkspace) -> Result<Workspace> {
    let base = match workspace::slug(&new.name) {
        slug if slug.is_empty() => SLUG_OTHERWISE.to_owned(),
        slug => slug,
    };
    let mut slug = base.clone();
    let mut number = 1;
    loop {
        let inserted = execute!(
            tx,
            "INSERT INTO workspaces (id, name, slug, at) VALUES ($1, $2, $3, $4) ON CONFLICT (slug) DO NOTHING",
            new.id.0,
            &new.name,
            &slug,
            tx.now.0
        )?;
        if inserted == 1 {
            break;
        }
        number += 1;
        slug = format!("{base}-{number}");
    }
    let workspace = Workspace { id: new.id, name: new.name.clone(), slug, at: tx.now, previews_links: true };
    tx.create_topic(Topic::Workspace(new.id), Some(new.id)).await?;
    conversations::first_room(tx, &workspace, owner).await?;
    members::add(tx, &workspace, owner, Role::Owner).await?;
    Ok(workspace)
}

/// The workspace with this id, which is there.
pub(crate) async fn by_id(tx: &mut Tx, id: WorkspaceId) -> Result<Workspace> {
    let sql = "SELECT id, name, slug, at, previews_links FROM workspaces WHERE id = $1";
    Ok(fetch_one!(tx, Row, sql, id.0)?.into())
}

/// Takes turns with other nodes that change who is a member of this workspace, and as what. SQLite
/// has one writer anyway.
pub(crate) async fn take_turns(tx: &mut WriteTx, id: WorkspaceId) -> Result<()> {
    if !tx.is_sqlite() {
        execute!(tx, "SELECT 1 FROM workspaces WHERE id = $1 FOR NO KEY UPDATE", id.0)?;
    }
    Ok(())
}

#[derive(sqlx::FromRow)]
struct MembershipRow {
    id: Uuid,
    name: String,
    slug: String,
    at: i64,
    previews_links: bool,
    role: String,
    newest: i64,
}

/// A person's workspaces by name, with what the frame of the page shows of each.
pub(crate) async fn memberships(tx: &mut Tx, user: UserId, now: Timestamp) -> Result<Vec<Membership>> {
    let rows = fetch_all!(
        tx,
        MembershipRow,
        "SELECT w.id, w.name, w.slug, w.at, w.previews_links, m.role,
                COALESCE((SELECT p.seq FROM posts p
                          WHERE p.workspace_id = w.id AND p.deleted_at IS NULL AND p.author_id <> $1
                          ORDER BY p.seq DESC LIMIT 1), 0) AS newest
         FROM members m JOIN workspaces w ON w.id = m.workspace_id WHERE m.user_id = $1",
        user.0
    )?;
    let topics: Vec<String> =
        rows.iter().map(|row| Topic::Workspace(WorkspaceId(row.id)).to_string()).collect();
    let heads = fetch_all!(
        tx,
        (String, Uuid, i64),
        texts = topics,
        "SELECT id, epoch, head_seq FROM topics WHERE id IN (SELECT text FROM texts)"
    )?;
    let heads: HashMap<String, Position> = heads
        .into_iter()
        .map(|(topic, epoch, seq)| (topic, Position { epoch: Epoch(epoch), seq: number(seq) }))
        .collect();
    let read = reads::of(tx, user).await?;
    let mut with_status = statuses::around(tx, user, now).await?;
    let membership = |(row, topic): (MembershipRow, &String)| {
        let position = heads.get(topic).copied();
        Ok(Membership {
            role: access::role_of(&row.role, user)?,
            position: position.ok_or_else(|| Error::corrupt("topics", topic, "it is missing"))?,
            read: read.get(topic).copied().unwrap_or(0),
            newest: number(row.newest),
            with_status: with_status.remove(&WorkspaceId(row.id)).unwrap_or_default(),
            workspace: Workspace {
                id: WorkspaceId(row.id),
                name: row.name,
                slug: row.slug,
                at: Timestamp(row.at),
                previews_links: row.previews_links,
            },
        })
    };
    let mut list = rows.into_iter().zip(&topics).map(membership).collect::<Result<Vec<_>>>()?;
    list.sort_by_cached_key(|one| (one.workspace.name.to_lowercase(), one.workspace.id));
    Ok(list)
}
