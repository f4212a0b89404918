//! What concerns the person, newest first, and how much of it is unread.

use super::held::Held;
use protocol::notification::{Notification, ReadMark};
use protocol::page::{Page, PageKey};
use protocol::{CommentId, ConversationId, CustomEventId, MessageId, Person, PostId, Timestamp, WorkspaceId};

/// The notifications.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notifications {
    rows: Vec<Held<Notification>>,
    unread: Option<Held<u32>>,
    next: Option<PageKey>,
    as_of: u64,
    loaded: bool,
    stale: bool,
}

impl Notifications {
    /// How many are unread, as `account.get` says.
    pub(crate) fn load_unread(&mut self, unread: u32, as_of: u64) {
        if self.unread.as_ref().is_none_or(|known| known.as_of <= as_of) {
            self.unread = Some(Held { row: unread, as_of });
        }
    }

    /// The first page.
    pub(crate) fn load(&mut self, page: &Page<Notification>, as_of: u64) {
        if self.stale || !self.loaded {
            self.rows.clear();
        }
        if self.rows.is_empty() || page.next.is_none() {
            self.next = page.next.clone();
        }
        self.loaded = true;
        self.stale = false;
        self.as_of = as_of;
        self.append(page, as_of);
    }

    /// The next page.
    pub(crate) fn load_more(&mut self, page: &Page<Notification>, as_of: u64) {
        self.append(page, as_of);
        self.next = page.next.clone();
    }

    fn append(&mut self, page: &Page<Notification>, as_of: u64) {
        for notification in &page.items {
            self.put(notification.clone(), as_of);
        }
    }

    fn put(&mut self, notification: Notification, as_of: u64) {
        let known = |held: &Held<Notification>| held.row.id == notification.id;
        if self.rows.iter().any(|held| known(held) && as_of < held.as_of) {
            return;
        }
        self.rows.retain(|held| !known(held));
        let key = |row: &Notification| (row.at, row.id);
        let index = self.rows.partition_point(|held| key(&notification) < key(&held.row));
        self.rows.insert(index, Held { row: notification, as_of });
    }

    /// Something happened, or more people did the same.
    pub(crate) fn created(&mut self, notification: &Notification, unread: u32, seq: u64) {
        self.count(unread, seq);
        if self.loaded && self.as_of < seq {
            self.put(notification.clone(), seq);
        }
    }

    /// The person has seen one or several.
    pub(crate) fn read(&mut self, mark: ReadMark, unread: u32, seq: u64) {
        self.count(unread, seq);
        for held in &mut self.rows {
            let meant = match mark {
                ReadMark::One(id) => held.row.id == id,
                ReadMark::UpTo(at) => held.row.at <= at,
            };
            if meant && let Some(row) = held.at(seq) {
                row.read = true;
            }
        }
    }

    fn count(&mut self, unread: u32, seq: u64) {
        match &mut self.unread {
            Some(held) => {
                if let Some(row) = held.at(seq) {
                    *row = unread;
                }
            }
            None => self.unread = Some(Held { row: unread, as_of: seq }),
        }
    }

    /// A post is gone, and its words with it.
    pub(crate) fn post_deleted(&mut self, post: PostId) {
        for held in self.rows.iter_mut().filter(|held| held.row.post == Some(post)) {
            held.row.title.clear();
            held.row.excerpt.clear();
        }
    }

    /// A comment is gone, and its words with it.
    pub(crate) fn comment_deleted(&mut self, comment: CommentId) {
        for held in self.rows.iter_mut().filter(|held| held.row.comment == Some(comment)) {
            held.row.excerpt.clear();
        }
    }

    /// A message is gone, and its words with it.
    pub(crate) fn message_deleted(&mut self, message: MessageId) {
        for held in self.rows.iter_mut().filter(|held| held.row.message == Some(message)) {
            held.row.excerpt.clear();
        }
    }

    /// What another program published is gone, and its words with it.
    pub(crate) fn event_deleted(&mut self, event: CustomEventId) {
        for held in self.rows.iter_mut().filter(|held| held.row.event == Some(event)) {
            held.row.title.clear();
            held.row.excerpt.clear();
            held.row.link = None;
        }
    }

    /// The person is in these workspaces and sees nothing of others.
    pub(crate) fn keep_those_in(&mut self, workspaces: &[WorkspaceId]) {
        self.rows.retain(|held| workspaces.contains(&held.row.workspace));
    }

    /// The person left a conversation then, and what told them of it went with that.
    pub(crate) fn conversation_left(&mut self, conversation: ConversationId, at: Timestamp) {
        self.rows.retain(|held| held.row.conversation != Some(conversation) || at < held.row.at);
    }

    /// Somebody has another name now.
    pub(crate) fn person_changed(&mut self, person: &Person) {
        for actor in self.rows.iter_mut().flat_map(|held| &mut held.row.actors) {
            if actor.id == person.id {
                actor.clone_from(person);
            }
        }
    }

    /// Events were missed: the next first page replaces everything.
    pub(crate) fn set_stale(&mut self) {
        self.stale = true;
        self.as_of = 0;
        if let Some(held) = &mut self.unread {
            held.as_of = 0;
        }
    }

    /// Whether the list is shown somewhere and has to be loaded again after a reset.
    #[must_use]
    pub(crate) fn is_loaded(&self) -> bool {
        self.loaded
    }

    /// The list, newest first.
    pub(crate) fn rows(&self) -> impl Iterator<Item = &Notification> {
        self.rows.iter().map(|held| &held.row)
    }

    /// How many are unread.
    #[must_use]
    pub(crate) fn unread(&self) -> u32 {
        self.unread.as_ref().map_or(0, |held| held.row)
    }

    /// Where the next page begins.
    #[must_use]
    pub(crate) fn next(&self) -> Option<&PageKey> {
        self.next.as_ref()
    }
}
