//! Small messages at the edge of the page: at most three, never about what is on screen already
//! and never about what the person did themself.

use super::outbox::{EntryId, EntryState, Outbox, OutboxCommand};
use protocol::notification::{Notification, ReadMark};
use protocol::{ConversationId, NotificationId, PostId, Timestamp, UserId, WorkspaceId};
use std::time::Duration;

/// Toasts at a time.
pub const TOASTS_MAX: usize = 3;
/// How long one stays.
pub const TOAST_FOR: Duration = Duration::from_secs(8);
/// What is older than this when it arrives, after a reconnect, shows only at the bell.
pub const TOAST_UNTIL_OLD: Duration = Duration::from_secs(60);

/// What is on screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Place {
    /// A workspace's feed.
    Feed(WorkspaceId),
    /// A post with its comments.
    Post {
        /// Where it stands.
        workspace: WorkspaceId,
        /// Which.
        post: PostId,
    },
    /// A conversation.
    Conversation {
        /// Where it is.
        workspace: WorkspaceId,
        /// Which.
        conversation: ConversationId,
    },
    /// The notifications.
    Inbox,
    /// Another page of a workspace.
    Workspace(WorkspaceId),
    /// Anything else.
    #[default]
    Elsewhere,
}

impl Place {
    /// The workspace that it belongs to.
    #[must_use]
    pub fn workspace(self) -> Option<WorkspaceId> {
        match self {
            Self::Feed(workspace)
            | Self::Post { workspace, .. }
            | Self::Conversation { workspace, .. }
            | Self::Workspace(workspace) => Some(workspace),
            Self::Inbox | Self::Elsewhere => None,
        }
    }

    /// Whether a notification says what stands here anyway.
    fn shows(self, notification: &Notification) -> bool {
        match self {
            Self::Inbox => true,
            Self::Post { post, .. } => notification.post == Some(post),
            Self::Conversation { conversation, .. } => notification.conversation == Some(conversation),
            Self::Feed(_) | Self::Workspace(_) | Self::Elsewhere => false,
        }
    }
}

/// Names a toast.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ToastId {
    /// About this notification.
    Notification(NotificationId),
    /// A note, numbered.
    Note(u64),
    /// About this entry of the outbox.
    Undo(EntryId),
}

/// What a toast says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToastKind {
    /// Somebody did something.
    Notification(Box<Notification>),
    /// A sentence.
    Note(String),
    /// Something was deleted and can be taken back.
    Undo {
        /// By this entry.
        entry: EntryId,
        /// What was deleted.
        text: &'static str,
    },
}

/// One toast.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toast {
    /// Its name: the key of its row.
    pub id: ToastId,
    /// What it says.
    pub kind: ToastKind,
    /// It goes by itself at this time.
    pub until: Timestamp,
}

/// The toasts that show, the oldest first.
#[derive(Clone, Debug, Default)]
pub struct Toasts {
    list: Vec<Toast>,
    notes: u64,
}

impl Toasts {
    /// A notification arrived: shows it where the rules say so. With one that shows already, that one changes.
    pub fn offer(&mut self, notification: &Notification, me: Option<UserId>, place: Place, now: Timestamp) {
        let own = notification.actors.first().is_some_and(|actor| Some(actor.id) == me);
        let old = notification.at + TOAST_UNTIL_OLD < now;
        if own || old || notification.read || place.shows(notification) {
            return;
        }
        let kind = ToastKind::Notification(Box::new(notification.clone()));
        self.push(Toast { id: ToastId::Notification(notification.id), kind, until: now + TOAST_FOR });
    }

    /// Says a sentence.
    pub fn note(&mut self, text: String, now: Timestamp) {
        self.notes += 1;
        self.push(Toast {
            id: ToastId::Note(self.notes),
            kind: ToastKind::Note(text),
            until: now + TOAST_FOR,
        });
    }

    fn push(&mut self, toast: Toast) {
        match self.list.iter_mut().find(|other| other.id == toast.id) {
            Some(same) => *same = toast,
            None => self.list.push(toast),
        }
        if TOASTS_MAX < self.list.len() {
            self.list.remove(0);
        }
    }

    /// The person closed one, or read what it is about.
    pub fn dismiss(&mut self, id: ToastId) {
        self.list.retain(|toast| toast.id != id);
    }

    /// The person read one or several notifications, here or on another device.
    pub fn was_read(&mut self, mark: ReadMark) -> bool {
        let before = self.list.len();
        self.list.retain(|toast| match (&toast.kind, mark) {
            (ToastKind::Notification(notification), ReadMark::One(id)) => notification.id != id,
            (ToastKind::Notification(notification), ReadMark::UpTo(at)) => at < notification.at,
            _ => true,
        });
        self.list.len() < before
    }

    /// Takes out what is on screen now.
    pub fn look_at(&mut self, place: Place) {
        self.list.retain(|toast| match &toast.kind {
            ToastKind::Notification(notification) => !place.shows(notification),
            ToastKind::Note(_) | ToastKind::Undo { .. } => true,
        });
    }

    /// Takes out those whose time is over; true if there were any.
    pub fn tick(&mut self, now: Timestamp) -> bool {
        let before = self.list.len();
        self.list.retain(|toast| now < toast.until);
        self.list.len() < before
    }

    /// What shows: deletions that can be undone, and the newest of the others, three in all.
    #[must_use]
    pub fn show(&self, outbox: &Outbox, now: Timestamp) -> Vec<Toast> {
        let undo = outbox.entries().iter().filter_map(|entry| {
            let until = entry.not_before.filter(|until| now < *until)?;
            let text = match entry.command {
                OutboxCommand::DeletePost(_) => "Post deleted",
                OutboxCommand::DeleteComment(_) => "Comment deleted",
                OutboxCommand::DeleteMessage(_) => "Message deleted",
                _ => return None,
            };
            let kind = ToastKind::Undo { entry: entry.id, text };
            (entry.state == EntryState::Waiting).then_some(Toast { id: ToastId::Undo(entry.id), kind, until })
        });
        let mut shown: Vec<Toast> = self.list.iter().cloned().chain(undo).collect();
        shown.drain(..shown.len().saturating_sub(TOASTS_MAX));
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::tests::make;

    const NOW: Timestamp = Timestamp(100_000);

    #[test]
    fn at_most_three_show_and_the_newest_stay() {
        let ben = make::person(2);
        let mut toasts = Toasts::default();
        for n in 1..=5 {
            toasts.offer(&make::mention(n, &ben, make::post_id(n), NOW), None, Place::Elsewhere, NOW);
        }
        let shown: Vec<ToastId> = toasts.show(&Outbox::default(), NOW).iter().map(|toast| toast.id).collect();
        assert_eq!(shown, [3, 4, 5].map(|n| ToastId::Notification(make::notification_id(n))));
        assert!(toasts.tick(NOW + TOAST_FOR));
        assert!(toasts.show(&Outbox::default(), NOW).is_empty());
    }

    #[test]
    fn nothing_shows_that_is_on_screen_or_old_or_read_or_mine() {
        let (ada, ben, post) = (make::person(1), make::person(2), make::post_id(1));
        let mention = make::mention(1, &ben, post, NOW);
        let place = Place::Post { workspace: make::workspace_id(), post };
        let late = NOW + TOAST_UNTIL_OLD + Duration::from_millis(1);
        let read = Notification { read: true, ..mention.clone() };
        for (notification, me, place, now) in [
            (&mention, ada.id, place, NOW),
            (&mention, ada.id, Place::Inbox, NOW),
            (&mention, ben.id, Place::Elsewhere, NOW),
            (&mention, ada.id, Place::Elsewhere, late),
            (&read, ada.id, Place::Elsewhere, NOW),
        ] {
            let mut toasts = Toasts::default();
            toasts.offer(notification, Some(me), place, now);
            assert!(toasts.show(&Outbox::default(), now).is_empty(), "{place:?}");
        }
    }

    #[test]
    fn a_merged_notification_changes_its_toast_in_place() {
        let ben = make::person(2);
        let mut toasts = Toasts::default();
        toasts.offer(&make::mention(1, &ben, make::post_id(1), NOW), None, Place::Elsewhere, NOW);
        let merged = Notification { actor_count: 4, ..make::mention(1, &ben, make::post_id(1), NOW) };
        toasts.offer(&merged, None, Place::Elsewhere, NOW);
        let shown = toasts.show(&Outbox::default(), NOW);
        assert_eq!(shown.len(), 1);
        assert_eq!(shown[0].kind, ToastKind::Notification(Box::new(merged)));
    }

    #[test]
    fn a_deletion_offers_undo_until_it_is_sent() {
        let mut outbox = Outbox::default();
        let (entry, _) = outbox.add(make::person(1).id, OutboxCommand::DeletePost(make::post_id(1)), NOW);
        let entry = entry.expect("nothing was waiting");
        let toasts = Toasts::default();
        assert_eq!(toasts.show(&outbox, NOW)[0].id, ToastId::Undo(entry));
        assert!(toasts.show(&outbox, NOW + super::super::outbox::UNDO_FOR).is_empty());
    }
}
