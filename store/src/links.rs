//! Links in texts, and what is shown of the pages that they lead to.
//!
//! Sending a text only notes its links. Somebody else looks at the pages afterwards (`due`), and what
//! they say reaches those who read the text by an event of its own.

mod due;

pub use due::PageSays;

use crate::db::{Tx, execute, fetch_all};
use crate::reactions::{self, Carrier};
use crate::writer::WriteTx;
use crate::{Caller, Result, Store, dialect, places};
use futures::FutureExt;
use protocol::link::{LinkPreview, PreviewChange, PreviewRemoval};
use protocol::reaction::ReactionTarget;
use protocol::workspace::Role;
use protocol::{Error, EventKind, WorkspaceId};
use std::collections::HashMap;
use std::sync::Arc;

impl Store {
    /// Takes away what is shown of a link. For the author of the text, and for whoever may delete it.
    /// Once more does nothing.
    ///
    /// # Errors
    /// 404 where the text cannot be read, 403 for others.
    pub async fn remove_preview(&self, caller: &Caller, removal: PreviewRemoval) -> Result<()> {
        let (caller, removal) = (*caller, Arc::new(removal));
        self.write(move |tx| {
            let removal = Arc::clone(&removal);
            async move { remove(tx, &caller, &removal).await }.boxed()
        })
        .await?;
        Ok(())
    }
}

async fn remove(tx: &mut WriteTx, caller: &Caller, removal: &PreviewRemoval) -> Result<()> {
    let target = removal.target;
    places::take_turns_on(tx, target).await?;
    let carrier = reactions::carrier(tx, caller, target).await?;
    let may = match &carrier {
        Carrier::Feed { member, author, .. } => *author == caller.user || Role::Admin <= member.role,
        Carrier::Message(place) => place.author == caller.user || place.reader.clone().keeper().is_ok(),
    };
    if !may {
        return Err(Error::forbidden("Only its author can take this away.").into());
    }
    let removed = execute!(
        tx,
        "UPDATE links SET state = 'removed', site = '', title = '', description = ''
         WHERE target = $1 AND url = $2 AND state = 'shown'",
        target.to_string(),
        &removal.url
    )?;
    if removed != 0 {
        let previews = of_one(tx, target).await?;
        let change = PreviewChange { target, post: carrier.post(), previews };
        let entity = Some(target.entity());
        tx.append(carrier.topic(), Some(caller.user), entity, EventKind::PreviewUpdated(change));
    }
    Ok(())
}

/// Notes the links of a new text.
pub(crate) async fn note(
    tx: &mut WriteTx,
    target: ReactionTarget,
    workspace: WorkspaceId,
    urls: &[String],
) -> Result<()> {
    if !urls.is_empty() {
        let now = tx.now.0;
        dialect::note_links(tx, &target.to_string(), workspace.0, urls, now).await?;
    }
    Ok(())
}

/// Notes the links of a text that changed: what is known of those that stay stays.
pub(crate) async fn note_again(
    tx: &mut WriteTx,
    target: ReactionTarget,
    workspace: WorkspaceId,
    urls: &[String],
) -> Result<()> {
    execute!(
        tx,
        texts = urls,
        "DELETE FROM links WHERE target = $2 AND url NOT IN (SELECT text FROM texts)",
        target.to_string()
    )?;
    note(tx, target, workspace, urls).await
}

/// Nothing of the links of these texts stays.
pub(crate) async fn forget(tx: &mut WriteTx, targets: &[String]) -> Result<()> {
    execute!(tx, texts = targets, "DELETE FROM links WHERE target IN (SELECT text FROM texts)")?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct Row {
    target: String,
    url: String,
    site: String,
    title: String,
    description: String,
}

/// What is shown of the links of a page of texts, in one query. Texts without any are missing.
pub(crate) async fn of(
    tx: &mut Tx,
    targets: impl IntoIterator<Item = ReactionTarget>,
) -> Result<HashMap<String, Vec<LinkPreview>>> {
    let targets: Vec<String> = targets.into_iter().map(|target| target.to_string()).collect();
    let rows = fetch_all!(
        tx,
        Row,
        texts = targets,
        "SELECT target, url, site, title, description FROM links
         WHERE target IN (SELECT text FROM texts) AND state = 'shown' ORDER BY target, rank"
    )?;
    let mut previews: HashMap<String, Vec<LinkPreview>> = HashMap::new();
    for Row { target, url, site, title, description } in rows {
        previews.entry(target).or_default().push(LinkPreview { url, site, title, description });
    }
    Ok(previews)
}

async fn of_one(tx: &mut Tx, target: ReactionTarget) -> Result<Vec<LinkPreview>> {
    Ok(of(tx, [target]).await?.into_values().next().unwrap_or_default())
}
