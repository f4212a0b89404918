//! Who may read what: asked of the database, and asked once where many want to know the same.

use super::Hub;
use protocol::{Topic, UserId};
use std::collections::HashSet;
use store::{Caller, Presented};

/// Everybody who may read a topic, since this permission epoch at least.
pub(super) struct Readers {
    epoch: u64,
    people: HashSet<UserId>,
}

impl Hub {
    /// What the session may read, of the topics that it follows too; none if the database is away.
    pub(crate) async fn access(&self, caller: Caller, followed: Vec<Topic>) -> Option<store::Access> {
        let _permit = self.inner().checks.acquire().await.ok()?;
        match self.inner().store.access_also(&caller, &followed).await {
            Ok(access) => Some(access),
            Err(error) => {
                tracing::warn!(%error, "cannot check what a session may read");
                None
            }
        }
    }

    /// Who comes with this token, if they may follow what happens; none if the database is away.
    pub(crate) async fn present(&self, token: String) -> Option<Presented> {
        let _permit = self.inner().checks.acquire().await.ok()?;
        match self.inner().store.authenticate_bearer(&token, None).await {
            Ok(presented) => Some(presented),
            Err(error) => {
                tracing::warn!(%error, "cannot check a token");
                None
            }
        }
    }

    /// Whether a person may read a topic, as it was at this permission epoch or later; none if the
    /// database is away. When somebody joins, everybody's socket asks: the first one asks the database,
    /// and the others wait for its answer.
    pub(crate) async fn check(&self, user: UserId, topic: Topic, epoch: u64) -> Option<bool> {
        // Linked by who asks, so it is there as long as that socket is.
        let entry = self.inner().topics.get(topic)?;
        let mut known = entry.readers.lock().await;
        if let Some(readers) = known.as_ref().filter(|readers| epoch <= readers.epoch) {
            return Some(readers.people.contains(&user));
        }
        // What is known before the question is what its answer is good for.
        let epoch = entry.live.permission_epoch().max(epoch);
        match self.inner().store.readers(topic).await {
            Ok(people) => {
                let people: HashSet<UserId> = people.into_iter().collect();
                let may_read = people.contains(&user);
                *known = Some(Readers { epoch, people });
                Some(may_read)
            }
            Err(error) => {
                tracing::warn!(%error, %topic, "cannot check who may read a topic");
                None
            }
        }
    }
}
