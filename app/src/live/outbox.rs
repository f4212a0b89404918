//! What the person did and the server has not acknowledged yet.
//!
//! Strictly in order and one at a time: a comment never overtakes the post that it belongs to.
//! Every command can be repeated without harm, because its entity carries the id that was made
//! here, so an answer that got lost is simply asked for again. A command that is refused is set
//! aside with the reason and holds up only what needs it. Deletions wait for their undo time
//! without holding up anything. The entries survive in the browser's storage (`browser/storage.rs`)
//! and are shared by all tabs, of which one sends (`browser/outbox_runner.rs`).

use protocol::comment::{Comment, NewComment};
use protocol::message::{Message, NewMessage};
use protocol::post::{NewPost, Post};
use protocol::reaction::{Reaction, ReactionTarget};
use protocol::{Code, CommentId, Error, MessageId, PostId, Timestamp, UserId, limits};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use std::time::Duration;
use uuid::Uuid;

/// How long a deletion can be taken back.
pub const UNDO_FOR: Duration = Duration::from_secs(8);
/// After this many answers that blame the server itself, a command is set aside: it may be what breaks it.
pub const INTERNAL_ERRORS_MAX: u32 = 8;

/// Names an entry, in every tab.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EntryId(pub Uuid);

impl EntryId {
    /// A fresh one.
    #[must_use]
    pub fn new(at: Timestamp) -> Self {
        Self(PostId::new(at).0)
    }
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for EntryId {
    type Err = uuid::Error;
    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        Uuid::parse_str(text).map(Self)
    }
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutboxCommand {
    /// A post.
    CreatePost(NewPost),
    /// A comment or a reply.
    CreateComment(NewComment),
    /// A message, in a thread or not.
    SendMessage(NewMessage),
    /// A reaction.
    AddReaction(Reaction),
    /// A reaction taken back.
    RemoveReaction(Reaction),
    /// A post with its comments.
    DeletePost(PostId),
    /// A comment.
    DeleteComment(CommentId),
    /// A message.
    DeleteMessage(MessageId),
}

/// Where an entry stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryState {
    /// For its turn, for the connection, or for its undo time.
    Waiting,
    /// On its way.
    Sending {
        /// Since when.
        since: Timestamp,
    },
    /// Refused; set aside until the person decides.
    Failed {
        /// Why, for people.
        message: String,
    },
}

/// One command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its id.
    pub id: EntryId,
    /// Its place in the order.
    pub number: u64,
    /// Who did it: another person who signs in with this browser does not send it.
    pub author: UserId,
    /// What.
    pub command: OutboxCommand,
    /// Where it stands.
    pub state: EntryState,
    /// When it was done.
    pub at: Timestamp,
    /// Not sent before this time: it can be taken back until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
    /// Answers so far that blamed the server itself.
    #[serde(default)]
    pub internal_errors: u32,
    /// The storage does not have it yet.
    #[serde(skip)]
    pub unstored: bool,
    /// This tab sends it at the moment.
    #[serde(skip)]
    pub on_its_way: bool,
}

/// What the server answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// The post as it stands.
    Post(Box<Post>),
    /// The comment as it stands.
    Comment(Box<Comment>),
    /// The message as it stands.
    Message(Box<Message>),
    /// It is done.
    Done,
}

/// The entries in their order.
#[derive(Clone, Debug, Default)]
pub struct Outbox {
    entries: Vec<Entry>,
    retry_at: Option<Timestamp>,
    failures: u32,
    signed_out: bool,
}

impl OutboxCommand {
    /// What the person wrote, for *Copy*.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::CreatePost(new) if new.body.is_empty() => new.title.clone(),
            Self::CreatePost(new) => format!("{}\n\n{}", new.title, new.body),
            Self::CreateComment(new) => new.body.clone(),
            Self::AddReaction(reaction) | Self::RemoveReaction(reaction) => reaction.emoji.clone(),
            Self::SendMessage(new) => new.body.clone(),
            Self::DeletePost(_) | Self::DeleteComment(_) | Self::DeleteMessage(_) => String::new(),
        }
    }

    /// What it makes.
    fn makes(&self) -> Option<Uuid> {
        match self {
            Self::CreatePost(new) => Some(new.id.0),
            Self::CreateComment(new) => Some(new.id.0),
            Self::SendMessage(new) => Some(new.id.0),
            Self::AddReaction(_)
            | Self::RemoveReaction(_)
            | Self::DeletePost(_)
            | Self::DeleteComment(_)
            | Self::DeleteMessage(_) => None,
        }
    }

    /// Whether it is pointless without this post or comment.
    fn needs(&self, entity: Uuid) -> bool {
        match self {
            Self::CreatePost(_) => false,
            Self::CreateComment(new) => {
                new.post.0 == entity || new.parent.is_some_and(|parent| parent.0 == entity)
            }
            Self::AddReaction(reaction) | Self::RemoveReaction(reaction) => match reaction.target {
                ReactionTarget::Post(id) => id.0 == entity,
                ReactionTarget::Comment(id) => id.0 == entity,
                ReactionTarget::Message(id) => id.0 == entity,
            },
            Self::SendMessage(new) => new.thread.is_some_and(|root| root.0 == entity),
            Self::DeletePost(id) => id.0 == entity,
            Self::DeleteComment(id) => id.0 == entity,
            Self::DeleteMessage(id) => id.0 == entity,
        }
    }

    fn reaction(&self) -> Option<&Reaction> {
        match self {
            Self::AddReaction(reaction) | Self::RemoveReaction(reaction) => Some(reaction),
            _ => None,
        }
    }

    /// Whether "does not exist" means that it is as the person wanted it.
    fn wants_absence(&self) -> bool {
        matches!(self, Self::RemoveReaction(_)) || self.deletes().is_some()
    }

    /// What it deletes.
    fn deletes(&self) -> Option<Uuid> {
        match self {
            Self::DeletePost(id) => Some(id.0),
            Self::DeleteComment(id) => Some(id.0),
            Self::DeleteMessage(id) => Some(id.0),
            _ => None,
        }
    }
}

impl Entry {
    /// Whether it is still to be done, as far as anybody knows.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !matches!(self.state, EntryState::Failed { .. })
    }

    fn is_due(&self, now: Timestamp) -> bool {
        self.not_before.is_none_or(|time| time <= now)
    }
}

impl Outbox {
    /// All entries in their order.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// One entry.
    #[must_use]
    pub fn get(&self, id: EntryId) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.id == id)
    }

    /// How many wait, for "you can keep writing (2 waiting)". Deletions in their undo time do not count.
    #[must_use]
    pub fn waiting(&self, author: UserId, now: Timestamp) -> usize {
        let waits = |entry: &&Entry| entry.author == author && entry.is_open() && entry.is_due(now);
        self.entries.iter().filter(waits).count()
    }

    /// Adds a command. Its opposite that was not sent yet is dropped, and a creation that was not
    /// sent is undone by its deletion. Gives back the entry, if one was needed, and what was dropped.
    pub fn add(
        &mut self,
        author: UserId,
        command: OutboxCommand,
        now: Timestamp,
    ) -> (Option<EntryId>, Vec<EntryId>) {
        let mut dropped = Vec::new();
        if let Some(reaction) = command.reaction() {
            let opposite = |entry: &Entry| {
                entry.state == EntryState::Waiting && entry.command.reaction() == Some(reaction)
            };
            dropped.extend(self.entries.iter().filter(|entry| opposite(entry)).map(|entry| entry.id));
        }
        if let Some(entity) = command.deletes() {
            let unsent = self.entries.iter().find(|entry| entry.command.makes() == Some(entity));
            if unsent.is_some_and(|entry| !matches!(entry.state, EntryState::Sending { .. })) {
                let gone =
                    |entry: &&Entry| entry.command.makes() == Some(entity) || entry.command.needs(entity);
                let dropped: Vec<_> = self.entries.iter().filter(gone).map(|entry| entry.id).collect();
                self.entries.retain(|entry| !dropped.contains(&entry.id));
                return (None, dropped);
            }
        }
        self.entries.retain(|entry| !dropped.contains(&entry.id));
        let not_before = command.deletes().map(|_| now + UNDO_FOR);
        let entry = Entry {
            id: EntryId::new(now),
            number: self.entries.last().map_or(1, |last| last.number + 1),
            author,
            command,
            state: EntryState::Waiting,
            at: now,
            not_before,
            internal_errors: 0,
            unstored: true,
            on_its_way: false,
        };
        let id = entry.id;
        self.entries.push(entry);
        (Some(id), dropped)
    }

    /// The next one to send, now marked as on its way. Only the tab that sends may ask.
    pub fn next(&mut self, author: UserId, now: Timestamp) -> Option<Entry> {
        let busy = self.entries.iter().any(|entry| matches!(entry.state, EntryState::Sending { .. }));
        if busy || self.signed_out || self.retry_at.is_some_and(|time| now < time) {
            return None;
        }
        let held: Vec<Uuid> = self
            .entries
            .iter()
            .filter(|entry| !entry.is_open())
            .filter_map(|entry| entry.command.makes())
            .collect();
        let entry = self.entries.iter_mut().find(|entry| {
            entry.author == author
                && entry.state == EntryState::Waiting
                && entry.is_due(now)
                && !held.iter().any(|entity| entry.command.needs(*entity))
        })?;
        entry.state = EntryState::Sending { since: now };
        entry.on_its_way = true;
        Some(entry.clone())
    }

    /// The server did it: the entry is gone.
    pub fn done(&mut self, id: EntryId) -> Option<Entry> {
        self.failures = 0;
        self.retry_at = None;
        let index = self.entries.iter().position(|entry| entry.id == id)?;
        Some(self.entries.remove(index))
    }

    /// The server did not do it, or no answer came. True if there was nothing left to do.
    pub fn refused(&mut self, id: EntryId, error: &Error, now: Timestamp) -> bool {
        let Some(entry) = self.entries.iter_mut().find(|entry| entry.id == id) else { return false };
        if error.code == Code::NotFound && entry.command.wants_absence() {
            return true;
        }
        entry.on_its_way = false;
        if error.code == Code::Internal {
            entry.internal_errors += 1;
        }
        if error.code == Code::Unauthenticated {
            self.signed_out = true;
            entry.state = EntryState::Waiting;
        } else if error.is_temporary() && entry.internal_errors < INTERNAL_ERRORS_MAX {
            entry.state = EntryState::Waiting;
            let step = limits::RECONNECT_STEP * 2_u32.pow(self.failures.min(6));
            let hint = Duration::from_millis(error.retry_after_ms.unwrap_or(0));
            self.failures += 1;
            self.retry_at = Some(now + step.min(limits::RECONNECT_DELAY_MAX).max(hint));
        } else {
            entry.state = EntryState::Failed { message: error.message.clone() };
        }
        false
    }

    /// Does not wait any longer: the connection is back, or the person asked for it.
    pub fn retry_now(&mut self) {
        self.retry_at = None;
        self.failures = 0;
    }

    /// The person signed in again.
    pub fn signed_in(&mut self) {
        self.signed_out = false;
        self.retry_now();
    }

    /// Sends one that was refused once more. In its old place, so that what needs it follows.
    pub fn retry(&mut self, id: EntryId) -> bool {
        let Some(entry) = self.entries.iter_mut().find(|entry| entry.id == id && !entry.is_open()) else {
            return false;
        };
        entry.state = EntryState::Waiting;
        entry.internal_errors = 0;
        true
    }

    /// Takes one back that is not on its way: an undone deletion, or a refused text that is given up.
    pub fn discard(&mut self, id: EntryId) -> Option<Entry> {
        let removable = |entry: &Entry| entry.id == id && !matches!(entry.state, EntryState::Sending { .. });
        let index = self.entries.iter().position(removable)?;
        Some(self.entries.remove(index))
    }

    /// What the storage holds, which all tabs share. What is on its way from here, and what the
    /// storage has not got yet, stays as it is here.
    pub fn sync(&mut self, stored: Vec<Entry>) {
        let mine = std::mem::take(&mut self.entries);
        let stays = |entry: &Entry| entry.unstored || entry.on_its_way;
        let known = |id| mine.iter().any(|entry: &Entry| entry.id == id && stays(entry));
        let mut entries: Vec<Entry> = stored.into_iter().filter(|entry| !known(entry.id)).collect();
        for entry in &mut entries {
            // A tab that was closed while it sent: it is asked for again, the id makes it harmless.
            if matches!(entry.state, EntryState::Sending { .. }) {
                entry.state = EntryState::Waiting;
            }
        }
        entries.extend(mine.into_iter().filter(stays));
        entries.sort_by_key(|entry| (entry.number, entry.id));
        self.entries = entries;
    }

    /// The storage has this one now.
    pub fn stored(&mut self, id: EntryId) {
        if let Some(entry) = self.entries.iter_mut().find(|entry| entry.id == id) {
            entry.unstored = false;
        }
    }
}
