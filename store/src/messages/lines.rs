//! Lines that the server writes into a conversation: who joined, what it is called now.

use crate::authors;
use crate::db::execute;
use crate::writer::WriteTx;
use crate::{Error, Result};
use protocol::message::{Message, MessageKind, Replies, SystemLine};
use protocol::{ConversationId, EventKind, MessageId, Person, Topic, UserId};
use uuid::Uuid;

/// Writes a line about what `actor` did.
pub(crate) async fn say(
    tx: &mut WriteTx,
    conversation: ConversationId,
    actor: UserId,
    line: SystemLine,
) -> Result<()> {
    let (id, now) = (MessageId::new(tx.now), tx.now);
    let (stored, subject) = stored(&line)?;
    execute!(
        tx,
        "INSERT INTO messages (id, conversation_id, in_room, author_id, line, subject_id, body, html, at)
         VALUES ($1, $2, $3, $4, $5, $6, '', '', $7)",
        id.0,
        conversation.0,
        true,
        actor.0,
        stored,
        subject.map(|subject| subject.0),
        now.0
    )?;
    let message = Message {
        id,
        conversation,
        author: authors::person(tx, actor).await?,
        kind: MessageKind::System(line),
        body: String::new(),
        html: String::new(),
        at: now,
        order: 0,
        version: 1,
        edited_at: None,
        deleted: false,
        thread: None,
        in_room: true,
        replies: Replies::default(),
        pinned: false,
        mentioned: Vec::new(),
        broadcast: None,
        attachments: Vec::new(),
        previews: Vec::new(),
        reactions: Vec::new(),
        mine: Vec::new(),
        saved: false,
    };
    let event = EventKind::MessageCreated { message, replies: None };
    tx.append(Topic::Conversation(conversation), Some(actor), Some(id.0), event);
    Ok(())
}

/// The line as it is stored: people are named when it is read, because their names change.
fn stored(line: &SystemLine) -> Result<(String, Option<UserId>)> {
    let (line, subject) = match line.clone() {
        SystemLine::Added { who } => (SystemLine::Added { who: Person::former(who.id) }, Some(who.id)),
        SystemLine::Removed { who } => (SystemLine::Removed { who: Person::former(who.id) }, Some(who.id)),
        other => (other, None),
    };
    let json = serde_json::to_string(&line);
    let json = json.map_err(|why| Error::corrupt("messages", "a line", why))?;
    Ok((json, subject))
}

/// The line as it is shown, with the person whom it is about.
pub(super) fn shown(id: Uuid, stored: &str, subject: Option<&Person>) -> Result<SystemLine> {
    let line: SystemLine = serde_json::from_str(stored).map_err(|why| Error::corrupt("messages", id, why))?;
    Ok(match (line, subject) {
        (SystemLine::Added { .. }, Some(who)) => SystemLine::Added { who: who.clone() },
        (SystemLine::Removed { .. }, Some(who)) => SystemLine::Removed { who: who.clone() },
        (other, _) => other,
    })
}
