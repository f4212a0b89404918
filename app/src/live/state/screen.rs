//! What is on screen, what of it has been read, and the toasts that say what is not.

use super::State;
use crate::live::changes::Changes;
use crate::live::toasts::{Place, ToastId};
use protocol::notification::Notification;
use protocol::{Timestamp, Topic, WorkspaceId};

impl State {
    /// What is on screen.
    #[must_use]
    pub fn place(&self) -> Place {
        self.place
    }

    /// What is on screen changed.
    pub fn look_at(&mut self, place: Place) -> Changes {
        if let Place::Feed(workspace) = self.place
            && self.place != place
            && let Some(feed) = self.content.feeds.get_mut(&workspace)
        {
            // Nobody reads it now, so nothing has to be held back.
            feed.set_at_top(true);
        }
        self.place = place;
        self.toasts.look_at(place);
        Changes { toasts: true, place: true, ..Changes::default() }
    }

    /// Whether the top of a feed is on screen.
    pub fn at_top(&mut self, workspace: WorkspaceId, at_top: bool) -> Changes {
        if let Some(feed) = self.content.feeds.get_mut(&workspace) {
            feed.set_at_top(at_top);
        }
        Changes::default()
    }

    /// The pill was pressed.
    pub fn show_fresh(&mut self, workspace: WorkspaceId) -> Changes {
        let mut changes = Changes::default();
        if let Some(feed) = self.content.feeds.get_mut(&workspace) {
            feed.show_fresh();
            changes.feeds.insert(workspace);
        }
        changes
    }

    /// The person has seen the newest post.
    pub fn read_feed(&mut self, workspace: WorkspaceId) -> Changes {
        let mut changes = Changes::default();
        let held = self.workspaces.iter_mut().find(|held| held.row.workspace.id == workspace);
        if let Some(held) = held.filter(|held| held.row.read < held.row.newest) {
            held.row.read = held.row.newest;
            changes.workspaces = true;
            changes.reads.push((Topic::Workspace(workspace), held.row.newest));
        }
        changes
    }

    /// The page is looked at: what is new at the top of the feed on screen is read.
    pub fn read_on_screen(&mut self) -> Changes {
        let Place::Feed(workspace) = self.place else { return Changes::default() };
        let feed = self.content.feeds.get(&workspace);
        match feed.is_some_and(|feed| feed.is_at_top() && feed.fresh() == 0) {
            true => self.read_feed(workspace),
            false => Changes::default(),
        }
    }

    /// Says a sentence.
    pub fn note(&mut self, text: String, now: Timestamp) -> Changes {
        self.toasts.note(text, now);
        Changes { toasts: true, ..Changes::default() }
    }

    /// A notification came that may be shown at once.
    pub fn offer(&mut self, notification: &Notification, now: Timestamp) -> Changes {
        self.toasts.offer(notification, self.my_id(), self.place, now);
        Changes { toasts: true, ..Changes::default() }
    }

    /// A toast was closed.
    pub fn dismiss(&mut self, id: ToastId) -> Changes {
        self.toasts.dismiss(id);
        Changes { toasts: true, ..Changes::default() }
    }
}
