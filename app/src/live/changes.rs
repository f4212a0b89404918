//! What a change of the state touched, so that only those signals move.

use super::messages::TimelineId;
use super::outbox::{Entry, EntryId};
use protocol::draft::DraftPlace;
use protocol::ephemeral::TypingPlace;
use protocol::message::Window;
use protocol::notification::Notification;
use protocol::position::TopicPosition;
use protocol::{CommentId, ConversationId, MessageId, PostId, Topic, WorkspaceId};
use std::collections::{BTreeSet, HashSet};

/// What was touched. Too much is harmless (a signal whose value is the same is left alone), too
/// little leaves something stale on the page.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// Posts whose contents changed.
    pub posts: BTreeSet<PostId>,
    /// Comments whose contents changed.
    pub comments: BTreeSet<CommentId>,
    /// Feeds whose order, pinned posts, pill or page key changed.
    pub feeds: BTreeSet<WorkspaceId>,
    /// Threads whose rows changed.
    pub threads: BTreeSet<PostId>,
    /// Messages whose contents changed.
    pub messages: BTreeSet<MessageId>,
    /// Timelines whose rows, pills or ends changed.
    pub timelines: BTreeSet<TimelineId>,
    /// Conversations whose page was left.
    pub rested: BTreeSet<ConversationId>,
    /// Conversations that changed, or in which something is unread or no longer.
    pub conversations: BTreeSet<ConversationId>,
    /// Which conversations there are, their order, or what is unread in them.
    pub sidebar: bool,
    /// Conversations whose members changed.
    pub participants: BTreeSet<ConversationId>,
    /// Conversations that may no longer be read.
    pub lost: BTreeSet<ConversationId>,
    /// Topics that are followed no longer.
    pub closes: Vec<Topic>,
    /// Places in which somebody began or stopped to type.
    pub typing: BTreeSet<TypingPlace>,
    /// Workspaces whose members changed.
    pub members: BTreeSet<WorkspaceId>,
    /// Conversations that others have read further.
    pub receipts: BTreeSet<ConversationId>,
    /// Workspaces in which somebody came or left.
    pub presence: BTreeSet<WorkspaceId>,
    /// Workspaces whose list of custom events changed.
    pub activity: BTreeSet<WorkspaceId>,
    /// Places whose draft changed.
    pub drafts: HashSet<DraftPlace>,
    /// The person themself.
    pub me: bool,
    /// The list of workspaces, a name, a role or what is unread in them.
    pub workspaces: bool,
    /// The list of notifications or how many are unread.
    pub notifications: bool,
    /// The outbox.
    pub outbox: bool,
    /// Toasts.
    pub toasts: bool,
    /// The status line.
    pub status: bool,
    /// Whether the person is signed in.
    pub signed_out: bool,
    /// The workspace that the person was removed from.
    pub left: Option<WorkspaceId>,
    /// The person saved a message, or no longer.
    pub saves: bool,
    /// Notifications that may become toasts.
    pub notify: Vec<Notification>,
    /// What is on screen.
    pub place: bool,
    /// The place in which the person typed.
    pub typed: Option<DraftPlace>,
    /// Topics that the person has read up to a number.
    pub reads: Vec<(Topic, u64)>,
    /// From here the socket has to continue: a page is older than what it has brought already.
    pub positions: Vec<TopicPosition>,
    /// What has to be loaded (again).
    pub wanted: Vec<Wanted>,
    /// What the browser's storage has to keep of the outbox.
    pub keep: Vec<Keep>,
}

/// One thing for the browser's storage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Keep this entry as it is now.
    Put(Entry),
    /// Forget it.
    Remove(EntryId),
}

/// Something that events alone cannot bring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The caller with workspaces, unread notifications and drafts: `account.get`.
    Me,
    /// The first page of a feed.
    Feed(WorkspaceId),
    /// A post that stands in a list without having been loaded: an old one was pinned.
    Post(PostId),
    /// A post with its comments.
    Thread(PostId),
    /// The first page of a workspace's members.
    Members(WorkspaceId),
    /// The first page of the notifications.
    Notifications,
    /// The first page of a workspace's custom events, as its list is filtered.
    Activity(WorkspaceId),
    /// A conversation with what is unread in it.
    Conversation(ConversationId),
    /// The conversations of a workspace.
    Conversations(WorkspaceId),
    /// The members of a conversation.
    Participants(ConversationId),
    /// How far the others have read a conversation.
    Receipts(ConversationId),
    /// A part of a timeline.
    Timeline(TimelineId, Window),
}

impl Changes {
    /// Both together.
    pub fn merge(&mut self, other: Self) {
        self.posts.extend(other.posts);
        self.comments.extend(other.comments);
        self.feeds.extend(other.feeds);
        self.threads.extend(other.threads);
        self.messages.extend(other.messages);
        self.timelines.extend(other.timelines);
        self.rested.extend(other.rested);
        self.conversations.extend(other.conversations);
        self.sidebar |= other.sidebar;
        self.participants.extend(other.participants);
        self.lost.extend(other.lost);
        self.closes.extend(other.closes);
        self.typing.extend(other.typing);
        self.members.extend(other.members);
        self.receipts.extend(other.receipts);
        self.presence.extend(other.presence);
        self.activity.extend(other.activity);
        self.drafts.extend(other.drafts);
        self.me |= other.me;
        self.workspaces |= other.workspaces;
        self.notifications |= other.notifications;
        self.outbox |= other.outbox;
        self.toasts |= other.toasts;
        self.status |= other.status;
        self.signed_out |= other.signed_out;
        self.left = other.left.or(self.left);
        self.saves |= other.saves;
        self.notify.extend(other.notify);
        self.place |= other.place;
        self.typed = other.typed.or(self.typed);
        self.reads.extend(other.reads);
        self.positions.extend(other.positions);
        self.keep.extend(other.keep);
        for wanted in other.wanted {
            self.want(wanted);
        }
    }

    /// Asks for something once.
    pub fn want(&mut self, wanted: Wanted) {
        if !self.wanted.contains(&wanted) {
            self.wanted.push(wanted);
        }
    }
}
