//! What the session may read, and what follows when that changes.

use super::subscription::{Opening, State, Subscription};
use super::{Connection, Output, Phase, RIGHTS_CHECKED_WITHIN};
use crate::topic::Link;
use protocol::frame::{CloseCode, ServerFrame};
use protocol::{Topic, frame::ResetReason};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;
use store::Access;

impl Connection {
    /// Takes the links that it asked for. Nothing is sent over them before the right was checked.
    pub(super) fn linked(&mut self, topics: Vec<Topic>, links: Option<Vec<Link>>, now: Instant) {
        let Some(links) = links else { return self.retry(Output::Link(topics), now) };
        self.failures = 0;
        let own = Topic::User(self.setup.user);
        for link in links {
            let link = Arc::new(link);
            let topic = link.live().topic();
            if topic == own && self.rights.guard.is_none() {
                self.rights.guard = Some(Arc::clone(&link));
                // Never checked: the first check comes now.
                self.rights.again_at = now;
            }
            let Some(since) = self.expected.remove(&topic).or((topic == own).then_some(None)) else {
                continue;
            };
            if self.subscription(topic).is_none() {
                self.subscriptions.push(Subscription::new(link, since));
            }
        }
        for topic in topics {
            // What does not exist looks like what one may not see.
            if self.expected.remove(&topic).is_some() {
                let code = CloseCode::Forbidden.number();
                self.control.push_back(ServerFrame::Closed { topic, code });
            }
        }
    }

    /// Asks for the rights if any may have changed. What was known before the question is what the
    /// answer is good for.
    ///
    /// What changed for the person alone (a session, a workspace joined or left) raises their own topic's
    /// epoch, and everything is asked. A change in a workspace that is followed already concerns one other
    /// person as a rule, so that question is asked once for all sockets of the node.
    pub(super) fn ask_rights(&mut self, now: Instant) {
        let Some(guard) = &self.rights.guard else { return };
        if self.rights.is_asking || self.phase != Phase::Open {
            return;
        }
        let newest = guard.live().permission_epoch();
        let is_old = self.rights.checked < newest || self.rights.again_at <= now;
        let is_new = |one: &Subscription| one.checked.is_none() && one.wants_check();
        if !is_old && !self.subscriptions.iter().any(is_new) {
            return self.ask_together();
        }
        self.rights.asked = newest;
        self.rights.is_asking = true;
        for subscription in &mut self.subscriptions {
            subscription.asked = Some(subscription.link.live().permission_epoch());
        }
        self.outputs.push_back(Output::Access);
    }

    /// Asks whether what is followed may be followed on, where only that may have changed.
    fn ask_together(&mut self) {
        for subscription in &mut self.subscriptions {
            let (topic, epoch) = (subscription.topic(), subscription.link.live().permission_epoch());
            // The person's own topic says whether the session holds: only everything answers that.
            let is_own = matches!(topic, Topic::User(_));
            if !is_own && subscription.wants_check() && subscription.checking != Some(epoch) {
                subscription.checking = Some(epoch);
                self.outputs.push_back(Output::Check { topic, epoch });
            }
        }
    }

    /// Takes the shared answer, unless a newer question is under way.
    pub(super) fn take_check(&mut self, topic: Topic, epoch: u64, may_read: Option<bool>, now: Instant) {
        let Some(subscription) = self.subscription(topic) else { return };
        if subscription.checking != Some(epoch) {
            return;
        }
        match may_read {
            None => self.retry(Output::Check { topic, epoch }, now),
            Some(true) => {
                subscription.checking = None;
                subscription.checked = subscription.checked.max(Some(epoch));
                self.failures = 0;
                self.begin(topic);
            }
            Some(false) => self.leave(topic, CloseCode::Forbidden.number()),
        }
    }

    /// Takes the answer.
    pub(super) fn judge(&mut self, access: Option<Access>, now: Instant) {
        let Some(access) = access else { return self.retry(Output::Access, now) };
        self.failures = 0;
        if !access.active {
            return self.close(CloseCode::SessionRevoked);
        }
        self.rights.is_asking = false;
        self.rights.checked = self.rights.asked;
        self.rights.again_at = now + access.expires_in.min(RIGHTS_CHECKED_WITHIN);
        let before = self.rights.choice.replace(access.choice);
        if before != Some(access.choice) {
            self.outputs.push_back(Output::Choose(access.choice));
        }
        // Only when that changes: what is told of somebody whenever they choose anything tells too much.
        if before.is_some_and(|before| before.receipts) && !access.choice.receipts {
            self.outputs.push_back(Output::HideReceipts);
        }
        let allowed: BTreeSet<Topic> = access.topics.into_iter().collect();
        let linked: Vec<Topic> = self.subscriptions.iter().map(Subscription::topic).collect();
        for topic in &linked {
            let Some(subscription) = self.subscription(*topic) else { continue };
            // Linked after the question: the next answer is for it.
            let Some(asked) = subscription.asked.take() else { continue };
            // A shared answer that is still on its way may be older than this one.
            subscription.checking = None;
            if allowed.contains(topic) {
                subscription.checked = subscription.checked.max(Some(asked));
                self.begin(*topic);
            } else {
                self.leave(*topic, CloseCode::Forbidden.number());
            }
        }
        let new: Vec<Topic> = allowed
            .into_iter()
            .filter(|topic| {
                !linked.contains(topic)
                    && !self.declined.contains(topic)
                    && !self.expected.contains_key(topic)
            })
            .collect();
        if !new.is_empty() {
            self.expected.extend(new.iter().map(|topic| (*topic, None)));
            self.outputs.push_back(Output::Link(new));
        }
        self.look();
    }

    /// Begins to deliver, if the right was checked.
    pub(super) fn begin(&mut self, topic: Topic) {
        let Some(subscription) = self.subscription(topic) else { return };
        if subscription.checked.is_none() || !matches!(subscription.state, State::Expected(_)) {
            return;
        }
        self.opened(topic);
    }

    /// Takes it that the node's knowledge of the topic is as new as the database.
    pub(super) fn refreshed(&mut self, topic: Topic, is_fresh: bool, now: Instant) {
        if !is_fresh {
            return self.retry(Output::Refresh(topic), now);
        }
        self.failures = 0;
        let Some(subscription) = self.subscription(topic) else { return };
        match subscription.state {
            State::Doubted(_) => self.opened(topic),
            State::Following(_) => subscription.read_again(),
            State::Expected(_) | State::Idle => {}
        }
    }

    fn opened(&mut self, topic: Topic) {
        let Some(subscription) = self.subscription(topic) else { return };
        let Some(opening) = subscription.open() else { return };
        let Some(extent) = subscription.link.live().extent() else { return };
        match opening {
            Opening::Doubtful => self.outputs.push_back(Output::Refresh(topic)),
            Opening::Lost(reason) => self.reset(topic, reason),
            Opening::Opened => {
                let is_new_here = !std::mem::replace(&mut subscription.is_present, true);
                self.control.push_back(ServerFrame::Opened { topic, epoch: extent.epoch, head: extent.head });
                if is_new_here && matches!(topic, Topic::Workspace(_)) {
                    self.outputs.push_back(Output::Arrive(topic));
                }
                self.look();
            }
        }
    }

    /// Tells the client to load again.
    pub(super) fn reset(&mut self, topic: Topic, reason: ResetReason) {
        let Some(extent) = self.subscription(topic).and_then(|one| one.link.live().extent()) else { return };
        crate::figures::count_reset(reason);
        self.control.push_back(ServerFrame::Reset { topic, reason, epoch: extent.epoch, head: extent.head });
    }
}
