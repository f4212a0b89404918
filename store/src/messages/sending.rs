//! Sending: the hot path.
//!
//! Messages that follow each other in a group are begun together: one statement says who may, and one
//! writes the rows. What a message has beyond its text (files, mentions, links, people to be told) is done
//! one by one, and most have nothing. Answers in threads take their turns, each by itself.

use super::{mention, rows, threads};
use crate::access::{self, MessagePlace, Speaker, no_message};
use crate::db::fetch_optional;
use crate::dialect::{self, MessageRow};
use crate::files::of_messages;
use crate::mentions::Text;
use crate::notifications::{self, messages::Sent};
use crate::search::documents::Document;
use crate::writer::{Together, WriteTx};
use crate::{Caller, Result, links, push};
use futures::FutureExt;
use futures::future::BoxFuture;
use protocol::conversation::ConversationKind;
use protocol::file::FilePlace;
use protocol::message::{Broadcast, Message, MessageKind, NewMessage, Replies};
use protocol::reaction::ReactionTarget;
use protocol::{Error, EventKind, MessageId, UserId};
use std::collections::HashSet;
use std::sync::Arc;
use uuid::Uuid;

/// A message on its way.
pub(super) struct Sending {
    pub(super) caller: Caller,
    /// Its body is empty: `text` has it.
    pub(super) new: NewMessage,
    pub(super) text: Text,
}

/// A message whose author may send it.
pub(super) struct Begun {
    speaker: Speaker,
    /// Its row is written. Else its id is in use.
    is_written: bool,
}

impl Together for Sending {
    type Begun = Begun;
    type Value = Message;

    fn begin<'t>(tx: &'t mut WriteTx, all: &'t [Arc<Self>]) -> BoxFuture<'t, Result<Vec<Result<Begun>>>> {
        async move {
            let wanted: Vec<_> = all.iter().map(|one| (one.caller.user, one.new.conversation)).collect();
            let readers = access::conversations(tx, &wanted).await?;
            let speakers: Vec<Result<Speaker>> =
                readers.into_iter().map(|reader| reader?.participant()?.speaker()).collect();
            let now = tx.now.0;
            let may = all.iter().zip(&speakers).filter(|(_, speaker)| speaker.is_ok());
            let rows: Vec<MessageRow<'_>> = may.map(|(one, _)| one.row(None, now)).collect();
            let mut written: HashSet<Uuid> = dialect::insert_messages(tx, &rows).await?.into_iter().collect();
            let begun = all.iter().zip(speakers).map(|(one, speaker)| {
                // Of two with one id the first is it.
                Ok(Begun { is_written: speaker.is_ok() && written.remove(&one.new.id.0), speaker: speaker? })
            });
            Ok(begun.collect())
        }
        .boxed()
    }

    fn finish<'t>(&'t self, tx: &'t mut WriteTx, begun: Begun) -> BoxFuture<'t, Result<Message>> {
        async move {
            if !begun.is_written {
                return self.again(tx).await;
            }
            self.complete(tx, &begun.speaker, None).await
        }
        .boxed()
    }
}

impl Sending {
    /// Sends it into the thread of the message that it answers.
    pub(super) async fn answer(&self, tx: &mut WriteTx, answered: MessageId) -> Result<Message> {
        let conversation = self.new.conversation;
        access::take_turns(tx, conversation).await?;
        let speaker = access::conversation(tx, &self.caller, conversation).await?.participant()?.speaker()?;
        let root = threads::root(tx, &self.caller, conversation, answered).await?;
        let row = self.row(Some(root.id), tx.now.0);
        if dialect::insert_messages(tx, &[row]).await?.is_empty() {
            return self.again(tx).await;
        }
        self.complete(tx, &speaker, Some(&root)).await
    }

    fn row(&self, root: Option<MessageId>, at: i64) -> MessageRow<'_> {
        MessageRow {
            id: self.new.id.0,
            conversation: self.new.conversation.0,
            thread: root.map(|root| root.0),
            in_room: self.is_in_room(),
            author: self.caller.user.0,
            body: &self.text.body,
            html: &self.text.html,
            broadcast: self.broadcast().map(Broadcast::word),
            at,
        }
    }

    fn is_in_room(&self) -> bool {
        self.new.thread.is_none() || self.new.in_room
    }

    fn broadcast(&self) -> Option<Broadcast> {
        self.text.broadcast.filter(|_| self.is_in_room())
    }

    /// What follows its row: files, mentions, links, the event, and those who are told.
    async fn complete(
        &self,
        tx: &mut WriteTx,
        speaker: &Speaker,
        root: Option<&MessagePlace>,
    ) -> Result<Message> {
        let Self { caller, new, text } = self;
        let (now, broadcast) = (tx.now, self.broadcast());
        let place = FilePlace::Conversation(new.conversation);
        let attachments = of_messages::attach(tx, caller, place, new.id, &new.attachments).await?;
        let named = text.mentioned(caller.user);
        let mentioned = match broadcast {
            Some(_) => Vec::new(),
            None => mention(tx, new.conversation, new.id, &named, 0).await?,
        };
        let message = Message {
            id: new.id,
            conversation: new.conversation,
            author: speaker.person.clone(),
            kind: MessageKind::Text,
            body: text.body.clone(),
            html: text.html.clone(),
            at: now,
            order: 0,
            version: 1,
            edited_at: None,
            deleted: false,
            thread: root.map(|root| root.id),
            in_room: self.is_in_room(),
            replies: Replies::default(),
            pinned: false,
            mentioned,
            broadcast,
            attachments,
            previews: Vec::new(),
            reactions: Vec::new(),
            mine: Vec::new(),
            saved: false,
        };
        links::note(tx, ReactionTarget::Message(new.id), speaker.member.workspace, &text.links).await?;
        let replies = match root {
            Some(root) => Some(threads::answered(tx, root.id, caller.user).await?),
            None => None,
        };
        tx.index(Document::message(speaker.member.workspace, &message, &text.words));
        for file in Document::files(speaker.member.workspace, &message) {
            tx.index(file);
        }
        let event = EventKind::MessageCreated { message: message.clone(), replies };
        tx.append(speaker.topic(), Some(caller.user), Some(new.id.0), event);
        tell(tx, speaker, &message, root, named, &text.excerpt).await?;
        Ok(message)
    }

    /// The answer to a repeated one.
    async fn again(&self, tx: &mut WriteTx) -> Result<Message> {
        let Self { caller, new, .. } = self;
        let known = fetch_optional!(
            tx,
            (Uuid, Uuid),
            "SELECT author_id, conversation_id FROM messages WHERE id = $1",
            new.id.0
        )?;
        if known != Some((caller.user.0, new.conversation.0)) {
            return Err(Error::taken("id", "This id is in use.").into());
        }
        let row = rows::by_id(tx, new.id).await?.ok_or_else(no_message)?;
        rows::complete_one(tx, row, caller.user).await
    }
}

/// Tells those whom a new message concerns. In a direct conversation its unread number does, and devices
/// that want to be told.
async fn tell(
    tx: &mut WriteTx,
    speaker: &Speaker,
    message: &Message,
    root: Option<&MessagePlace>,
    named: Vec<UserId>,
    excerpt: &str,
) -> Result<()> {
    if speaker.kind == ConversationKind::Direct {
        return match message.in_room {
            true => push::direct(tx, message.conversation, message.author.id).await,
            false => Ok(()),
        };
    }
    if named.is_empty() && message.broadcast.is_none() && root.is_none() {
        return Ok(());
    }
    let sent = Sent {
        reader: speaker,
        message: message.id,
        broadcast: message.broadcast,
        named,
        root: root.map(|root| (root.id, root.author)),
        excerpt,
    };
    notifications::messages::sent(tx, &sent).await
}
