//! Messages as rows, and rows as messages.

use super::lines;
use crate::authors::Author;
use crate::db::{Tx, fetch_all, fetch_optional};
use crate::files::of_messages;
use crate::history::Current;
use crate::log::{number, signed};
use crate::posts::rows::small;
use crate::{Error, Result, links, reactions, users};
use protocol::message::{Broadcast, Message, MessageKind, Replies};
use protocol::reaction::ReactionTarget;
use protocol::{ConversationId, MessageId, Person, Timestamp, UserId};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// A message with its author. The text of a deleted one is empty.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(super) struct Row {
    pub(super) id: Uuid,
    conversation_id: Uuid,
    thread_id: Option<Uuid>,
    in_room: bool,
    line: Option<String>,
    subject_id: Option<Uuid>,
    body: String,
    html: String,
    broadcast: Option<String>,
    at: i64,
    pub(super) seq: i64,
    version: i64,
    edited_at: Option<i64>,
    pinned: bool,
    deleted: bool,
    replies: i64,
    last_reply_at: Option<i64>,
    #[sqlx(flatten)]
    author: Author,
}

impl Row {
    /// Its text, for an edit.
    pub(super) fn current(&self) -> Current {
        Current {
            version: small(self.version),
            title: String::new(),
            body: self.body.clone(),
            author: self.author.clone(),
            at: Timestamp(self.at),
        }
    }
}

macro_rules! select_messages {
    ($rest:literal) => {
        concat!(
            "SELECT m.id, m.conversation_id, m.thread_id, m.in_room, m.line, m.subject_id, m.body, m.html, \
             m.broadcast, m.at, m.seq, m.version, m.edited_at, m.pinned_at IS NOT NULL AS pinned, \
             m.deleted_at IS NOT NULL AS deleted, m.replies, m.last_reply_at, ",
            $crate::authors::author_columns!(),
            " FROM messages m JOIN users u ON u.id = m.author_id WHERE ",
            $rest
        )
    };
}
pub(super) use select_messages;

/// A list of messages in the order of the log.
#[derive(Clone, Copy, Debug)]
pub(super) enum Scope {
    /// What a conversation shows: of threads only what was also sent to it; deleted messages only
    /// while answers stand under them.
    Conversation(ConversationId),
    /// The answers under a message.
    Thread(MessageId),
}

/// The newest rows before a number, newest first.
pub(super) async fn before(tx: &mut Tx, scope: Scope, seq: u64, rows: usize) -> Result<Vec<Row>> {
    let rows = signed(rows as u64);
    Ok(match scope {
        Scope::Conversation(id) => fetch_all!(
            tx,
            Row,
            select_messages!(
                "m.conversation_id = $1 AND m.in_room AND (m.deleted_at IS NULL OR m.replies > 0)
                 AND m.seq < $2 ORDER BY m.seq DESC LIMIT $3"
            ),
            id.0,
            signed(seq),
            rows
        )?,
        Scope::Thread(id) => fetch_all!(
            tx,
            Row,
            select_messages!(
                "m.thread_id = $1 AND m.deleted_at IS NULL AND m.seq < $2 ORDER BY m.seq DESC LIMIT $3"
            ),
            id.0,
            signed(seq),
            rows
        )?,
    })
}

/// The oldest rows after a number, oldest first.
pub(super) async fn after(tx: &mut Tx, scope: Scope, seq: u64, rows: usize) -> Result<Vec<Row>> {
    let rows = signed(rows as u64);
    Ok(match scope {
        Scope::Conversation(id) => fetch_all!(
            tx,
            Row,
            select_messages!(
                "m.conversation_id = $1 AND m.in_room AND (m.deleted_at IS NULL OR m.replies > 0)
                 AND m.seq > $2 ORDER BY m.seq LIMIT $3"
            ),
            id.0,
            signed(seq),
            rows
        )?,
        Scope::Thread(id) => fetch_all!(
            tx,
            Row,
            select_messages!(
                "m.thread_id = $1 AND m.deleted_at IS NULL AND m.seq > $2 ORDER BY m.seq LIMIT $3"
            ),
            id.0,
            signed(seq),
            rows
        )?,
    })
}

/// The message, unless it was deleted and nothing stands under it.
pub(super) async fn by_id(tx: &mut Tx, id: MessageId) -> Result<Option<Row>> {
    let sql = select_messages!("m.id = $1 AND (m.deleted_at IS NULL OR m.replies > 0)");
    Ok(fetch_optional!(tx, Row, sql, id.0)?)
}

/// These messages, in no order.
pub(super) async fn these(tx: &mut Tx, ids: &[Uuid]) -> Result<Vec<Row>> {
    Ok(fetch_all!(
        tx,
        Row,
        ids = ids,
        "SELECT m.id, m.conversation_id, m.thread_id, m.in_room, m.line, m.subject_id, m.body, m.html,
                m.broadcast, m.at, m.seq, m.version, m.edited_at, m.pinned_at IS NOT NULL AS pinned,
                m.deleted_at IS NOT NULL AS deleted, m.replies, m.last_reply_at, u.id AS author_id,
                u.name AS author_name, u.handle AS author_handle, CAST(u.hue AS BIGINT) AS author_hue,
                u.former AS author_former, u.bot_of IS NOT NULL AS author_bot
         FROM messages m JOIN users u ON u.id = m.author_id WHERE m.id IN (SELECT id FROM ids)"
    )?)
}

/// Adds what stands beside the rows (reactions, files, links, mentions, answers, what the viewer saved), each in
/// one query for all of them.
pub(super) async fn complete(tx: &mut Tx, rows: Vec<Row>, viewer: UserId) -> Result<Vec<Message>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let targets = ids.iter().map(|id| ReactionTarget::Message(MessageId(*id)));
    let mut reactions = reactions::of(tx, targets.clone(), viewer).await?;
    let mut previews = links::of(tx, targets).await?;
    let mut mentioned = mentioned(tx, &ids).await?;
    let mut repliers = repliers(tx, &ids).await?;
    let mut files = of_messages::of(tx, &ids).await?;
    let saved = saved(tx, &ids, viewer).await?;
    let subjects: HashSet<Uuid> = rows.iter().filter_map(|row| row.subject_id).collect();
    let subjects = users::people(tx, subjects.into_iter().collect()).await?;
    let message = |row: Row| {
        let id = MessageId(row.id);
        let target = ReactionTarget::Message(id).to_string();
        let of_row = reactions.remove(&target).unwrap_or_default();
        let subject = row.subject_id.and_then(|subject| subjects.get(&UserId(subject)));
        Ok(Message {
            id,
            conversation: ConversationId(row.conversation_id),
            author: row.author.into(),
            kind: match &row.line {
                Some(line) => MessageKind::System(lines::shown(row.id, line, subject)?),
                None => MessageKind::Text,
            },
            body: row.body,
            html: row.html,
            at: Timestamp(row.at),
            order: number(row.seq),
            version: small(row.version),
            edited_at: row.edited_at.map(Timestamp),
            deleted: row.deleted,
            thread: row.thread_id.map(MessageId),
            in_room: row.in_room,
            replies: replies(row.replies, row.last_reply_at, repliers.remove(&row.id).unwrap_or_default()),
            pinned: row.pinned,
            mentioned: mentioned.remove(&row.id).unwrap_or_default(),
            broadcast: row.broadcast.as_deref().map(|word| broadcast(word, row.id)).transpose()?,
            attachments: files.remove(&row.id).unwrap_or_default(),
            previews: previews.remove(&target).unwrap_or_default(),
            reactions: of_row.all,
            mine: of_row.mine,
            saved: saved.contains(&row.id),
        })
    };
    rows.into_iter().map(message).collect()
}

/// [`complete`] for one row.
pub(super) async fn complete_one(tx: &mut Tx, row: Row, viewer: UserId) -> Result<Message> {
    let mut messages = complete(tx, vec![row], viewer).await?;
    Ok(messages.remove(0))
}

/// What stands under a message.
pub(super) fn replies(count: i64, last_at: Option<i64>, people: Vec<Person>) -> Replies {
    if count <= 0 {
        return Replies::default();
    }
    Replies { count: small(count), last_at: last_at.map(Timestamp), people }
}

fn broadcast(word: &str, id: Uuid) -> Result<Broadcast> {
    let known = [Broadcast::Here, Broadcast::Room].into_iter().find(|known| known.word() == word);
    known.ok_or_else(|| Error::corrupt("messages", id, "its broadcast is unknown"))
}

async fn mentioned(tx: &mut Tx, ids: &[Uuid]) -> Result<HashMap<Uuid, Vec<UserId>>> {
    let rows = fetch_all!(
        tx,
        (Uuid, Uuid),
        ids = ids,
        "SELECT message_id, user_id FROM message_mentions WHERE message_id IN (SELECT id FROM ids)
         ORDER BY message_id, user_id"
    )?;
    let mut mentioned: HashMap<Uuid, Vec<UserId>> = HashMap::new();
    for (message, user) in rows {
        mentioned.entry(message).or_default().push(UserId(user));
    }
    Ok(mentioned)
}

#[derive(sqlx::FromRow)]
struct ReplierRow {
    root_id: Uuid,
    #[sqlx(flatten)]
    person: Author,
}

/// Who answered under these messages, the latest first, at most three.
pub(super) async fn repliers(tx: &mut Tx, roots: &[Uuid]) -> Result<HashMap<Uuid, Vec<Person>>> {
    let rows = fetch_all!(
        tx,
        ReplierRow,
        ids = roots,
        "SELECT * FROM (
             SELECT t.root_id, u.id AS author_id, u.name AS author_name, u.handle AS author_handle,
                    CAST(u.hue AS BIGINT) AS author_hue, u.former AS author_former, u.bot_of IS NOT NULL AS author_bot,
                    ROW_NUMBER() OVER (PARTITION BY t.root_id ORDER BY t.at DESC, u.id) AS place
             FROM thread_people t JOIN users u ON u.id = t.user_id
             WHERE t.root_id IN (SELECT id FROM ids) AND t.replies > 0) AS ranked
         WHERE place <= 3 ORDER BY root_id, place"
    )?;
    let mut repliers: HashMap<Uuid, Vec<Person>> = HashMap::new();
    for row in rows {
        repliers.entry(row.root_id).or_default().push(row.person.into());
    }
    Ok(repliers)
}

async fn saved(tx: &mut Tx, ids: &[Uuid], viewer: UserId) -> Result<HashSet<Uuid>> {
    let rows = fetch_all!(
        tx,
        (Uuid,),
        ids = ids,
        "SELECT message_id FROM saved_messages WHERE user_id = $2 AND message_id IN (SELECT id FROM ids)",
        viewer.0
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}
