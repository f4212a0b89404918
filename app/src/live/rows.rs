//! What components hold: a row's key with the signals of its contents. The key stays while the
//! contents move, so a keyed `<For>` never renders a row again.

use super::messages::TimelineId;
use super::view::Delivery;
use super::visit::UnreadLine;
use leptos::prelude::ArcReadSignal;
use protocol::comment::Comment;
use protocol::custom_event::CustomEvent;
use protocol::message::Message;
use protocol::notification::Notification;
use protocol::page::PageKey;
use protocol::post::Post;
use protocol::{CommentId, MessageId, PostId, Timestamp, UserId, WorkspaceId};

/// A post in a list.
#[derive(Clone, Debug)]
pub struct PostRow {
    /// The key.
    pub id: PostId,
    /// The post, with what waits in the outbox in it.
    pub post: ArcReadSignal<Post>,
    /// How far it has come.
    pub delivery: ArcReadSignal<Delivery>,
}

/// A comment in a list.
#[derive(Clone, Debug)]
pub struct CommentRow {
    /// The key.
    pub id: CommentId,
    /// The comment.
    pub comment: ArcReadSignal<Comment>,
    /// How far it has come.
    pub delivery: ArcReadSignal<Delivery>,
    /// The answers to it, oldest first. Answers have none.
    pub replies: ArcReadSignal<Vec<CommentRow>>,
}

/// A message in a list.
#[derive(Clone, Debug)]
pub struct MessageRow {
    /// The key.
    pub id: MessageId,
    /// Its place; 0 while it waits.
    pub order: u64,
    /// When it was written: whether a day begins above it.
    pub at: Timestamp,
    /// Who wrote it: whether it goes on under the name above.
    pub author: UserId,
    /// The server wrote it.
    pub is_line: bool,
    /// The message, with what waits in the outbox in it.
    pub message: ArcReadSignal<Message>,
    /// How far it has come.
    pub delivery: ArcReadSignal<Delivery>,
}

impl PartialEq for MessageRow {
    fn eq(&self, other: &Self) -> bool {
        (self.id, self.order, self.at) == (other.id, other.order, other.at)
    }
}

// Rows with the same key share their signals, so the key says everything.
impl PartialEq for PostRow {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl PartialEq for CommentRow {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

/// A workspace's feed.
#[derive(Clone, Debug)]
pub struct FeedView {
    /// Which.
    pub workspace: WorkspaceId,
    /// Those that wait first, then the newest first.
    pub rows: ArcReadSignal<Vec<PostRow>>,
    /// The pinned ones, newest pin first: the same rows as in `rows`.
    pub pinned: ArcReadSignal<Vec<PostRow>>,
    /// The pill: so many new posts above. Zero hides it.
    pub fresh: ArcReadSignal<usize>,
    /// Where the next page begins, if there is one.
    pub next: ArcReadSignal<Option<PageKey>>,
    /// The first page is here.
    pub loaded: ArcReadSignal<bool>,
}

/// A post with its comments.
#[derive(Clone, Debug)]
pub struct ThreadView {
    /// Which post.
    pub post_id: PostId,
    /// The post; none once it is deleted, or while it is not loaded.
    pub post: ArcReadSignal<Option<PostRow>>,
    /// Comments that answer the post, oldest first, those that wait last.
    pub comments: ArcReadSignal<Vec<CommentRow>>,
    /// Comments that were written while pages between are not loaded: they stand below "Load more".
    pub late: ArcReadSignal<Vec<CommentRow>>,
    /// Where the next page begins, if there is one.
    pub next: ArcReadSignal<Option<PageKey>>,
    /// The first page is here.
    pub loaded: ArcReadSignal<bool>,
}

/// The notifications.
#[derive(Clone, Debug)]
pub struct NotificationsView {
    /// Newest first. Their contents change: key by id and read each through a memo.
    pub rows: ArcReadSignal<Vec<Notification>>,
    /// Where the next page begins, if there is one.
    pub next: ArcReadSignal<Option<PageKey>>,
    /// The first page is here.
    pub loaded: ArcReadSignal<bool>,
}

/// The custom events of a workspace.
#[derive(Clone, Debug)]
pub struct ActivityView {
    /// Newest first. Their sources may get other names: key by id and read each through a memo.
    pub rows: ArcReadSignal<Vec<CustomEvent>>,
    /// Where the next page begins, if there is one.
    pub next: ArcReadSignal<Option<PageKey>>,
}

/// A conversation's messages, or the answers in a thread.
#[derive(Clone, Debug)]
pub struct TimelineView {
    /// Which.
    pub id: TimelineId,
    /// Those on the page, oldest first, those that wait last.
    pub rows: ArcReadSignal<Vec<MessageRow>>,
    /// Older ones are to be had.
    pub has_older: ArcReadSignal<bool>,
    /// Newer ones are to be had that are not on the page.
    pub has_newer: ArcReadSignal<bool>,
    /// A page is here.
    pub loaded: ArcReadSignal<bool>,
    /// The line above the first unread message.
    pub line: ArcReadSignal<Option<UnreadLine>>,
    /// The pill: so many new messages below.
    pub fresh: ArcReadSignal<u32>,
    /// Of a thread: the message that it is about, while it is here.
    pub root: ArcReadSignal<Option<MessageRow>>,
}
