//! Conversations as rows, and rows as conversations.

use crate::authors::Author;
use crate::db::{Tx, fetch_all, fetch_one};
use crate::log::number;
use crate::posts::rows::small;
use crate::{Error, Result};
use protocol::conversation::{Conversation, ConversationKind, ConversationRole, ConversationState, Level};
use protocol::{ConversationId, Epoch, Person, Position, Timestamp, Topic, UserId, WorkspaceId, limits};
use std::collections::HashMap;
use uuid::Uuid;

/// A conversation as it stands in its table, `c` in queries.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct Row {
    id: Uuid,
    workspace_id: Uuid,
    kind: String,
    name: String,
    topic_line: String,
    is_default: bool,
    archived_at: Option<i64>,
    created_by: Option<Uuid>,
    at: i64,
    version: i64,
    members: i64,
}

/// The columns of [`Row`] from `conversations c`.
macro_rules! conversation_columns {
    () => {
        "c.id, c.workspace_id, c.kind, c.name, c.topic_line, c.is_default, c.archived_at, c.created_by, \
         c.at, c.version, c.members"
    };
}
pub(crate) use conversation_columns;

impl Row {
    /// The place after it in a list by name; see [`crate::users::place_after`].
    pub(super) fn key(&self) -> String {
        format!("{}.{}", self.id, self.name)
    }

    pub(crate) fn conversation(self) -> Result<Conversation> {
        let id = ConversationId(self.id);
        Ok(Conversation {
            id,
            workspace: WorkspaceId(self.workspace_id),
            kind: kind_of(&self.kind, id)?,
            name: self.name,
            topic_line: self.topic_line,
            is_default: self.is_default,
            archived_at: self.archived_at.map(Timestamp),
            created_by: self.created_by.map(UserId),
            at: Timestamp(self.at),
            version: small(self.version),
            members: small(self.members),
        })
    }
}

/// A kind as the database spells it.
pub(crate) fn kind_of(word: &str, id: ConversationId) -> Result<ConversationKind> {
    let kinds = [ConversationKind::Room, ConversationKind::Group, ConversationKind::Direct];
    let kind = kinds.into_iter().find(|kind| kind.word() == word);
    kind.ok_or_else(|| Error::corrupt("conversations", id, "its kind is unknown"))
}

/// A role in a conversation as the database spells it.
pub(crate) fn participant_role_of(word: &str, id: ConversationId) -> Result<ConversationRole> {
    let roles = [ConversationRole::Member, ConversationRole::Owner];
    let role = roles.into_iter().find(|role| role.word() == word);
    role.ok_or_else(|| Error::corrupt("participants", id, "a role is unknown"))
}

/// A level as the database spells it.
pub(crate) fn level_of(word: &str) -> Option<Level> {
    Level::ALL.into_iter().find(|level| level.word() == word)
}

/// The conversation, which is there.
pub(crate) async fn by_id(tx: &mut Tx, id: ConversationId) -> Result<Conversation> {
    let sql = concat!("SELECT ", conversation_columns!(), " FROM conversations c WHERE c.id = $1");
    fetch_one!(tx, Row, sql, id.0)?.conversation()
}

/// These conversations.
pub(crate) async fn these(tx: &mut Tx, ids: Vec<Uuid>) -> Result<HashMap<ConversationId, Conversation>> {
    let rows = fetch_all!(
        tx,
        Row,
        ids = ids,
        "SELECT c.id, c.workspace_id, c.kind, c.name, c.topic_line, c.is_default, c.archived_at, c.created_by,
                c.at, c.version, c.members
         FROM conversations c WHERE c.id IN (SELECT id FROM ids)"
    )?;
    let known = |row: Row| row.conversation().map(|conversation| (conversation.id, conversation));
    rows.into_iter().map(known).collect()
}

/// A conversation with somebody's place in it.
#[derive(sqlx::FromRow)]
pub(crate) struct StateRow {
    #[sqlx(flatten)]
    row: Row,
    role: Option<String>,
    level: Option<String>,
    starred: Option<bool>,
    read_seq: Option<i64>,
    unread: i64,
    named: i64,
    broadcasts: i64,
    last_at: Option<i64>,
}

/// What a person ($1) sees in the sidebar. Each count reads an index from the read position on, and
/// stops at $2. In order and up to a number that PostgreSQL does not know when it plans: where it expects a
/// room of the usual size it would read all that follows the position, and sort it. Who is not in a room has
/// nothing unread there.
macro_rules! select_states {
    ($rest:literal) => {
        concat!(
            "SELECT ",
            $crate::conversations::rows::conversation_columns!(),
            ", p.role, p.level, p.starred, p.read_seq,
              (SELECT COUNT(*) FROM (SELECT 1 FROM messages x
                  WHERE x.conversation_id = c.id AND x.seq > COALESCE(p.read_seq, 9223372036854775807)
                  AND x.in_room AND x.line IS NULL AND x.deleted_at IS NULL AND x.author_id <> $1
                  ORDER BY x.seq LIMIT (SELECT $2)) AS counted) AS unread,
              (SELECT COUNT(*) FROM (SELECT 1 FROM message_mentions n
                  WHERE n.user_id = $1 AND n.conversation_id = c.id
                  AND n.seq > COALESCE(p.read_seq, 9223372036854775807)
                  ORDER BY n.seq LIMIT (SELECT $2)) AS counted) AS named,
              (SELECT COUNT(*) FROM (SELECT 1 FROM messages x
                  WHERE x.conversation_id = c.id AND x.seq > COALESCE(p.read_seq, 9223372036854775807)
                  AND x.broadcast IS NOT NULL AND x.deleted_at IS NULL AND x.author_id <> $1
                  ORDER BY x.seq LIMIT (SELECT $2)) AS counted) AS broadcasts,
              (SELECT x.at FROM messages x
               WHERE x.conversation_id = c.id AND x.in_room AND x.line IS NULL AND x.deleted_at IS NULL
               ORDER BY x.seq DESC LIMIT 1) AS last_at
             FROM conversations c
             JOIN members m ON m.workspace_id = c.workspace_id AND m.user_id = $1
             LEFT JOIN participants p ON p.conversation_id = c.id AND p.user_id = $1
             WHERE ",
            $rest
        )
    };
}

/// All conversations of a workspace that a person is in.
pub(crate) async fn joined(tx: &mut Tx, user: UserId, workspace: WorkspaceId) -> Result<Vec<StateRow>> {
    Ok(fetch_all!(
        tx,
        StateRow,
        // Found by the person: an instance has many more conversations than anybody is in.
        select_states!(
            "c.workspace_id = $3 AND c.id IN (SELECT conversation_id FROM participants WHERE user_id = $1)"
        ),
        user.0,
        i64::from(limits::UNREAD_SHOWN_MAX),
        workspace.0
    )?)
}

/// One conversation of a workspace that a person is in, be they in it or not.
pub(crate) async fn one(tx: &mut Tx, user: UserId, id: ConversationId) -> Result<StateRow> {
    let (user, most) = (user.0, i64::from(limits::UNREAD_SHOWN_MAX));
    Ok(fetch_one!(tx, StateRow, select_states!("c.id = $3"), user, most, id.0)?)
}

impl StateRow {
    fn unread(&self) -> u32 {
        small(self.unread)
    }

    /// In a direct conversation every unread message; elsewhere those that mention the person.
    fn mentions(&self) -> u32 {
        if self.row.kind == ConversationKind::Direct.word() {
            return self.unread();
        }
        small(self.named + self.broadcasts).min(limits::UNREAD_SHOWN_MAX)
    }
}

/// How much of a conversation is unread for a person, and how much of that mentions them.
pub(crate) async fn unread(tx: &mut Tx, user: UserId, id: ConversationId) -> Result<(u32, u32)> {
    let row = one(tx, user, id).await?;
    Ok((row.unread(), row.mentions()))
}

/// The conversations of a workspace in which something is unread for a person.
pub(crate) async fn with_unread(
    tx: &mut Tx,
    user: UserId,
    workspace: WorkspaceId,
) -> Result<Vec<ConversationId>> {
    let rows = joined(tx, user, workspace).await?;
    let unread = rows.iter().filter(|row| 0 < row.unread() + row.mentions());
    Ok(unread.map(|row| ConversationId(row.row.id)).collect())
}

/// Adds the positions and who is in those without a name, in one query each.
pub(crate) async fn states(tx: &mut Tx, user: UserId, rows: Vec<StateRow>) -> Result<Vec<ConversationState>> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.row.id).collect();
    let nameless = rows.iter().filter(|row| row.row.name.is_empty()).map(|row| row.row.id).collect();
    let mut with = with(tx, user, nameless).await?;
    let mut positions = positions(tx, &ids).await?;
    rows.into_iter()
        .map(|row| {
            let id = ConversationId(row.row.id);
            let (unread, mentions) = (row.unread(), row.mentions());
            let conversation = row.row.conversation()?;
            let level = row.level.as_deref().map_or(Some(Level::All), level_of);
            Ok(ConversationState {
                with: with.remove(&id).unwrap_or_default(),
                role: row.role.as_deref().map(|word| participant_role_of(word, id)).transpose()?,
                level: level.ok_or_else(|| Error::corrupt("participants", id, "a level is unknown"))?,
                starred: row.starred.unwrap_or(false),
                read: number(row.read_seq.unwrap_or(0)),
                unread,
                mentions,
                last_at: row.last_at.map(Timestamp),
                position: positions
                    .remove(&Topic::Conversation(id).to_string())
                    .ok_or_else(|| Error::corrupt("topics", id, "it is missing"))?,
                conversation,
            })
        })
        .collect()
}

async fn positions(tx: &mut Tx, ids: &[Uuid]) -> Result<HashMap<String, Position>> {
    let topics: Vec<String> =
        ids.iter().map(|id| Topic::Conversation(ConversationId(*id)).to_string()).collect();
    let heads = fetch_all!(
        tx,
        (String, Uuid, i64),
        texts = topics,
        "SELECT id, epoch, head_seq FROM topics WHERE id IN (SELECT text FROM texts)"
    )?;
    let position = |(topic, epoch, seq): (String, Uuid, i64)| {
        (topic, Position { epoch: Epoch(epoch), seq: number(seq) })
    };
    Ok(heads.into_iter().map(position).collect())
}

#[derive(sqlx::FromRow)]
struct WithRow {
    conversation_id: Uuid,
    #[sqlx(flatten)]
    person: Author,
}

/// Up to three others in each of these conversations; where there are none, the person themself.
pub(crate) async fn with(
    tx: &mut Tx,
    user: UserId,
    ids: Vec<Uuid>,
) -> Result<HashMap<ConversationId, Vec<Person>>> {
    let mut with: HashMap<ConversationId, Vec<Person>> = HashMap::new();
    if ids.is_empty() {
        return Ok(with);
    }
    let rows = fetch_all!(
        tx,
        WithRow,
        ids = ids,
        "SELECT * FROM (
             SELECT p.conversation_id, u.id AS author_id, u.name AS author_name, u.handle AS author_handle,
                    CAST(u.hue AS BIGINT) AS author_hue, u.former AS author_former, u.bot_of IS NOT NULL AS author_bot,
                    ROW_NUMBER() OVER (PARTITION BY p.conversation_id
                        ORDER BY CASE WHEN p.user_id = $2 THEN 1 ELSE 0 END, p.joined_at, p.user_id) AS place
             FROM participants p JOIN users u ON u.id = p.user_id
             WHERE p.conversation_id IN (SELECT id FROM ids)) AS ranked
         WHERE place <= 3 ORDER BY conversation_id, place",
        user.0
    )?;
    for row in rows {
        with.entry(ConversationId(row.conversation_id)).or_default().push(row.person.into());
    }
    for people in with.values_mut() {
        if 1 < people.len() {
            people.retain(|person| person.id != user);
        }
    }
    Ok(with)
}
