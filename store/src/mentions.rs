//! Texts made ready for writing: rendered, and with the members that they mention.
//!
//! This happens before the writer takes the command, which everybody waits for.

use crate::db::{Tx, fetch_all};
use crate::markdown::{self, Mentions};
use crate::{Result, Store};
use futures::FutureExt;
use protocol::{UserId, WorkspaceId, limits};
use uuid::Uuid;

/// A text as it is stored.
pub(crate) struct Text {
    pub(crate) body: String,
    pub(crate) html: String,
    pub(crate) excerpt: String,
    /// Members in the order in which the text names them.
    mentioned: Vec<(String, UserId)>,
}

impl Text {
    /// Who is told of a new text: at most [`limits::MENTIONS_MAX`], never its author.
    pub(crate) fn mentioned(&self, author: UserId) -> Vec<UserId> {
        self.told(author, |_| true)
    }

    /// Who is told of an edit: only those whom the text before did not name.
    pub(crate) fn newly_mentioned(&self, author: UserId, before: &str) -> Vec<UserId> {
        let before = markdown::handles(before);
        self.told(author, |handle| !before.iter().any(|known| known == handle))
    }

    fn told(&self, author: UserId, is_new: impl Fn(&str) -> bool) -> Vec<UserId> {
        let others = self.mentioned.iter().filter(|(handle, user)| *user != author && is_new(handle));
        others.map(|(_, user)| *user).take(limits::MENTIONS_MAX).collect()
    }
}

impl Store {
    /// Renders a text for a workspace.
    pub(crate) async fn text(&self, workspace: WorkspaceId, body: String) -> Result<Text> {
        let handles = markdown::handles(&body);
        let (mentions, handles) = if handles.is_empty() {
            (Mentions::default(), handles)
        } else {
            self.read(move |tx| async move { Ok((resolve(tx, workspace, &handles).await?, handles)) }.boxed())
                .await?
        };
        let html = markdown::html(&body, &mentions);
        let excerpt = markdown::excerpt(&body);
        let mentioned = handles
            .into_iter()
            .filter_map(|handle| mentions.people.get(&handle).map(|user| (handle.clone(), *user)))
            .collect();
        Ok(Text { body, html, excerpt, mentioned })
    }
}

/// The members of the workspace among the handles: nobody learns by a mention who else has an account.
async fn resolve(tx: &mut Tx, workspace: WorkspaceId, handles: &[String]) -> Result<Mentions> {
    let rows = fetch_all!(
        tx,
        (String, Uuid, String),
        texts = handles,
        "SELECT u.handle, u.id, w.slug
         FROM members m JOIN users u ON u.id = m.user_id JOIN workspaces w ON w.id = m.workspace_id
         WHERE m.workspace_id = $2 AND u.handle IN (SELECT text FROM texts)",
        workspace.0
    )?;
    let mut mentions = Mentions::default();
    for (handle, user, slug) in rows {
        mentions.slug = slug;
        mentions.people.insert(handle, UserId(user));
    }
    Ok(mentions)
}
