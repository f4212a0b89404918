//! Who is told of what in conversations.
//!
//! Only those who are in the conversation, by the level that they chose. Many mentions in one
//! conversation that somebody has not seen are one notification, and so are many answers in its
//! threads: it leads to the latest.

use super::rows::{self, word};
use super::take_turns;
use super::tell::{New, announce, insert, join_reactions, told_of_reactions};
use crate::access::{MessagePlace, Reader};
use crate::db::{Tx, execute, fetch_all, fetch_optional};
use crate::presence::seen_used_at;
use crate::writer::WriteTx;
use crate::{Caller, Result, Store, access, markdown};
use futures::FutureExt;
use protocol::message::Broadcast;
use protocol::notification::{Notification, NotificationKind};
use protocol::reaction::Reaction;
use protocol::{ConversationId, MessageId, NotificationId, Timestamp, UserId, limits};
use std::collections::HashMap;
use uuid::Uuid;

/// A message that people may be told of.
pub(crate) struct Sent<'a> {
    /// Its author in its conversation.
    pub(crate) reader: &'a Reader,
    pub(crate) message: MessageId,
    pub(crate) broadcast: Option<Broadcast>,
    /// Members of the workspace that it names.
    pub(crate) named: Vec<UserId>,
    /// The message that it answers, and who wrote that.
    pub(crate) root: Option<(MessageId, UserId)>,
    pub(crate) excerpt: &'a str,
}

/// Tells everybody whom a message concerns: as a mention before an answer.
pub(crate) async fn sent(tx: &mut WriteTx, sent: &Sent<'_>) -> Result<()> {
    let author = sent.reader.member.user;
    let mut kinds: HashMap<UserId, NotificationKind> = HashMap::new();
    if let Some((root, root_author)) = sent.root {
        let others = fetch_all!(
            tx,
            (Uuid,),
            "SELECT user_id FROM thread_people WHERE root_id = $1 AND replies > 0",
            root.0
        )?;
        let others = others.into_iter().map(|(user,)| UserId(user)).chain([root_author]);
        kinds.extend(others.map(|user| (user, NotificationKind::Thread)));
    }
    if let Some(broadcast) = sent.broadcast {
        let now = tx.now;
        let mut reached = reached(tx, sent.reader.id, author, broadcast, now).await?;
        reached.truncate(limits::BROADCAST_NOTIFIED_MAX);
        kinds.extend(reached.into_iter().map(|user| (user, NotificationKind::Mention)));
    }
    kinds.extend(sent.named.iter().map(|user| (*user, NotificationKind::Mention)));
    kinds.remove(&author);
    let mut users: Vec<Uuid> = kinds.keys().map(|user| user.0).collect();
    if users.is_empty() {
        return Ok(());
    }
    users.sort_unstable();
    let receivers = receivers(tx, sent.reader.id, &users).await?;
    let mut told = Vec::new();
    for user in users {
        let (Some(at), Some(kind)) = (receivers.get(&user), kinds.get(&UserId(user))) else { continue };
        let id = tell(tx, sent, UserId(user), *kind, *at).await?;
        told.push((UserId(user), id));
    }
    announce_all(tx, author, told).await
}

/// One notification, or one more person in the one of this conversation that was not seen.
async fn tell(
    tx: &mut WriteTx,
    sent: &Sent<'_>,
    user: UserId,
    kind: NotificationKind,
    at: Timestamp,
) -> Result<NotificationId> {
    let reader = sent.reader;
    let known = fetch_optional!(
        tx,
        (Uuid,),
        "SELECT id FROM notifications
         WHERE user_id = $1 AND conversation_id = $2 AND kind = $3 AND read_at IS NULL LIMIT 1",
        user.0,
        reader.id.0,
        word(kind)
    )?;
    let Some((id,)) = known else {
        let new = New {
            kind,
            workspace: reader.member.workspace,
            post: None,
            comment: None,
            conversation: Some(reader.id),
            message: Some(sent.message),
            emoji: None,
            role: None,
            title: &reader.name,
            excerpt: sent.excerpt,
        };
        return insert(tx, user, reader.member.user, &new, at).await;
    };
    execute!(
        tx,
        "UPDATE notifications SET message_id = $2, title = $3, excerpt = $4, at = $5 WHERE id = $1",
        id,
        sent.message.0,
        &reader.name,
        sent.excerpt,
        at.0
    )?;
    execute!(
        tx,
        "INSERT INTO notification_actors (notification_id, user_id, emoji, at) VALUES ($1, $2, '', $3)
         ON CONFLICT (notification_id, user_id, emoji) DO UPDATE SET at = excluded.at",
        id,
        reader.member.user.0,
        at.0
    )?;
    Ok(NotificationId(id))
}

/// Tells the author of a message of a reaction. All reactions to it are one notification.
pub(crate) async fn reacted(tx: &mut WriteTx, place: &MessagePlace, reaction: &Reaction) -> Result<()> {
    let (reader, author) = (&place.reader, place.author);
    let by = reader.member.user;
    if author == by {
        return Ok(());
    }
    let Some(at) = receivers(tx, reader.id, &[author.0]).await?.remove(&author.0) else { return Ok(()) };
    let id = match told_of_reactions(tx, place.id.0, author).await? {
        Some(id) if !join_reactions(tx, id, by, &reaction.emoji, at).await? => return Ok(()),
        Some(id) => id,
        None => {
            let body = fetch_optional!(tx, (String,), "SELECT body FROM messages WHERE id = $1", place.id.0)?;
            let body = body.map(|(body,)| body).unwrap_or_default();
            let new = New {
                kind: NotificationKind::Reaction,
                workspace: reader.member.workspace,
                post: None,
                comment: None,
                conversation: Some(reader.id),
                message: Some(place.id),
                emoji: Some(&reaction.emoji),
                role: None,
                title: &reader.name,
                excerpt: &markdown::excerpt(&body),
            };
            insert(tx, author, by, &new, at).await?
        }
    };
    announce_all(tx, by, vec![(author, id)]).await
}

/// Reads the notifications once more, all in one query, and appends their events.
async fn announce_all(tx: &mut WriteTx, by: UserId, told: Vec<(UserId, NotificationId)>) -> Result<()> {
    let ids: Vec<Uuid> = told.iter().map(|(_, id)| id.0).collect();
    let mut notifications: HashMap<NotificationId, Notification> =
        rows::these(tx, &ids).await?.into_iter().map(|one| (one.id, one)).collect();
    let told = told.into_iter().filter_map(|(user, id)| Some((user, notifications.remove(&id)?))).collect();
    announce(tx, by, told).await
}

/// Those among these people who are in the conversation and want to be told, each with the time for a
/// new notification: later than all that they have, so that one millisecond keeps its order.
async fn receivers(
    tx: &mut WriteTx,
    conversation: ConversationId,
    users: &[Uuid],
) -> Result<HashMap<Uuid, Timestamp>> {
    take_turns(tx, users).await?;
    let now = tx.now.0;
    let rows = fetch_all!(
        tx,
        (Uuid, Option<i64>),
        ids = users,
        "SELECT p.user_id, (SELECT MAX(n.at) FROM notifications n WHERE n.user_id = p.user_id)
         FROM participants p
         WHERE p.conversation_id = $2 AND p.level <> 'nothing' AND p.user_id IN (SELECT id FROM ids)",
        conversation.0
    )?;
    let at = |last: Option<i64>| Timestamp(last.map_or(now, |last| now.max(last + 1)));
    Ok(rows.into_iter().map(|(user, last)| (user, at(last))).collect())
}

impl Store {
    /// How many people `@here` or `@room` would notify now.
    ///
    /// # Errors
    /// 404 for a conversation that the caller may not read.
    pub async fn reach(&self, caller: &Caller, id: ConversationId, broadcast: Broadcast) -> Result<u32> {
        let (caller, now) = (*caller, self.now());
        self.read(move |tx| {
            async move {
                access::conversation(tx, &caller, id).await?;
                let reached = reached(tx, id, caller.user, broadcast, now).await?;
                Ok(u32::try_from(reached.len()).unwrap_or(u32::MAX))
            }
            .boxed()
        })
        .await
    }
}

/// Whom a broadcast notifies: those who want to be told, and with `@here` were seen here a moment ago.
async fn reached(
    tx: &mut Tx,
    id: ConversationId,
    author: UserId,
    broadcast: Broadcast,
    now: Timestamp,
) -> Result<Vec<UserId>> {
    let since = match broadcast {
        Broadcast::Here => (now - limits::HERE_WITHIN).0,
        Broadcast::Room => -1,
    };
    let rows = fetch_all!(
        tx,
        (Uuid,),
        concat!(
            "SELECT p.user_id FROM participants p JOIN users u ON u.id = p.user_id
             WHERE p.conversation_id = $1 AND p.user_id <> $2 AND p.level <> 'nothing' AND u.active
             AND ($3 < 0 OR EXISTS (SELECT 1 FROM sessions s
                                    WHERE s.user_id = p.user_id AND s.ended_at IS NULL AND ",
            seen_used_at!(),
            " >= $3)) ORDER BY p.user_id"
        ),
        id.0,
        author.0,
        since
    )?;
    Ok(rows.into_iter().map(|(user,)| UserId(user)).collect())
}
