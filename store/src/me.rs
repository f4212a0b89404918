//! What the frame of every page needs, in one consistent answer.

use crate::{Caller, Result, Store, authors, drafts, log, notifications, presence, statuses, workspaces};
use protocol::Topic;
use protocol::account::Me;

impl Store {
    /// The caller, their workspaces, what is unread, and their drafts, with the position of their own topic.
    ///
    /// # Errors
    /// [`Error::Unavailable`](crate::Error::Unavailable).
    pub async fn me(&self, caller: &Caller) -> Result<Me> {
        let (caller, now) = (*caller, self.now());
        self.read(move |tx| {
            Box::pin(async move {
                Ok(Me {
                    person: authors::person(tx, caller.user).await?,
                    role: caller.role,
                    session: caller.session,
                    workspaces: workspaces::memberships(tx, caller.user, now).await?,
                    unread: notifications::unread(tx, caller.user).await?,
                    drafts: drafts::of(tx, caller.user).await?,
                    choice: presence::choice(tx, caller.user, now).await?,
                    status: statuses::of(tx, caller.user, now).await?,
                    position: log::position(tx, Topic::User(caller.user)).await?,
                })
            })
        })
        .await
    }
}
