//! What the frame of every page needs, in one consistent answer.

use crate::{Caller, Result, Store, authors, drafts, log, notifications, users, workspaces};
use protocol::Topic;
use protocol::account::Me;

impl Store {
    /// The caller, their workspaces, what is unread, and their drafts, with the position of their own topic.
    ///
    /// # Errors
    /// [`Error::Unavailable`](crate::Error::Unavailable).
    pub async fn me(&self, caller: &Caller) -> Result<Me> {
        let caller = *caller;
        self.read(move |tx| {
            Box::pin(async move {
                Ok(Me {
                    person: authors::person(tx, caller.user).await?,
                    role: caller.role,
                    session: caller.session,
                    workspaces: workspaces::memberships(tx, caller.user).await?,
                    unread: notifications::unread(tx, caller.user).await?,
                    drafts: drafts::of(tx, caller.user).await?,
                    receipts: users::sends_receipts(tx, caller.user).await?,
                    position: log::position(tx, Topic::User(caller.user)).await?,
                })
            })
        })
        .await
    }
}
