//! Data in: what was loaded, answered, or came over the socket.

use super::Live;
use crate::live::outbox::{Answer, EntryId};
use crate::live::rows::{ActivityView, FeedView, NotificationsView, ThreadView};
use protocol::account::Me;
use protocol::comment::Comment;
use protocol::custom_event::{Activity, EventFilter};
use protocol::notification::Notification;
use protocol::page::Page;
use protocol::post::{Feed, Post, PostPage};
use protocol::workspace::Member;
use protocol::{ConversationId, Event, PostId, Timestamp, Topic, UserId, WorkspaceId};

impl Live {
    /// The caller, with workspaces, unread notifications and drafts.
    pub fn load_me(self, me: Me) {
        self.change(|state| state.load_me(me));
    }

    /// The first page of a feed.
    pub fn load_feed(self, feed: Feed) -> FeedView {
        let workspace = match feed.as_of.topic {
            Topic::Workspace(workspace) => workspace,
            // The server never says this; there is nothing to show of it.
            Topic::User(UserId(id)) | Topic::Conversation(ConversationId(id)) => WorkspaceId(id),
        };
        self.change(|state| state.load_feed(feed));
        self.feed(workspace)
    }

    /// The next page of a feed.
    pub fn load_more_feed(self, feed: Feed) {
        self.change(|state| state.load_more_feed(feed));
    }

    /// A post with the first page of its comments.
    pub fn load_thread(self, page: PostPage, comments: Page<Comment>) -> ThreadView {
        let post = page.post.id;
        self.change(|state| state.load_thread(page, comments));
        self.thread(post)
    }

    /// The next page of comments.
    pub fn load_more_comments(self, post: PostId, page: Page<Comment>) {
        self.change(|state| state.load_more_comments(post, page));
    }

    /// The first page of the notifications.
    pub fn load_notifications(self, page: Page<Notification>) -> NotificationsView {
        self.change(|state| state.load_notifications(page));
        self.notifications()
    }

    /// The next page of the notifications.
    pub fn load_more_notifications(self, page: Page<Notification>) {
        self.change(|state| state.load_more_notifications(page));
    }

    /// The first page of a workspace's custom events.
    pub fn load_activity(self, workspace: WorkspaceId, filter: EventFilter, page: Activity) -> ActivityView {
        self.change(|state| state.load_activity(workspace, filter, page));
        self.with(|signals, state| signals.activity(state, workspace))
    }

    /// The next page of them.
    pub fn load_more_activity(self, workspace: WorkspaceId, filter: &EventFilter, page: Activity) {
        self.change(|state| state.load_more_activity(workspace, filter, page));
    }

    /// Members of a workspace.
    pub fn load_members(self, workspace: WorkspaceId, page: Page<Member>) {
        self.change(|state| state.load_members(workspace, page));
    }

    /// One post alone.
    pub fn load_post(self, page: PostPage) {
        self.change(|state| state.load_post(page));
    }

    /// The answer to an edit of a post.
    pub fn post_answered(self, post: Post) {
        self.change(|state| state.post_answered(post));
    }

    /// The answer to an edit of a comment.
    pub fn comment_answered(self, comment: Comment) {
        self.change(|state| state.comment_answered(comment));
    }

    /// An event of the socket. Shown with the next picture.
    pub fn apply(self, event: &Event, now: Timestamp) {
        self.change_soon(|state| {
            let mut changes = state.apply(event);
            for notification in std::mem::take(&mut changes.notify) {
                changes.merge(state.offer(&notification, now));
            }
            changes
        });
    }

    /// A command of the outbox was answered.
    pub fn done(self, entry: EntryId, answer: Answer) {
        self.change(|state| state.done(entry, answer));
    }
}
