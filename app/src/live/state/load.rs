//! Pages and answers of the server. Each says up to which event it knows; what came after is applied
//! again, so it makes no difference whether a page or an event arrives first.

use super::State;
use crate::live::changes::Changes;
use crate::live::held::Held;
use protocol::comment::Comment;
use protocol::notification::Notification;
use protocol::page::Page;
use protocol::post::{Feed, Post, PostPage};
use protocol::workspace::Member;
use protocol::{EventKind, PostId, Topic, WorkspaceId};

impl State {
    /// The first page of a feed.
    pub fn load_feed(&mut self, feed: Feed) -> Changes {
        let Topic::Workspace(workspace) = feed.as_of.topic else { return Changes::default() };
        let known = self.content.feeds.get(&workspace);
        if known.is_some_and(|known| !known.is_stale()) && self.is_behind(feed.as_of) {
            return Changes::default();
        }
        let as_of = feed.as_of;
        let mut changes = self.content.load_feed(feed, workspace, self.my_id());
        self.catch_up(as_of, &mut changes);
        changes
    }

    /// The next page of a feed.
    pub fn load_more_feed(&mut self, feed: Feed) -> Changes {
        let Topic::Workspace(workspace) = feed.as_of.topic else { return Changes::default() };
        let as_of = feed.as_of;
        let mut changes = self.content.load_more_feed(feed, workspace);
        self.catch_up(as_of, &mut changes);
        changes
    }

    /// One post alone.
    pub fn load_post(&mut self, page: PostPage) -> Changes {
        let as_of = page.as_of;
        let mut changes = self.content.load_post(page);
        self.catch_up(as_of, &mut changes);
        changes
    }

    /// A post with the first page of its comments.
    pub fn load_thread(&mut self, page: PostPage, comments: Page<Comment>) -> Changes {
        let as_of = page.as_of;
        // Two answers, two positions: what either of them lacks is applied again to both.
        let comments_as_of = comments.as_of.unwrap_or(as_of);
        let known = self.content.threads.get(&page.post.id);
        if known.is_some_and(|known| !known.is_stale())
            && self.is_behind(as_of)
            && self.is_behind(comments_as_of)
        {
            return Changes::default();
        }
        let mut changes = self.content.load_thread(page, comments, comments_as_of.position.seq);
        let (first, second) = if comments_as_of.position.seq < as_of.position.seq {
            (comments_as_of, as_of)
        } else {
            (as_of, comments_as_of)
        };
        self.catch_up(first, &mut changes);
        self.catch_up(second, &mut changes);
        changes
    }

    /// The next page of a post's comments.
    pub fn load_more_comments(&mut self, post: PostId, page: Page<Comment>) -> Changes {
        let Some(as_of) = page.as_of else { return self.content.load_more_comments(post, page, 0) };
        let mut changes = self.content.load_more_comments(post, page, as_of.position.seq);
        self.catch_up(as_of, &mut changes);
        changes
    }

    /// The first page of the notifications.
    pub fn load_notifications(&mut self, page: Page<Notification>) -> Changes {
        let mut changes = Changes { notifications: true, ..Changes::default() };
        // Even a page that events have overtaken: it knows of names and deletions elsewhere.
        self.notifications.load(&page, page.as_of.map_or(0, |as_of| as_of.position.seq));
        if let Some(as_of) = page.as_of {
            self.catch_up(as_of, &mut changes);
        }
        self.tell_notifications();
        changes
    }

    /// The next page of the notifications.
    pub fn load_more_notifications(&mut self, page: Page<Notification>) -> Changes {
        let mut changes = Changes { notifications: true, ..Changes::default() };
        let seq = page.as_of.map_or(0, |as_of| as_of.position.seq);
        self.notifications.load_more(&page, seq);
        if let Some(as_of) = page.as_of {
            self.catch_up(as_of, &mut changes);
        }
        self.tell_notifications();
        changes
    }

    /// Names and deletions come from the workspaces' logs, which are not in step with the person's own;
    /// and a page may have been read while the person was in a workspace that they have left since.
    pub(in crate::live) fn tell_notifications(&mut self) {
        let here: Vec<WorkspaceId> = self.workspaces.iter().map(|held| held.row.workspace.id).collect();
        self.notifications.keep_those_in(&here);
        for event in self.recent.events() {
            match &event.kind {
                EventKind::MemberUpdated(member) | EventKind::MemberLeft(member) => {
                    self.notifications.person_changed(&member.person);
                }
                EventKind::PostDeleted { id } => self.notifications.post_deleted(*id),
                EventKind::CommentDeleted { id, .. } => self.notifications.comment_deleted(*id),
                EventKind::MessageDeleted { id, .. } => self.notifications.message_deleted(*id),
                EventKind::CustomDeleted { id, .. } => self.notifications.event_deleted(*id),
                EventKind::ConversationLeft { id } => self.notifications.conversation_left(*id, event.at),
                _ => {}
            }
        }
    }

    /// Members of a workspace as they were at this number of its log.
    pub(super) fn put_members(
        &mut self,
        workspace: WorkspaceId,
        rows: Vec<Member>,
        as_of: u64,
        changes: &mut Changes,
    ) {
        let members = self.members.entry(workspace).or_default();
        for member in rows {
            let known = members.get(&member.person.id);
            if known.is_none_or(|known| known.as_of <= as_of) {
                members.insert(member.person.id, Held { row: member, as_of });
            }
        }
        changes.members.insert(workspace);
    }

    /// Members of a workspace, one page or a few by name.
    pub fn load_members(&mut self, workspace: WorkspaceId, page: Page<Member>) -> Changes {
        let mut changes = Changes::default();
        let as_of = page.as_of.map_or(0, |as_of| as_of.position.seq);
        self.put_members(workspace, page.items, as_of, &mut changes);
        if let Some(as_of) = page.as_of {
            self.catch_up(as_of, &mut changes);
        }
        changes
    }

    /// The answer to an edit of a post: shown without waiting for its event.
    pub fn post_answered(&mut self, post: Post) -> Changes {
        let mut changes = Changes::default();
        if let Some(held) = self.content.posts.get_mut(&post.id)
            && held.row.version <= post.version
        {
            held.row = post.clone();
            changes.posts.insert(post.id);
        }
        changes
    }

    /// The answer to an edit of a comment.
    pub fn comment_answered(&mut self, comment: Comment) -> Changes {
        let mut changes = Changes::default();
        if let Some(held) = self.content.comments.get_mut(&comment.id)
            && held.row.version <= comment.version
        {
            held.row = comment.clone();
            changes.comments.insert(comment.id);
        }
        changes
    }

    /// A post that was to be loaded does not exist any longer.
    pub fn post_is_gone(&mut self, post: PostId) -> Changes {
        let mut changes = Changes::default();
        let workspace = self.content.posts.get(&post).map(|held| held.row.workspace);
        let thread = || self.content.threads.get(&post).map(|thread| thread.workspace);
        if let Some(workspace) = workspace.or_else(thread) {
            self.content.post_deleted(post, workspace, &mut changes);
        }
        changes
    }
}
