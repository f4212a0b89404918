//! Reading messages: a part of a conversation or of a thread, one message, its history.
//!
//! Pages are found by number in an index, so a conversation of a million messages costs what one of a
//! hundred does, and the number of queries does not depend on the number of rows.

use super::rows::{self, Row, Scope};
use crate::access::{self, Reader, no_message};
use crate::db::{Tx, fetch_optional};
use crate::history::{self, Versioned};
use crate::log::{number, position, signed};
use crate::posts::feed::seq_of;
use crate::{Caller, Result, Store};
use futures::FutureExt;
use protocol::message::{MessagePage, ThreadPage, Timeline, Window};
use protocol::page::PageKey;
use protocol::position::TopicPosition;
use protocol::post::Version;
use protocol::{ConversationId, MessageId, limits};

/// Of a page around a message, what stands above it: a third, so that it is seen where one begins to read.
const ABOVE_ROWS: usize = limits::MESSAGES_PAGE_ROWS / 3;

impl Store {
    /// A part of a conversation, oldest first.
    ///
    /// # Errors
    /// 404 for a conversation that the caller may not read and for a message that is not in it, 422 for
    /// a key that is none.
    pub async fn messages(&self, caller: &Caller, id: ConversationId, window: Window) -> Result<Timeline> {
        let caller = *caller;
        self.read(move |tx| {
            let window = window.clone();
            async move {
                let reader = access::conversation(tx, &caller, id).await?;
                let first_unread = first_unread(tx, &reader).await?;
                let around = match &window {
                    Window::Unread => first_unread,
                    Window::Around(message) => Some(shown_at(tx, &caller, id, *message).await?),
                    Window::Latest | Window::Before(_) | Window::After(_) => None,
                };
                let part = part(tx, Scope::Conversation(id), &window, around).await?;
                timeline(tx, &reader, part, None, first_unread).await
            }
            .boxed()
        })
        .await
    }

    /// A message with a part of the answers under it. Asked for an answer, it is the thread in which
    /// that stands.
    ///
    /// # Errors
    /// 404 for a message that the caller may not read, 422 for a key that is none.
    pub async fn thread(&self, caller: &Caller, id: MessageId, window: Window) -> Result<ThreadPage> {
        let caller = *caller;
        self.read(move |tx| {
            let window = window.clone();
            async move {
                let place = access::message(tx, &caller, id).await?;
                let root = place.thread.unwrap_or(id);
                let row = rows::by_id(tx, root).await?.ok_or_else(no_message)?;
                let around = match &window {
                    Window::Around(message) => {
                        let place = access::message(tx, &caller, *message).await?.alive()?;
                        if place.thread != Some(root) {
                            return Err(no_message());
                        }
                        Some(place.seq)
                    }
                    _ => None,
                };
                let part = part(tx, Scope::Thread(root), &window, around).await?;
                let mut replies = timeline(tx, &place.reader, part, Some(row), None).await?;
                // It went first.
                let root = replies.messages.remove(0);
                Ok(ThreadPage { root, replies })
            }
            .boxed()
        })
        .await
    }

    /// One message.
    ///
    /// # Errors
    /// 404 when it was deleted, and for those who may not read it.
    pub async fn message(&self, caller: &Caller, id: MessageId) -> Result<MessagePage> {
        let caller = *caller;
        self.read(move |tx| {
            async move {
                let topic = access::message(tx, &caller, id).await?.alive()?.reader.topic();
                let position = position(tx, topic).await?;
                let row = rows::by_id(tx, id).await?.ok_or_else(no_message)?;
                let message = rows::complete_one(tx, row, caller.user).await?;
                Ok(MessagePage { message, as_of: TopicPosition { topic, position } })
            }
            .boxed()
        })
        .await
    }

    /// The texts of a message, the present one first, at most 100.
    ///
    /// # Errors
    /// 404 when it was deleted, and for those who may not read it.
    pub async fn message_history(&self, caller: &Caller, id: MessageId) -> Result<Vec<Version>> {
        let caller = *caller;
        self.read(move |tx| {
            async move {
                access::message(tx, &caller, id).await?.alive()?;
                let row = rows::by_id(tx, id).await?.ok_or_else(no_message)?;
                history::list(tx, Versioned::Message(id.0), row.current()).await
            }
            .boxed()
        })
        .await
    }
}

/// Rows, oldest first, and whether there are more on each side.
struct Part {
    rows: Vec<Row>,
    more_before: bool,
    more_after: bool,
}

async fn part(tx: &mut Tx, scope: Scope, window: &Window, around: Option<u64>) -> Result<Part> {
    let page = limits::MESSAGES_PAGE_ROWS;
    if let Some(seq) = around {
        let (older, more_before) = older(tx, scope, seq, ABOVE_ROWS).await?;
        let (newer, more_after) = newer(tx, scope, seq.saturating_sub(1), page - ABOVE_ROWS).await?;
        return Ok(Part { rows: older.into_iter().chain(newer).collect(), more_before, more_after });
    }
    match window {
        Window::After(key) => {
            let (rows, more_after) = newer(tx, scope, seq_of(key)?, page).await?;
            Ok(Part { more_before: !rows.is_empty(), rows, more_after })
        }
        Window::Before(key) => {
            let (rows, more_before) = older(tx, scope, seq_of(key)?, page).await?;
            Ok(Part { more_after: !rows.is_empty(), rows, more_before })
        }
        Window::Latest | Window::Unread | Window::Around(_) => {
            let (rows, more_before) = older(tx, scope, i64::MAX as u64, page).await?;
            Ok(Part { rows, more_before, more_after: false })
        }
    }
}

/// The newest rows before a number, oldest first.
async fn older(tx: &mut Tx, scope: Scope, seq: u64, most: usize) -> Result<(Vec<Row>, bool)> {
    let mut rows = rows::before(tx, scope, seq, most + 1).await?;
    let more = most < rows.len();
    rows.truncate(most);
    rows.reverse();
    Ok((rows, more))
}

/// The oldest rows after a number.
async fn newer(tx: &mut Tx, scope: Scope, seq: u64, most: usize) -> Result<(Vec<Row>, bool)> {
    let mut rows = rows::after(tx, scope, seq, most + 1).await?;
    let more = most < rows.len();
    rows.truncate(most);
    Ok((rows, more))
}

/// The rows as messages, after the one at the root of a thread, if any.
async fn timeline(
    tx: &mut Tx,
    reader: &Reader,
    part: Part,
    root: Option<Row>,
    first_unread: Option<u64>,
) -> Result<Timeline> {
    let topic = reader.topic();
    let key = |row: Option<&Row>, more: bool| row.filter(|_| more).map(|row| PageKey(row.seq.to_string()));
    let before = key(part.rows.first(), part.more_before);
    let after = key(part.rows.last(), part.more_after);
    let all = root.into_iter().chain(part.rows).collect();
    let messages = rows::complete(tx, all, reader.member.user).await?;
    let as_of = TopicPosition { topic, position: position(tx, topic).await? };
    Ok(Timeline { messages, before, after, as_of, first_unread })
}

/// The number of the first message that is unread for a participant.
async fn first_unread(tx: &mut Tx, reader: &Reader) -> Result<Option<u64>> {
    if reader.role.is_none() {
        return Ok(None);
    }
    let row = fetch_optional!(
        tx,
        (i64,),
        "SELECT x.seq FROM messages x WHERE x.conversation_id = $1 AND x.seq > $2
         AND x.in_room AND x.line IS NULL AND x.deleted_at IS NULL AND x.author_id <> $3
         ORDER BY x.seq LIMIT 1",
        reader.id.0,
        signed(reader.read),
        reader.member.user.0
    )?;
    Ok(row.map(|(seq,)| number(seq)))
}

/// Where the conversation shows a message: at its own place, or at that of the message whose thread it
/// stands in.
async fn shown_at(tx: &mut Tx, caller: &Caller, id: ConversationId, message: MessageId) -> Result<u64> {
    let place = access::message(tx, caller, message).await?;
    let place = match place.thread {
        Some(root) if !place.is_in_room => access::message(tx, caller, root).await?,
        _ => place,
    };
    if place.reader.id != id {
        return Err(no_message());
    }
    Ok(place.seq)
}
