//! Who may do what in a conversation.
//!
//! Whoever may not read one learns nothing of it: then it does not exist. A room may be read by all
//! members of its workspace but guests, anything else by those who are in it.

use super::{Member, role_of};
use crate::authors::{Author, author_columns};
use crate::conversations::rows::{kind_of, participant_role_of};
use crate::db::{Tx, execute, fetch_all, fetch_optional};
use crate::log::number;
use crate::posts::rows::small;
use crate::writer::WriteTx;
use crate::{Caller, Error, Result};
use protocol::conversation::{ConversationKind, ConversationRole};
use protocol::workspace::Role;
use protocol::{ConversationId, MessageId, Person, Topic, UserId, WorkspaceId};
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// Proof: the caller may read the conversation.
#[derive(Clone, Debug)]
pub(crate) struct Reader {
    /// The caller in its workspace.
    pub(crate) member: Member,
    pub(crate) id: ConversationId,
    pub(crate) kind: ConversationKind,
    pub(crate) name: String,
    pub(crate) is_archived: bool,
    /// It is between two, and one of them is no longer in the workspace.
    pub(crate) is_deserted: bool,
    pub(crate) members: u32,
    /// What the caller may do; none if they are not in it.
    pub(crate) role: Option<ConversationRole>,
    /// How far the caller has read.
    pub(crate) read: u64,
    /// The caller, as others see them.
    pub(crate) person: Person,
}

/// Proof: the caller is in the conversation.
#[derive(Clone, Debug)]
pub(crate) struct Participant(Reader);

/// Proof: the caller may write in it.
#[derive(Clone, Debug)]
pub(crate) struct Speaker(Participant);

/// Proof: the caller may rename and archive it, and remove people.
#[derive(Clone, Debug)]
pub(crate) struct Keeper(Reader);

stronger!(Participant(Reader), Speaker(Participant), Keeper(Reader));

impl Reader {
    /// The conversation's topic.
    pub(crate) fn topic(&self) -> Topic {
        Topic::Conversation(self.id)
    }

    /// Those who are in it. Others may only be here because it is a room that they may join.
    pub(crate) fn participant(self) -> Result<Participant> {
        if self.role.is_none() {
            return Err(protocol::Error::forbidden("Join this room first.").into());
        }
        Ok(Participant(self))
    }

    /// Owners of it; in rooms also admins of the workspace.
    pub(crate) fn keeper(self) -> Result<Keeper> {
        let moderates = self.kind == ConversationKind::Room && Role::Admin <= self.member.role;
        match (self.kind, self.role) {
            (ConversationKind::Direct, _) => {
                Err(protocol::Error::forbidden("A direct conversation has no owner.").into())
            }
            (_, Some(ConversationRole::Owner)) => Ok(Keeper(self)),
            _ if moderates => Ok(Keeper(self)),
            _ => Err(protocol::Error::forbidden("Only its owners can do this.").into()),
        }
    }
}

impl Participant {
    /// Nothing is written any longer where it was archived, nor to somebody who left.
    pub(crate) fn speaker(self) -> Result<Speaker> {
        if self.is_archived {
            return Err(protocol::Error::forbidden("This conversation is archived.").into());
        }
        if self.is_deserted {
            return Err(protocol::Error::forbidden("This person is no longer in the workspace.").into());
        }
        Ok(Speaker(self))
    }
}

#[derive(Clone, sqlx::FromRow)]
struct Row {
    id: Uuid,
    workspace_id: Uuid,
    kind: String,
    name: String,
    archived_at: Option<i64>,
    members: i64,
    deserted: bool,
    workspace_role: String,
    role: Option<String>,
    read_seq: Option<i64>,
    #[sqlx(flatten)]
    person: Author,
}

pub(crate) fn no_conversation() -> Error {
    protocol::Error::not_found("This conversation").into()
}

/// The columns of [`Row`], from what follows on.
macro_rules! reader_of {
    ($from:literal, $user:literal) => {
        concat!(
            "SELECT c.id, c.workspace_id, c.kind, c.name, c.archived_at, c.members, m.role AS workspace_role,
                    p.role, p.read_seq,
                    c.kind = 'direct' AND EXISTS (
                        SELECT 1 FROM participants o
                        LEFT JOIN members om ON om.workspace_id = c.workspace_id AND om.user_id = o.user_id
                        WHERE o.conversation_id = c.id AND om.user_id IS NULL) AS deserted, ",
            author_columns!(),
            $from,
            " JOIN members m ON m.workspace_id = c.workspace_id AND m.user_id = ",
            $user,
            " JOIN users u ON u.id = m.user_id
             LEFT JOIN participants p ON p.conversation_id = c.id AND p.user_id = m.user_id"
        )
    };
}

/// Proof for a conversation, archived ones included.
pub(crate) async fn conversation(tx: &mut Tx, caller: &Caller, id: ConversationId) -> Result<Reader> {
    let sql = concat!(reader_of!(" FROM conversations c", "$2"), " WHERE c.id = $1");
    let row = fetch_optional!(tx, Row, sql, id.0, caller.user.0)?;
    reader(row.ok_or_else(no_conversation)?, caller.user)
}

/// Proofs for many people, each for one conversation, in their order.
pub(crate) async fn conversations(
    tx: &mut Tx,
    wanted: &[(UserId, ConversationId)],
) -> Result<Vec<Result<Reader>>> {
    let pairs: BTreeSet<(Uuid, Uuid)> = wanted.iter().map(|(user, id)| (id.0, user.0)).collect();
    let pairs: Vec<(Uuid, Uuid)> = pairs.into_iter().collect();
    let rows = fetch_all!(
        tx,
        Row,
        pairs = pairs,
        reader_of!(" FROM pairs JOIN conversations c ON c.id = pairs.a", "pairs.b")
    )?;
    let rows: HashMap<_, _> = rows.into_iter().map(|row| ((row.person.id(), row.id), row)).collect();
    let proof = |(user, id): &(UserId, ConversationId)| {
        reader(rows.get(&(*user, id.0)).cloned().ok_or_else(no_conversation)?, *user)
    };
    Ok(wanted.iter().map(proof).collect())
}

fn reader(row: Row, user: UserId) -> Result<Reader> {
    let id = ConversationId(row.id);
    let kind = kind_of(&row.kind, id)?;
    let workspace_role = role_of(&row.workspace_role, user)?;
    let role = row.role.as_deref().map(|word| participant_role_of(word, id)).transpose()?;
    let is_open = kind == ConversationKind::Room && Role::Guest < workspace_role;
    if role.is_none() && !is_open {
        return Err(no_conversation());
    }
    Ok(Reader {
        member: Member { user, workspace: WorkspaceId(row.workspace_id), role: workspace_role },
        id,
        kind,
        name: row.name,
        is_archived: row.archived_at.is_some(),
        is_deserted: row.deserted,
        members: small(row.members),
        role,
        read: number(row.read_seq.unwrap_or(0)),
        person: row.person.into(),
    })
}

/// A message that the caller may read.
#[derive(Clone, Debug)]
pub(crate) struct MessagePlace {
    pub(crate) reader: Reader,
    pub(crate) id: MessageId,
    pub(crate) author: UserId,
    pub(crate) thread: Option<MessageId>,
    pub(crate) is_in_room: bool,
    /// A text, no line of the server.
    pub(crate) is_text: bool,
    pub(crate) is_deleted: bool,
    /// Its number, 0 in the group that writes it.
    pub(crate) seq: u64,
}

#[derive(sqlx::FromRow)]
struct MessageRow {
    conversation_id: Uuid,
    author_id: Uuid,
    thread_id: Option<Uuid>,
    in_room: bool,
    is_text: bool,
    deleted: bool,
    seq: i64,
}

pub(crate) fn no_message() -> Error {
    protocol::Error::not_found("This message").into()
}

/// Proof for a message, deleted ones included.
pub(crate) async fn message(tx: &mut Tx, caller: &Caller, id: MessageId) -> Result<MessagePlace> {
    let row = fetch_optional!(
        tx,
        MessageRow,
        "SELECT conversation_id, author_id, thread_id, in_room, line IS NULL AS is_text,
                deleted_at IS NOT NULL AS deleted, seq
         FROM messages WHERE id = $1",
        id.0
    )?;
    let row = row.ok_or_else(no_message)?;
    let reader = conversation(tx, caller, ConversationId(row.conversation_id)).await;
    let reader = reader.map_err(|error| match error {
        Error::Refused(refusal) if refusal.code == protocol::Code::NotFound => no_message(),
        other => other,
    })?;
    Ok(MessagePlace {
        reader,
        id,
        author: UserId(row.author_id),
        thread: row.thread_id.map(MessageId),
        is_in_room: row.in_room,
        is_text: row.is_text,
        is_deleted: row.deleted,
        seq: number(row.seq),
    })
}

impl MessagePlace {
    /// The message, unless it was deleted.
    pub(crate) fn alive(self) -> Result<Self> {
        if self.is_deleted { Err(no_message()) } else { Ok(self) }
    }

    /// Somebody wrote it: it can be answered, pinned and reacted to.
    pub(crate) fn text(self) -> Result<Self> {
        if self.is_text {
            return Ok(self);
        }
        Err(protocol::Error::invalid("id", "This line was written by the server.").into())
    }
}

/// Takes turns with other nodes that write in the conversation, so that the counts in its events are
/// true in the order of its log, and its members are who they are. After the workspace's turn and
/// before that of people, as every command takes them. SQLite has one writer anyway.
pub(crate) async fn take_turns(tx: &mut WriteTx, id: ConversationId) -> Result<()> {
    if !tx.is_sqlite() {
        execute!(tx, "SELECT 1 FROM conversations WHERE id = $1 FOR NO KEY UPDATE", id.0)?;
    }
    Ok(())
}

/// [`take_turns`] for the conversation of a message.
pub(crate) async fn take_turns_on_message(tx: &mut WriteTx, id: MessageId) -> Result<()> {
    if !tx.is_sqlite() {
        execute!(
            tx,
            "SELECT 1 FROM conversations WHERE id = (SELECT conversation_id FROM messages WHERE id = $1)
             FOR NO KEY UPDATE",
            id.0
        )?;
    }
    Ok(())
}
