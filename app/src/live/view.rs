//! What is shown: the state with what still waits in the outbox already in it.

use super::content::{empty, react};
use super::held::Held;
use super::outbox::{Entry, EntryId, EntryState, OutboxCommand};
use super::presence::Online;
use super::state::State;
use super::status::StatusLine;
use super::talk_view::VisibleTalk;
use super::toasts::Toast;
use protocol::comment::{Comment, NewComment};
use protocol::custom_event::CustomEvent;
use protocol::draft::Draft;
use protocol::ephemeral::TypingPlace;
use protocol::notification::Notification;
use protocol::post::{NewPost, Post};
use protocol::presence::{CustomStatus, PresenceChoice};
use protocol::reaction::{ReactionCount, ReactionTarget};
use protocol::workspace::{Member, Membership};
use protocol::{CommentId, Person, PostId, Timestamp, UserId, WorkspaceId};
use std::collections::BTreeMap;

/// What people say of themselves.
pub type Statuses = BTreeMap<UserId, CustomStatus>;

/// How far a row has come on its way to the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// The server has it.
    Done,
    /// On its way. Worth a word only after 400 ms.
    Sending {
        /// Since when.
        since: Timestamp,
    },
    /// Waits for its turn or for the connection.
    Waiting,
    /// Refused: *Retry · Copy · Delete*.
    Failed {
        /// The entry of the outbox.
        entry: EntryId,
        /// Why.
        message: String,
    },
    /// Deleted, as long as it can be taken back.
    Deleting {
        /// The entry of the outbox.
        entry: EntryId,
    },
}

/// Everything that is shown of what the server holds, to compare two states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visible {
    /// The person.
    pub me: Option<Person>,
    /// What others see of them, and what they say of themself.
    pub own: Option<(PresenceChoice, Option<CustomStatus>)>,
    /// Their workspaces; positions are left out.
    pub workspaces: Vec<(String, Membership)>,
    /// Feeds: the posts, and the pinned ones.
    pub feeds: BTreeMap<WorkspaceId, (Vec<Post>, Vec<Post>)>,
    /// Threads: comments that answer the post, each with its replies.
    pub threads: BTreeMap<PostId, Vec<(Comment, Vec<Comment>)>>,
    /// Members of workspaces, as far as they are loaded.
    pub members: BTreeMap<WorkspaceId, Vec<Member>>,
    /// Notifications and how many are unread.
    pub notifications: (Vec<Notification>, u32),
    /// Custom events of workspaces whose list was opened.
    pub activity: BTreeMap<WorkspaceId, Vec<CustomEvent>>,
    /// Drafts by place.
    pub drafts: BTreeMap<String, Draft>,
    /// Conversations and what stands in them.
    pub talk: VisibleTalk,
}

impl State {
    pub(super) fn mine(&self) -> impl Iterator<Item = &Entry> {
        let me = self.my_id();
        self.outbox.entries().iter().filter(move |entry| Some(entry.author) == me)
    }

    pub(super) fn deletion(&self, command: &OutboxCommand) -> Option<EntryId> {
        self.mine().find(|entry| entry.is_open() && entry.command == *command).map(|entry| entry.id)
    }

    pub(super) fn is_being_deleted(&self, command: &OutboxCommand) -> bool {
        self.deletion(command).is_some()
    }

    /// The posts of a feed: those that wait first, then the newest first.
    #[must_use]
    pub fn feed_rows(&self, workspace: WorkspaceId) -> Vec<PostId> {
        let waiting = self.mine().filter_map(|entry| match &entry.command {
            OutboxCommand::CreatePost(new) if new.workspace == workspace => Some(new.id),
            _ => None,
        });
        let mut rows: Vec<PostId> = waiting.filter(|id| !self.content.posts.contains_key(id)).collect();
        rows.reverse();
        if let Some(feed) = self.content.feeds.get(&workspace) {
            rows.extend(feed.shown());
        }
        rows.retain(|id| !self.is_being_deleted(&OutboxCommand::DeletePost(*id)));
        rows
    }

    /// The pinned posts of a feed, newest pin first.
    #[must_use]
    pub fn pinned_rows(&self, workspace: WorkspaceId) -> Vec<PostId> {
        let pinned = self.content.feeds.get(&workspace).map_or(&[][..], |feed| feed.pinned());
        let shown = |id: &PostId| {
            self.content.posts.contains_key(id) && !self.is_being_deleted(&OutboxCommand::DeletePost(*id))
        };
        pinned.iter().copied().filter(shown).collect()
    }

    /// Adds the person's own reactions that the server has not yet confirmed.
    pub(super) fn add_waiting_reactions(
        &self,
        target: ReactionTarget,
        all: &mut Vec<ReactionCount>,
        mine: &mut Vec<String>,
    ) {
        for entry in self.mine().filter(|entry| entry.is_open()) {
            match &entry.command {
                OutboxCommand::AddReaction(one) if one.target == target => react(all, mine, &one.emoji, true),
                OutboxCommand::RemoveReaction(one) if one.target == target => {
                    react(all, mine, &one.emoji, false);
                }
                _ => {}
            }
        }
    }

    /// A post as it is shown.
    #[must_use]
    pub fn post(&self, id: PostId) -> Option<Post> {
        let known = self.content.posts.get(&id).map(|held| held.row.clone());
        let mut post = known.or_else(|| {
            self.mine().find_map(|entry| match &entry.command {
                OutboxCommand::CreatePost(new) if new.id == id => self.waiting_post(new, entry.at),
                _ => None,
            })
        })?;
        self.add_waiting_reactions(ReactionTarget::Post(id), &mut post.reactions, &mut post.mine);
        for entry in self.mine().filter(|entry| entry.is_open()) {
            match &entry.command {
                OutboxCommand::CreateComment(new) if new.post == id => {
                    post.comments += u32::from(!self.content.comments.contains_key(&new.id));
                }
                OutboxCommand::DeleteComment(comment) => {
                    let held = self.content.comments.get(comment);
                    let counts = held.is_some_and(|held| held.row.post == id && !held.row.deleted);
                    post.comments -= u32::from(counts).min(post.comments);
                }
                _ => {}
            }
        }
        Some(post)
    }

    fn waiting_post(&self, new: &NewPost, at: Timestamp) -> Option<Post> {
        Some(Post {
            id: new.id,
            workspace: new.workspace,
            author: self.me.as_ref()?.person.clone(),
            title: new.title.clone(),
            body: new.body.clone(),
            html: String::new(),
            at,
            order: 0,
            version: 1,
            edited_at: None,
            pinned: false,
            comments: 0,
            previews: Vec::new(),
            reactions: Vec::new(),
            mine: Vec::new(),
        })
    }

    /// How far a post has come.
    #[must_use]
    pub fn post_delivery(&self, id: PostId) -> Delivery {
        let creates =
            |command: &OutboxCommand| matches!(command, OutboxCommand::CreatePost(new) if new.id == id);
        match self.deletion(&OutboxCommand::DeletePost(id)) {
            Some(entry) => Delivery::Deleting { entry },
            None if self.content.posts.contains_key(&id) => Delivery::Done,
            None => self.delivery(creates),
        }
    }

    /// How far a comment has come.
    #[must_use]
    pub fn comment_delivery(&self, id: CommentId) -> Delivery {
        let creates =
            |command: &OutboxCommand| matches!(command, OutboxCommand::CreateComment(new) if new.id == id);
        match self.deletion(&OutboxCommand::DeleteComment(id)) {
            Some(entry) => Delivery::Deleting { entry },
            None if self.content.comments.contains_key(&id) => Delivery::Done,
            None => self.delivery(creates),
        }
    }

    pub(super) fn delivery(&self, creates: impl Fn(&OutboxCommand) -> bool) -> Delivery {
        match self.mine().find(|entry| creates(&entry.command)) {
            None => Delivery::Done,
            Some(entry) => match &entry.state {
                EntryState::Waiting if self.line.is_live() => Delivery::Sending { since: entry.at },
                EntryState::Waiting => Delivery::Waiting,
                EntryState::Sending { since } => Delivery::Sending { since: *since },
                EntryState::Failed { message } => {
                    Delivery::Failed { entry: entry.id, message: message.clone() }
                }
            },
        }
    }

    fn waiting_comments(&self, post: PostId) -> impl Iterator<Item = (&Entry, &NewComment)> {
        self.mine().filter_map(move |entry| match &entry.command {
            OutboxCommand::CreateComment(new) if new.post == post => Some((entry, new)),
            _ => None,
        })
    }

    /// A reply to a reply stands beside it.
    fn parent_of(&self, new: &NewComment) -> Option<CommentId> {
        let parent = new.parent?;
        let known = self.content.comments.get(&parent).and_then(|held| held.row.parent);
        let waiting = || {
            self.waiting_comments(new.post)
                .find(|(_, other)| other.id == parent)
                .and_then(|(_, other)| other.parent)
        };
        Some(known.or_else(waiting).unwrap_or(parent))
    }

    /// Comments that answer a post, oldest first, those that wait last; and apart from them those
    /// that were written while pages between are not loaded.
    #[must_use]
    pub fn comment_rows(&self, post: PostId) -> (Vec<CommentId>, Vec<CommentId>) {
        let Some(thread) = self.content.threads.get(&post) else { return (Vec::new(), Vec::new()) };
        let (mut rows, mut late) = thread.roots();
        let waiting = self.waiting_comments(post).filter(|(_, new)| new.parent.is_none());
        let waiting = waiting.map(|(_, new)| new.id).filter(|id| !self.content.comments.contains_key(id));
        if thread.next().is_some() {
            late.extend(waiting)
        } else {
            rows.extend(waiting)
        }
        rows.retain(|id| self.shows_comment(post, *id));
        late.retain(|id| self.shows_comment(post, *id));
        (rows, late)
    }

    /// The answers to a comment, oldest first, those that wait last.
    #[must_use]
    pub fn reply_rows(&self, post: PostId, to: CommentId) -> Vec<CommentId> {
        let Some(thread) = self.content.threads.get(&post) else { return Vec::new() };
        let waiting = self.waiting_comments(post).filter(|(_, new)| self.parent_of(new) == Some(to));
        let waiting = waiting.map(|(_, new)| new.id).filter(|id| !self.content.comments.contains_key(id));
        let mut rows: Vec<CommentId> = thread.replies(to).chain(waiting).collect();
        rows.retain(|id| !self.is_gone(*id));
        rows
    }

    fn is_gone(&self, id: CommentId) -> bool {
        let deleted = self.content.comments.get(&id).is_some_and(|held| held.row.deleted);
        deleted || self.is_being_deleted(&OutboxCommand::DeleteComment(id))
    }

    /// A deleted comment shows only while there are replies to it, or may be.
    fn shows_comment(&self, post: PostId, id: CommentId) -> bool {
        let more = self.content.threads.get(&post).is_some_and(|thread| thread.next().is_some());
        !self.is_gone(id) || more || !self.reply_rows(post, id).is_empty()
    }

    /// A comment as it is shown.
    #[must_use]
    pub fn comment(&self, id: CommentId) -> Option<Comment> {
        let known = self.content.comments.get(&id).map(|held| held.row.clone());
        let mut comment = known.or_else(|| {
            self.mine().find_map(|entry| match &entry.command {
                OutboxCommand::CreateComment(new) if new.id == id => self.waiting_comment(new, entry.at),
                _ => None,
            })
        })?;
        self.add_waiting_reactions(ReactionTarget::Comment(id), &mut comment.reactions, &mut comment.mine);
        for entry in self.mine().filter(|entry| entry.is_open()) {
            match &entry.command {
                OutboxCommand::DeleteComment(deleted) if *deleted == id => empty(&mut comment),
                _ => {}
            }
        }
        Some(comment)
    }

    fn waiting_comment(&self, new: &NewComment, at: Timestamp) -> Option<Comment> {
        Some(Comment {
            id: new.id,
            post: new.post,
            parent: self.parent_of(new),
            author: self.me.as_ref()?.person.clone(),
            body: new.body.clone(),
            html: String::new(),
            at,
            order: 0,
            version: 1,
            edited_at: None,
            deleted: false,
            previews: Vec::new(),
            reactions: Vec::new(),
            mine: Vec::new(),
        })
    }

    /// The workspaces by name.
    #[must_use]
    pub fn memberships(&self) -> Vec<Membership> {
        self.workspaces.iter().map(|held| held.row.clone()).collect()
    }

    /// The members of a workspace that are loaded, by name.
    #[must_use]
    pub fn member_rows(&self, workspace: WorkspaceId) -> Vec<Member> {
        let members = self.members.get(&workspace).into_iter().flat_map(BTreeMap::values);
        let mut members: Vec<Member> = members.map(|held| held.row.clone()).collect();
        members.sort_by_key(|member| (member.person.name.to_lowercase(), member.person.id));
        members
    }

    /// What the members of a workspace that are loaded say of themselves at this moment.
    #[must_use]
    pub fn statuses(&self, workspace: WorkspaceId, now: Timestamp) -> Statuses {
        let members = self.members.get(&workspace).into_iter().flat_map(BTreeMap::values);
        let status = |held: &Held<Member>| {
            let status = held.row.status.clone().filter(|status| !status.has_ended(now))?;
            Some((held.row.person.id, status))
        };
        members.filter_map(status).collect()
    }

    /// Who is online in a workspace.
    #[must_use]
    pub fn online(&self, workspace: WorkspaceId) -> Online {
        self.here.online(workspace)
    }

    /// Names of the others who write there.
    #[must_use]
    pub fn writers(&self, place: TypingPlace) -> Vec<String> {
        self.here.writers(place, self.my_id())
    }

    /// How many notifications are unread.
    #[must_use]
    pub fn unread(&self) -> u32 {
        self.notifications.unread()
    }

    /// The toasts.
    #[must_use]
    pub fn toast_rows(&self, now: Timestamp) -> Vec<Toast> {
        self.toasts.show(&self.outbox, now)
    }

    /// What the person did that the server has not acknowledged.
    #[must_use]
    pub fn outbox_rows(&self) -> Vec<Entry> {
        self.mine().cloned().collect()
    }

    /// The connection in words.
    #[must_use]
    pub fn status_line(&self, now: Timestamp) -> StatusLine {
        let waiting = self.my_id().map_or(0, |me| self.outbox.waiting(me, now));
        self.line.show(waiting, now)
    }

    /// Everything that is shown of what the server holds.
    #[must_use]
    pub fn visible(&self) -> Visible {
        let posts =
            |ids: Vec<PostId>| ids.into_iter().filter_map(|id| self.post(id)).map(sorted_post).collect();
        let comments =
            |ids: Vec<CommentId>| ids.into_iter().filter_map(|id| self.comment(id)).map(sorted_comment);
        let feed = |id: &WorkspaceId| (*id, (posts(self.feed_rows(*id)), posts(self.pinned_rows(*id))));
        let thread = |post: &PostId| {
            let (rows, late) = self.comment_rows(*post);
            let rows = comments(rows.into_iter().chain(late).collect());
            let rows = rows.map(|row| (row.clone(), comments(self.reply_rows(*post, row.id)).collect()));
            (*post, rows.collect())
        };
        Visible {
            me: self.me.as_ref().map(|me| me.person.clone()),
            own: self.me.as_ref().map(|me| (me.choice, me.status.clone())),
            workspaces: self
                .memberships()
                .into_iter()
                .map(|row| (row.workspace.name.clone(), without_position(row)))
                .collect(),
            feeds: self.content.feeds.keys().map(feed).collect(),
            threads: self.content.threads.keys().map(thread).collect(),
            members: self.members.keys().map(|id| (*id, self.member_rows(*id))).collect(),
            notifications: (self.notifications.rows().cloned().collect(), self.notifications.unread()),
            activity: self.activity.iter().map(|(id, list)| (*id, list.rows().to_vec())).collect(),
            drafts: self.drafts.iter().map(|draft| (draft.place.to_string(), draft.clone())).collect(),
            talk: self.visible_talk(),
        }
    }
}

fn sorted_post(mut post: Post) -> Post {
    post.mine.sort();
    post
}

fn sorted_comment(mut comment: Comment) -> Comment {
    comment.mine.sort();
    comment
}

fn without_position(mut membership: Membership) -> Membership {
    membership.position.seq = 0;
    membership
}
