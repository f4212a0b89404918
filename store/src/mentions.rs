//! Texts made ready for writing: rendered, and with the members that they mention.
//!
//! This happens before the writer takes the command, which everybody waits for.

use crate::access::Member;
use crate::db::{Tx, fetch_all};
use crate::markdown::{self, Mentions};
use crate::search::documents::Words;
use crate::{Caller, Result, Store, access};
use futures::FutureExt;
use protocol::message::Broadcast;
use protocol::post::Preview;
use protocol::workspace::Role;
use protocol::{ConversationId, UserId, WorkspaceId, limits, text};
use uuid::Uuid;

/// A text as it is stored.
pub(crate) struct Text {
    pub(crate) body: String,
    pub(crate) html: String,
    pub(crate) excerpt: String,
    /// What the search knows of it.
    pub(crate) words: Words,
    /// The pages that it links, of which something is to be shown.
    pub(crate) links: Vec<String>,
    /// It says `@here` or `@room`, where that means anything.
    pub(crate) broadcast: Option<Broadcast>,
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
    /// A text as it would be stored in a workspace. Nothing is written, and nobody is told.
    ///
    /// # Errors
    /// 404 outside of the workspace, 413 for more than a post may hold.
    pub async fn preview(&self, caller: &Caller, workspace: WorkspaceId, body: String) -> Result<Preview> {
        let body = text::block("body", &body, limits::POST_BODY_BYTES_MAX)?;
        let caller = *caller;
        self.read(move |tx| async move { access::member(tx, &caller, workspace).await }.boxed()).await?;
        Ok(Preview { html: self.text(&caller, workspace, body).await?.html })
    }

    /// Renders a text for a workspace: people and rooms are linked.
    ///
    /// # Errors
    /// 404 outside of the workspace.
    pub(crate) async fn text(&self, caller: &Caller, workspace: WorkspaceId, body: String) -> Result<Text> {
        let (handles, rooms) = (markdown::handles(&body), markdown::rooms(&body));
        if handles.is_empty() && rooms.is_empty() {
            return Ok(self.rendered(body, handles, &Mentions::default(), None));
        }
        let caller = *caller;
        let (mentions, handles) = self
            .read(move |tx| {
                async move {
                    let member = access::member(tx, &caller, workspace).await?;
                    Ok((named(tx, &member, &handles, &rooms).await?, handles))
                }
                .boxed()
            })
            .await?;
        Ok(self.rendered(body, handles, &mentions, None))
    }

    /// Renders a text for a conversation: unless it stands in a thread alone it may also mean everybody.
    ///
    /// # Errors
    /// 404 for a conversation that the caller may not read.
    pub(crate) async fn message_text(
        &self,
        caller: &Caller,
        conversation: ConversationId,
        body: String,
        in_room: bool,
    ) -> Result<Text> {
        let (handles, rooms) = (markdown::handles(&body), markdown::rooms(&body));
        if handles.is_empty() && rooms.is_empty() {
            return Ok(self.rendered(body, handles, &Mentions::default(), None));
        }
        let caller = *caller;
        let broadcast = broadcast(&handles).filter(|_| in_room);
        let (mut mentions, handles) = self
            .read(move |tx| {
                async move {
                    let member = access::conversation(tx, &caller, conversation).await?.member;
                    Ok((named(tx, &member, &handles, &rooms).await?, handles))
                }
                .boxed()
            })
            .await?;
        mentions.broadcasts = in_room;
        Ok(self.rendered(body, handles, &mentions, broadcast))
    }

    fn rendered(
        &self,
        body: String,
        handles: Vec<String>,
        mentions: &Mentions,
        broadcast: Option<Broadcast>,
    ) -> Text {
        let html = markdown::html(&body, mentions);
        let plain = markdown::without_marks(&body);
        let (excerpt, words) = (text::excerpt(&plain, limits::EXCERPT_CHARS_MAX), Words::of(&plain, &html));
        let links = if self.settings().link_previews { markdown::links(&body) } else { Vec::new() };
        let mentioned = handles
            .into_iter()
            .filter_map(|handle| mentions.people.get(&handle).map(|user| (handle.clone(), *user)))
            .collect();
        Text { body, html, excerpt, words, links, broadcast, mentioned }
    }
}

/// Whom and which rooms these words mean.
async fn named(tx: &mut Tx, member: &Member, handles: &[String], rooms: &[String]) -> Result<Mentions> {
    let mut mentions = match handles {
        [] => Mentions::default(),
        _ => resolve(tx, member.workspace, handles).await?,
    };
    if !rooms.is_empty() {
        link(tx, &mut mentions, member, rooms).await?;
    }
    Ok(mentions)
}

/// The wider of what a text says.
fn broadcast(handles: &[String]) -> Option<Broadcast> {
    let says = |broadcast: &Broadcast| handles.iter().any(|handle| handle == broadcast.word());
    [Broadcast::Room, Broadcast::Here].into_iter().find(says)
}

/// Adds the rooms of the workspace among these names. Guests link only those that they are in: they must
/// not find out which others there are.
async fn link(tx: &mut Tx, mentions: &mut Mentions, member: &Member, names: &[String]) -> Result<()> {
    let rows = fetch_all!(
        tx,
        (String, Uuid, String),
        texts = names,
        "SELECT c.name, c.id, w.slug FROM conversations c JOIN workspaces w ON w.id = c.workspace_id
         WHERE c.workspace_id = $2 AND c.kind = 'room' AND c.archived_at IS NULL
         AND c.name IN (SELECT text FROM texts)
         AND ($3 OR EXISTS (SELECT 1 FROM participants p WHERE p.conversation_id = c.id AND p.user_id = $4))",
        member.workspace.0,
        member.role != Role::Guest,
        member.user.0
    )?;
    for (name, id, slug) in rows {
        mentions.slug = slug;
        mentions.rooms.insert(name, ConversationId(id));
    }
    Ok(())
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
