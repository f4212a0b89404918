//! Who is told of what.
//!
//! Nobody is told of what they did themselves, nobody outside the workspace is told anything,
//! and a post or comment tells each person once: as a mention before a reply before a comment.

use super::rows::{self, word};
use super::take_turns;
use crate::access::Member;
use crate::db::{Tx, execute, fetch_all, fetch_optional};
use crate::writer::WriteTx;
use crate::{Result, authors, markdown, push, workspaces};
use protocol::notification::{Notification, NotificationKind};
use protocol::reaction::Reaction;
use protocol::workspace::Role;
use protocol::{
    CommentId, ConversationId, EventKind, MessageId, NotificationId, PostId, Timestamp, Topic, UserId,
    WorkspaceId,
};
use std::collections::HashMap;
use uuid::Uuid;

/// What people are told about, and by whom.
pub(crate) struct About<'a> {
    /// The author of the text.
    pub(crate) member: Member,
    pub(crate) post: PostId,
    /// The comment with the text, if it is not the post.
    pub(crate) comment: Option<CommentId>,
    /// The post's title.
    pub(crate) title: &'a str,
    pub(crate) excerpt: &'a str,
}

/// Whom a new comment concerns.
pub(crate) struct Told {
    pub(crate) mentioned: Vec<UserId>,
    pub(crate) replied_to: Vec<UserId>,
    pub(crate) post_author: UserId,
}

/// Tells people that a text names them, unless the same text told them something before.
pub(crate) async fn mentioned(tx: &mut WriteTx, about: &About<'_>, users: &[UserId]) -> Result<()> {
    let told = users.iter().map(|user| (*user, NotificationKind::Mention));
    tell(tx, about, told).await
}

/// Tells everybody whom a new comment concerns.
pub(crate) async fn commented(tx: &mut WriteTx, about: &About<'_>, told: &Told) -> Result<()> {
    let mentioned = told.mentioned.iter().map(|user| (*user, NotificationKind::Mention));
    let replied_to = told.replied_to.iter().map(|user| (*user, NotificationKind::Reply));
    let commented = std::iter::once((told.post_author, NotificationKind::Comment));
    tell(tx, about, mentioned.chain(replied_to).chain(commented)).await
}

/// Tells the author of a post or comment of a reaction. All reactions to it are one notification.
pub(crate) async fn reacted(
    tx: &mut WriteTx,
    member: &Member,
    author: UserId,
    post: PostId,
    comment: Option<CommentId>,
    reaction: &Reaction,
) -> Result<()> {
    if author == member.user {
        return Ok(());
    }
    let Some(at) = receivers(tx, member.workspace, &[author.0]).await?.remove(&author.0) else {
        return Ok(());
    };
    let source = source(post, comment);
    let id = match told_of_reactions(tx, source, author).await? {
        Some(id) if !join_reactions(tx, id, member.user, &reaction.emoji, at).await? => return Ok(()),
        Some(id) => id,
        None => {
            let (title, body) = text_of(tx, post, comment).await?;
            let new = New {
                kind: NotificationKind::Reaction,
                workspace: member.workspace,
                post: Some(post),
                comment,
                conversation: None,
                message: None,
                emoji: Some(&reaction.emoji),
                role: None,
                title: &title,
                excerpt: &markdown::excerpt(&body),
            };
            insert(tx, author, member.user, &new, at).await?
        }
    };
    let Some(notification) = rows::by_id(tx, id).await? else { return Ok(()) };
    announce(tx, member.user, vec![(author, notification)]).await
}

/// The notification that tells somebody of all reactions to a text of theirs, if there were some before.
pub(super) async fn told_of_reactions(
    tx: &mut Tx,
    source: Uuid,
    author: UserId,
) -> Result<Option<NotificationId>> {
    let known = fetch_optional!(
        tx,
        (Uuid,),
        "SELECT id FROM notifications
         WHERE COALESCE(message_id, comment_id, post_id) = $1 AND user_id = $2 AND kind = $3",
        source,
        author.0,
        word(NotificationKind::Reaction)
    )?;
    Ok(known.map(|(id,)| NotificationId(id)))
}

/// Adds one more reaction to it. No if it is no news: it was taken back and set again.
pub(super) async fn join_reactions(
    tx: &mut WriteTx,
    id: NotificationId,
    by: UserId,
    emoji: &str,
    at: Timestamp,
) -> Result<bool> {
    let is_news = add_actor(tx, id, by, emoji, at).await?;
    if is_news {
        let sql = "UPDATE notifications SET at = $2, emoji = $3, read_at = NULL WHERE id = $1";
        execute!(tx, sql, id.0, at.0, emoji)?;
    }
    Ok(is_news)
}

/// Tells a member that somebody gave them another role.
pub(crate) async fn role_changed(
    tx: &mut WriteTx,
    workspace: WorkspaceId,
    user: UserId,
    role: Role,
    by: UserId,
) -> Result<()> {
    if user == by {
        return Ok(());
    }
    let Some(at) = receivers(tx, workspace, &[user.0]).await?.remove(&user.0) else { return Ok(()) };
    let new = New {
        kind: NotificationKind::Role,
        workspace,
        post: None,
        comment: None,
        conversation: None,
        message: None,
        emoji: None,
        role: Some(role),
        title: "",
        excerpt: "",
    };
    let id = insert(tx, user, by, &new, at).await?;
    let Some(notification) = rows::by_id(tx, id).await? else { return Ok(()) };
    announce(tx, by, vec![(user, notification)]).await
}

/// Tells people about a text, each by the first kind that fits them.
async fn tell(
    tx: &mut WriteTx,
    about: &About<'_>,
    told: impl Iterator<Item = (UserId, NotificationKind)>,
) -> Result<()> {
    let mut kinds: Vec<(UserId, NotificationKind)> = Vec::new();
    for (user, kind) in told {
        if user != about.member.user && kinds.iter().all(|(known, _)| *known != user) {
            kinds.push((user, kind));
        }
    }
    if kinds.is_empty() {
        return Ok(());
    }
    let users: Vec<Uuid> = kinds.iter().map(|(user, _)| user.0).collect();
    let receivers = receivers(tx, about.member.workspace, &users).await?;
    let before = told_before(tx, about, &users).await?;
    let (slug, actor) =
        (slug(tx, about.member.workspace).await?, authors::person(tx, about.member.user).await?);
    let mut told = Vec::new();
    for (user, kind) in kinds {
        let Some(at) = receivers.get(&user.0).copied() else { continue };
        if before.contains(&user.0) {
            continue;
        }
        let new = New {
            kind,
            workspace: about.member.workspace,
            post: Some(about.post),
            comment: about.comment,
            conversation: None,
            message: None,
            emoji: None,
            role: None,
            title: about.title,
            excerpt: about.excerpt,
        };
        let id = insert(tx, user, about.member.user, &new, at).await?;
        let notification = Notification {
            id,
            kind,
            workspace: about.member.workspace,
            slug: slug.clone(),
            post: Some(about.post),
            comment: about.comment,
            conversation: None,
            message: None,
            event: None,
            link: None,
            actors: vec![actor.clone()],
            actor_count: 1,
            emoji: None,
            role: None,
            title: about.title.to_owned(),
            excerpt: about.excerpt.to_owned(),
            at,
            read: false,
        };
        told.push((user, notification));
    }
    announce(tx, about.member.user, told).await
}

/// Appends the events, each with how many notifications its person has not seen.
pub(super) async fn announce(
    tx: &mut WriteTx,
    actor: UserId,
    told: Vec<(UserId, Notification)>,
) -> Result<()> {
    let users: Vec<Uuid> = told.iter().map(|(user, _)| user.0).collect();
    if users.is_empty() {
        return Ok(());
    }
    // Reactions call nobody to another device.
    let calling = |told: &&(UserId, Notification)| told.1.kind != NotificationKind::Reaction;
    let calling: Vec<Uuid> = told.iter().filter(calling).map(|(_, one)| one.id.0).collect();
    push::notified(tx, &calling).await?;
    let unread = rows::unread(tx, &users).await?;
    for (user, notification) in told {
        // Named after what it is about, so that deleting that takes the excerpt out of this log too.
        let of_feed = notification.post.map(|post| source(post, notification.comment));
        let of_program = notification.event.map(|event| event.0);
        let entity = notification.message.map(|message| message.0).or(of_feed).or(of_program);
        let unread = unread.get(&user.0).copied().unwrap_or(0);
        let event = EventKind::NotificationCreated { notification, unread };
        tx.append(Topic::User(user), Some(actor), entity, event);
    }
    Ok(())
}

/// The id of what a notification is about: the comment, else the post.
fn source(post: PostId, comment: Option<CommentId>) -> Uuid {
    comment.map_or(post.0, |comment| comment.0)
}

/// The members among these people, each with the time for a new notification: later than all
/// that they have, so that one millisecond keeps its order.
async fn receivers(
    tx: &mut WriteTx,
    workspace: WorkspaceId,
    users: &[Uuid],
) -> Result<HashMap<Uuid, Timestamp>> {
    // The workspace before its people, as every command in it does: nobody waits in a circle.
    workspaces::take_turns(tx, workspace).await?;
    take_turns(tx, users).await?;
    let now = tx.now.0;
    let rows = fetch_all!(
        tx,
        (Uuid, Option<i64>),
        ids = users,
        "SELECT m.user_id, (SELECT MAX(n.at) FROM notifications n WHERE n.user_id = m.user_id)
         FROM members m WHERE m.workspace_id = $2 AND m.user_id IN (SELECT id FROM ids)",
        workspace.0
    )?;
    let at = |last: Option<i64>| Timestamp(last.map_or(now, |last| now.max(last + 1)));
    Ok(rows.into_iter().map(|(user, last)| (user, at(last))).collect())
}

/// Who was told of this very text already.
async fn told_before(tx: &mut Tx, about: &About<'_>, users: &[Uuid]) -> Result<Vec<Uuid>> {
    let rows = fetch_all!(
        tx,
        (Uuid,),
        ids = users,
        "SELECT user_id FROM notifications
         WHERE COALESCE(message_id, comment_id, post_id) = $2 AND user_id IN (SELECT id FROM ids)
         AND kind IN ('mention', 'comment', 'reply')",
        source(about.post, about.comment)
    )?;
    Ok(rows.into_iter().map(|(user,)| user).collect())
}

pub(super) async fn slug(tx: &mut Tx, workspace: WorkspaceId) -> Result<String> {
    let row = fetch_optional!(tx, (String,), "SELECT slug FROM workspaces WHERE id = $1", workspace.0)?;
    Ok(row.map(|(slug,)| slug).unwrap_or_default())
}

/// The post's title, and the text that carries a reaction.
async fn text_of(tx: &mut Tx, post: PostId, comment: Option<CommentId>) -> Result<(String, String)> {
    let row = fetch_optional!(
        tx,
        (String, String),
        "SELECT p.title, COALESCE(c.body, p.body) FROM posts p LEFT JOIN comments c ON c.id = $2 WHERE p.id = $1",
        post.0,
        comment.map(|comment| comment.0)
    )?;
    Ok(row.unwrap_or_default())
}

/// A row to be.
pub(super) struct New<'a> {
    pub(super) kind: NotificationKind,
    pub(super) workspace: WorkspaceId,
    pub(super) post: Option<PostId>,
    pub(super) comment: Option<CommentId>,
    pub(super) conversation: Option<ConversationId>,
    pub(super) message: Option<MessageId>,
    pub(super) emoji: Option<&'a str>,
    pub(super) role: Option<Role>,
    pub(super) title: &'a str,
    pub(super) excerpt: &'a str,
}

pub(super) async fn insert(
    tx: &mut WriteTx,
    user: UserId,
    actor: UserId,
    new: &New<'_>,
    at: Timestamp,
) -> Result<NotificationId> {
    let id = NotificationId::new(at);
    execute!(
        tx,
        "INSERT INTO notifications
             (id, user_id, kind, workspace_id, post_id, comment_id, conversation_id, message_id, emoji, role,
              title, excerpt, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        id.0,
        user.0,
        word(new.kind),
        new.workspace.0,
        new.post.map(|post| post.0),
        new.comment.map(|comment| comment.0),
        new.conversation.map(|conversation| conversation.0),
        new.message.map(|message| message.0),
        new.emoji,
        new.role.map(Role::word),
        new.title,
        new.excerpt,
        at.0
    )?;
    add_actor(tx, id, actor, new.emoji.unwrap_or_default(), at).await?;
    Ok(id)
}

/// Whether this person did not do this before.
async fn add_actor(
    tx: &mut Tx,
    notification: NotificationId,
    user: UserId,
    emoji: &str,
    at: Timestamp,
) -> Result<bool> {
    let added = execute!(
        tx,
        "INSERT INTO notification_actors (notification_id, user_id, emoji, at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (notification_id, user_id, emoji) DO NOTHING",
        notification.0,
        user.0,
        emoji,
        at.0
    )?;
    Ok(added != 0)
}
