//! What a page shows that is opened at the end.

use super::BensPage;
use app::live::{State, Target, TimelineId, Visible};
use protocol::custom_event::EventFilter;
use protocol::message::Window;
use protocol::notification::Notification;

impl BensPage {
    /// What Ben would see who opens the same pages now.
    pub(super) async fn fresh(&self, shown: &Visible) -> Visible {
        let (store, ben) = (&self.town.store, &self.town.ben);
        let mut state = State::new(store.me(ben).await.expect("Ben"));
        for workspace in shown.feeds.keys() {
            let mut before = None;
            loop {
                let feed = store.feed(ben, *workspace, before.clone()).await.expect("he is a member");
                let next = feed.next.clone();
                match before {
                    None => state.load_feed(feed),
                    Some(_) => state.load_more_feed(feed),
                };
                before = next;
                if before.is_none() {
                    break;
                }
            }
        }
        for workspace in shown.activity.keys() {
            let filter = EventFilter::default();
            let page = store.activity(ben, *workspace, filter.clone(), None).await.expect("he is a member");
            assert_eq!(page.next, None, "they fit one page");
            state.load_activity(*workspace, filter, page);
        }
        for post in shown.threads.keys() {
            let page = store.post(ben, *post).await.expect("it is there");
            let comments = store.comments(ben, *post, None).await.expect("it is there");
            state.load_thread(page, comments);
        }
        for workspace in shown.members.keys() {
            let members = store.members(ben, *workspace, None, None).await.expect("he is a member");
            state.load_members(*workspace, members);
        }
        let notifications = store.notifications(ben, None).await.expect("his own");
        state.load_notifications(notifications);
        for membership in state.memberships() {
            let workspace = membership.workspace.id;
            let conversations = store.conversations(ben, workspace).await.expect("he is a member");
            state.load_conversations(workspace, conversations);
        }
        for id in shown.talk.participants.keys() {
            if let Ok(page) = store.participants(ben, *id, None, None).await {
                state.load_participants(*id, page);
            }
        }
        for id in shown.talk.timelines.keys() {
            match *id {
                TimelineId::Conversation(of) => {
                    state.visit(of, Target::Unread);
                    if let Ok(page) = store.messages(ben, of, Window::Latest).await {
                        state.load_timeline(*id, &Window::Latest, page);
                    }
                    state.leave_visit(of);
                }
                TimelineId::Thread(root) => {
                    if let Ok(page) = store.thread(ben, root, Window::Latest).await {
                        state.load_thread_of(&Window::Latest, page);
                    }
                }
            }
        }
        state.visible()
    }

    /// Without what a page that has not loaded a list cannot know.
    pub(super) fn comparable(&self, mut shown: Visible) -> Visible {
        shown.members.retain(|workspace, _| self.members_of.contains(workspace));
        for (_, membership) in &mut shown.workspaces {
            if !shown.feeds.contains_key(&membership.workspace.id) {
                membership.newest = 0;
            }
        }
        // Older notifications are on further pages of both.
        shown.notifications.0.truncate(protocol::limits::NOTIFICATIONS_PAGE_ROWS);
        // With the words of a comment or message the log forgets what it was about; the list does not.
        let is_about_none = |row: &&mut Notification| {
            row.excerpt.is_empty() && (row.comment.is_some() || row.message.is_some())
        };
        shown.notifications.0.iter_mut().filter(is_about_none).for_each(|row| row.title.clear());
        shown
    }
}
