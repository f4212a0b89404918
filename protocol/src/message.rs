//! Messages in conversations, and the threads under them.

use crate::conversation::Conversation;
use crate::link::LinkPreview;
use crate::page::PageKey;
use crate::position::TopicPosition;
use crate::reaction::ReactionCount;
use crate::{ConversationId, Error, FileId, MessageId, Person, Timestamp, UserId, limits, text};
use serde::{Deserialize, Serialize};

/// A message, or a line that the server wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Its id, made by the author's program.
    pub id: MessageId,
    /// Where it stands.
    pub conversation: ConversationId,
    /// Who wrote it, or did what the line says.
    pub author: Person,
    /// A text, or what happened.
    pub kind: MessageKind,
    /// Markdown, as it was written; empty for lines of the server.
    #[serde(default)]
    pub body: String,
    /// The body as safe HTML, made by the server. Empty in a row that still waits in an outbox.
    #[serde(default)]
    pub html: String,
    /// When the server took it.
    pub at: Timestamp,
    /// `seq` of its `message.created`: the order. 0 while it waits in an outbox and inside that
    /// event itself, whose own `seq` it is.
    pub order: u64,
    /// Counts its edits, from 1.
    pub version: u32,
    /// When it was last edited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Timestamp>,
    /// It was deleted and stands only because answers to it do. Its text is gone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deleted: bool,
    /// The message whose thread this one answers in. Answers have no threads of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<MessageId>,
    /// An answer that was also sent to the conversation itself. True for everything outside threads.
    pub in_room: bool,
    /// The answers under it.
    #[serde(default, skip_serializing_if = "Replies::is_empty")]
    pub replies: Replies,
    /// Kept at hand for everybody.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pinned: bool,
    /// Whom it mentions, as far as they are notified; see [`Message::mentions`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentioned: Vec<UserId>,
    /// It says `@here` or `@room`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub broadcast: Option<Broadcast>,
    /// Its files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// What is shown of its links; comes when the server has looked at them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub previews: Vec<LinkPreview>,
    /// Reactions of everybody.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reactions: Vec<ReactionCount>,
    /// The caller's own reactions; always empty in events, which are the same for everybody.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mine: Vec<String>,
    /// The caller has saved it; never in events.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub saved: bool,
}

impl Message {
    /// Whether it mentions this person, by name or with everybody.
    #[must_use]
    pub fn mentions(&self, user: UserId) -> bool {
        self.author.id != user && (self.broadcast.is_some() || self.mentioned.contains(&user))
    }

    /// Whether it counts as unread for this person while they have not read so far.
    #[must_use]
    pub fn counts_for(&self, user: UserId) -> bool {
        self.kind == MessageKind::Text && self.in_room && !self.deleted && self.author.id != user
    }
}

/// A text, or what happened in the conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    /// Somebody wrote it.
    Text,
    /// The server wrote it; `author` is who did it.
    System(SystemLine),
}

/// What happened in a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "snake_case")]
pub enum SystemLine {
    /// It began.
    Created,
    /// Somebody joined.
    Joined,
    /// Somebody left.
    Left,
    /// Somebody was added.
    Added {
        /// Who.
        who: Person,
    },
    /// Somebody was removed.
    Removed {
        /// Who.
        who: Person,
    },
    /// It got another name.
    Renamed {
        /// The name before.
        from: String,
        /// The name now.
        to: String,
    },
    /// It got another topic line.
    TopicChanged {
        /// The line now.
        to: String,
    },
    /// It was archived.
    Archived,
    /// It was taken out of the archive.
    Unarchived,
}

/// Whom a text means besides those that it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Broadcast {
    /// `@here`: everybody in the conversation; notifies those who were here a moment ago.
    Here,
    /// `@room`: everybody in the conversation.
    Room,
}

impl Broadcast {
    /// The word behind the `@`, on the wire and in the database.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Here => "here",
            Self::Room => "room",
        }
    }
}

/// The answers under a message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replies {
    /// How many that are not deleted.
    pub count: u32,
    /// When the newest was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_at: Option<Timestamp>,
    /// Who answered, the latest first, at most three.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<Person>,
}

impl Replies {
    /// Nobody has answered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
}

/// A file of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Its id.
    pub id: FileId,
    /// Its name.
    pub name: String,
    /// What it is, by its content: `image/png`.
    pub media_type: String,
    /// Its size.
    pub bytes: u64,
    /// Of images, in pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Of images, in pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// There is a small picture of it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub has_thumbnail: bool,
}

/// Arguments of `messages.send`. The same id again by the same author returns the message that is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewMessage {
    /// Made by the caller.
    pub id: MessageId,
    /// Where to.
    pub conversation: ConversationId,
    /// The message to answer; an answer's own id puts this one beside that answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<MessageId>,
    /// An answer that is also sent to the conversation itself. Without a thread it changes nothing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub in_room: bool,
    /// Markdown.
    #[serde(default)]
    pub body: String,
    /// Files that were uploaded before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<FileId>,
}

impl NewMessage {
    /// The message with its text made clean.
    ///
    /// # Errors
    /// 413 or 422 with the field that does not fit.
    pub fn validate(self) -> Result<Self, Error> {
        if limits::ATTACHMENTS_MAX < self.attachments.len() {
            let message = format!("At most {} files with one message.", limits::ATTACHMENTS_MAX);
            return Err(Error::invalid("attachments", message));
        }
        let body = text::block("body", &self.body, limits::MESSAGE_BODY_BYTES_MAX)?;
        if body.trim().is_empty() && self.attachments.is_empty() {
            return Err(Error::invalid("body", "Write something first."));
        }
        Ok(Self { body, ..self })
    }
}

/// Arguments of `messages.update`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageEdit {
    /// Which message.
    pub id: MessageId,
    /// The version that the caller saw when the edit began.
    #[serde(deserialize_with = "text::number")]
    pub base: u32,
    /// The new Markdown.
    pub body: String,
}

impl MessageEdit {
    /// The edit with its text made clean.
    ///
    /// # Errors
    /// 413 or 422.
    pub fn validate(self) -> Result<Self, Error> {
        let body = text::block("body", &self.body, limits::MESSAGE_BODY_BYTES_MAX)?;
        if body.trim().is_empty() {
            return Err(Error::invalid("body", "Write something first."));
        }
        Ok(Self { body, ..self })
    }
}

/// Which part of a conversation or thread is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Window {
    /// The newest messages.
    #[default]
    Latest,
    /// Around the first unread message; the newest where nothing is unread.
    Unread,
    /// Older ones, from the key `before` of a page.
    Before(PageKey),
    /// Newer ones, from the key `after` of a page.
    After(PageKey),
    /// Around one message.
    Around(MessageId),
}

/// A part of a conversation or thread, oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timeline {
    /// The messages. Of threads a conversation shows only what was also sent to it.
    pub messages: Vec<Message>,
    /// The key of older ones, if there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<PageKey>,
    /// The key of newer ones, if there are any: until they are loaded, what arrives live is not next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<PageKey>,
    /// The position that the rows include.
    pub as_of: TopicPosition,
    /// `order` of the first message that is unread for the caller, loaded or not. Never in threads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_unread: Option<u64>,
}

/// A message with the position that it includes: what `messages.get` returns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessagePage {
    /// The message.
    pub message: Message,
    /// The position that it includes.
    pub as_of: TopicPosition,
}

/// A message and a part of the answers under it: what `messages.thread` returns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThreadPage {
    /// The message.
    pub root: Message,
    /// The answers.
    pub replies: Timeline,
}

/// A message that the caller saved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedMessage {
    /// The message as it is now.
    pub message: Message,
    /// Where it stands.
    pub conversation: Conversation,
    /// As in [`crate::conversation::ConversationState::with`].
    #[serde(default)]
    pub with: Vec<Person>,
    /// When the caller saved it: the list's order, newest first.
    pub saved_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new(body: &str, files: usize) -> NewMessage {
        let at = Timestamp(1);
        NewMessage {
            id: MessageId::new(at),
            conversation: ConversationId::new(at),
            thread: None,
            in_room: false,
            body: body.to_owned(),
            attachments: (0..files).map(|_| FileId::new(at)).collect(),
        }
    }

    #[test]
    fn a_message_says_something_or_brings_a_file() {
        assert_eq!(new(" \n", 0).validate().unwrap_err().status(), 422);
        assert!(new(" \n", 1).validate().is_ok());
        assert!(new("hello", 0).validate().is_ok());
        assert_eq!(new("hello", 11).validate().unwrap_err().field.as_deref(), Some("attachments"));
    }

    #[test]
    fn a_message_has_a_largest_size() {
        let most = "x".repeat(limits::MESSAGE_BODY_BYTES_MAX);
        assert!(new(&most, 0).validate().is_ok());
        assert_eq!(new(&format!("{most}x"), 0).validate().unwrap_err().status(), 413);
    }
}
