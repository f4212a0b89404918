//! Which pages somebody has to look at, and what becomes of what they say.
//!
//! A page is looked at once, by one node, however many texts link it: `link_pages` holds the lease and
//! what was said. A lease that ends before anything was said belonged to a node that is gone.

use super::of_one;
use crate::db::{Tx, execute, fetch_all, fetch_one, fetch_optional};
use crate::writer::WriteTx;
use crate::{Error, Result, Store, places};
use futures::FutureExt;
use protocol::link::PreviewChange;
use protocol::reaction::ReactionTarget;
use protocol::{ConversationId, EventKind, PostId, Timestamp, Topic, WorkspaceId, limits};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// Texts that are told of one page in one transaction; others follow.
const TEXTS_AT_ONCE: i64 = 50;

/// What a page says of itself: made safe, and short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageSays {
    /// Whose it is.
    pub site: String,
    /// What it is called.
    pub title: String,
    /// What it is about; may be empty.
    pub description: String,
}

#[derive(sqlx::FromRow)]
struct Waiting {
    url: String,
    said: bool,
    fetched_at: i64,
}

impl Store {
    /// Pages that this node is to look at now; no other one does within `lease`. Texts whose pages
    /// were looked at lately are told at once.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn due_links(&self, lease: Duration) -> Result<Vec<String>> {
        let now = self.now();
        let waits = self.read_one(move |tx| {
            async move {
                let sql = "SELECT 1 FROM links l LEFT JOIN link_pages p ON p.url = l.url
                           WHERE l.state = 'waiting' AND COALESCE(p.leased_until, 0) <= $1 LIMIT 1";
                Ok(fetch_optional!(tx, (i32,), sql, now.0)?.is_some())
            }
            .boxed()
        });
        if !waits.await? {
            return Ok(Vec::new());
        }
        let written = self.write(move |tx| async move { take(tx, lease).await }.boxed());
        Ok(written.await?.value)
    }

    /// A page was looked at: what it said, or nothing. Everybody who reads a text that links it is told.
    ///
    /// # Errors
    /// [`Error::Unavailable`]; then it is looked at again when its lease ends.
    pub async fn settle_link(&self, url: &str, says: Option<PageSays>) -> Result<()> {
        let (url, says): (Arc<str>, _) = (url.into(), Arc::new(says));
        self.write(move |tx| {
            let (url, says) = (Arc::clone(&url), Arc::clone(&says));
            async move { settle(tx, &url, says.as_ref().as_ref()).await }.boxed()
        })
        .await?;
        Ok(())
    }

    /// Forgets what pages said before this time. Texts keep what is shown. Returns how many went.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn prune_link_pages(&self, older_than: Timestamp) -> Result<u64> {
        let written = self.write(move |tx| {
            async move {
                let sql = "DELETE FROM link_pages WHERE fetched_at < $1 AND leased_until < $1";
                Ok(execute!(tx, sql, older_than.0)?)
            }
            .boxed()
        });
        Ok(written.await?.value)
    }
}

async fn take(tx: &mut WriteTx, lease: Duration) -> Result<Vec<String>> {
    let now = tx.now;
    execute!(
        tx,
        "DELETE FROM links WHERE state = 'waiting'
         AND workspace_id IN (SELECT id FROM workspaces WHERE NOT previews_links)"
    )?;
    let waiting = fetch_all!(
        tx,
        Waiting,
        "SELECT l.url, COALESCE(p.title, '') <> '' AS said, COALESCE(p.fetched_at, 0) AS fetched_at,
                MIN(l.at) AS first_at
         FROM links l LEFT JOIN link_pages p ON p.url = l.url
         WHERE l.state = 'waiting' AND COALESCE(p.leased_until, 0) <= $1
         GROUP BY l.url, p.title, p.fetched_at ORDER BY first_at, l.url LIMIT $2",
        now.0,
        limits::LINKS_AT_ONCE_MAX as i64
    )?;
    let mut due = Vec::new();
    for Waiting { url, said, fetched_at } in waiting {
        let holds = if said { limits::LINK_FRESH_FOR } else { limits::LINK_SILENT_FOR };
        if now < Timestamp(fetched_at) + holds {
            let says =
                fetch_one!(tx, Said, "SELECT site, title, description FROM link_pages WHERE url = $1", &url)?;
            tell(tx, &url, says.into_page().as_ref()).await?;
            continue;
        }
        let taken = execute!(
            tx,
            "INSERT INTO link_pages (url, leased_until) VALUES ($1, $2)
             ON CONFLICT (url) DO UPDATE SET leased_until = excluded.leased_until
             WHERE link_pages.leased_until <= $3",
            &url,
            (now + lease).0,
            now.0
        )?;
        if taken == 1 {
            due.push(url);
        }
    }
    Ok(due)
}

#[derive(sqlx::FromRow)]
struct Said {
    site: String,
    title: String,
    description: String,
}

impl Said {
    fn into_page(self) -> Option<PageSays> {
        let Self { site, title, description } = self;
        (!title.is_empty()).then_some(PageSays { site, title, description })
    }
}

async fn settle(tx: &mut WriteTx, url: &str, says: Option<&PageSays>) -> Result<()> {
    let now = tx.now;
    let (site, title, description) = says
        .map_or(("", "", ""), |says| (says.site.as_str(), says.title.as_str(), says.description.as_str()));
    execute!(
        tx,
        "UPDATE link_pages SET site = $2, title = $3, description = $4, fetched_at = $5, leased_until = 0
         WHERE url = $1",
        url,
        site,
        title,
        description,
        now.0
    )?;
    tell(tx, url, says).await
}

/// Tells the texts that wait for a page.
async fn tell(tx: &mut WriteTx, url: &str, says: Option<&PageSays>) -> Result<()> {
    let Some(says) = says else {
        execute!(tx, "UPDATE links SET state = 'silent' WHERE url = $1 AND state = 'waiting'", url)?;
        return Ok(());
    };
    let targets = fetch_all!(
        tx,
        (String,),
        "SELECT target FROM links WHERE url = $1 AND state = 'waiting' ORDER BY target LIMIT $2",
        url,
        TEXTS_AT_ONCE
    )?;
    for (target,) in targets {
        let target = target.parse().map_err(|why| Error::corrupt("links", &target, why))?;
        show(tx, target, url, says).await?;
    }
    Ok(())
}

/// Shows what a page says under a text, unless the text or the link in it is gone.
async fn show(tx: &mut WriteTx, target: ReactionTarget, url: &str, says: &PageSays) -> Result<()> {
    // Before it is asked whether the text stands: whoever deletes it takes its words out of the log.
    places::take_turns_on(tx, target).await?;
    let shown = execute!(
        tx,
        "UPDATE links SET state = 'shown', site = $3, title = $4, description = $5
         WHERE target = $1 AND url = $2 AND state = 'waiting'",
        target.to_string(),
        url,
        &says.site,
        &says.title,
        &says.description
    )?;
    if shown == 0 {
        return Ok(());
    }
    if let Some((topic, post)) = place(tx, target).await? {
        let previews = of_one(tx, target).await?;
        let event = EventKind::PreviewUpdated(PreviewChange { target, post, previews });
        tx.append(topic, None, Some(target.entity()), event);
    }
    Ok(())
}

/// Whose log tells of a text, and the post that it is or belongs to.
async fn place(tx: &mut Tx, target: ReactionTarget) -> Result<Option<(Topic, Option<PostId>)>> {
    Ok(match target {
        ReactionTarget::Message(id) => {
            let sql = "SELECT conversation_id FROM messages WHERE id = $1 AND deleted_at IS NULL";
            let found = fetch_optional!(tx, (Uuid,), sql, id.0)?;
            found.map(|(id,)| (Topic::Conversation(ConversationId(id)), None))
        }
        ReactionTarget::Post(id) => {
            let sql = "SELECT workspace_id FROM posts WHERE id = $1 AND deleted_at IS NULL";
            let found = fetch_optional!(tx, (Uuid,), sql, id.0)?;
            found.map(|(workspace,)| (Topic::Workspace(WorkspaceId(workspace)), Some(id)))
        }
        ReactionTarget::Comment(id) => {
            let sql = "SELECT workspace_id, post_id FROM comments WHERE id = $1 AND deleted_at IS NULL";
            let found = fetch_optional!(tx, (Uuid, Uuid), sql, id.0)?;
            found.map(|(workspace, post)| (Topic::Workspace(WorkspaceId(workspace)), Some(PostId(post))))
        }
    })
}
