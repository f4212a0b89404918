//! Who is here, who types and who has read: taken from the sockets and the log, shown to those who look,
//! told to other nodes.

use super::{Hub, lock};
use crate::bus::{message, partition};
use crate::presence::SliceMessage;
use protocol::ephemeral::{Ephemeral, TypingPlace};
use protocol::{ConversationId, Timestamp, Topic, UserId, limits};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use store::{Caller, LogEvent};
use tokio::time::{Instant, MissedTickBehavior, interval};

/// How often presence is merged and told.
const PRESENCE_EVERY: Duration = Duration::from_secs(1);
/// Conversations asked about in one question.
const SEEN_AT_ONCE_MAX: usize = 500;

/// People who have read on in conversations since that was last told.
pub(crate) type Moved = BTreeMap<ConversationId, BTreeSet<UserId>>;

/// What of `read.moved` is looked at here: in what.
#[derive(Deserialize)]
struct ReadMoved {
    data: MovedIn,
}

/// See [`ReadMoved`].
#[derive(Deserialize)]
struct MovedIn {
    topic: Topic,
}

impl Hub {
    /// Tells each second who came and went.
    pub(super) async fn tell_presence(self) {
        let mut second = interval(PRESENCE_EVERY);
        second.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            second.tick().await;
            let (messages, changed) = {
                let mut presence = lock(&self.0.presence);
                let messages = presence.tick(partition, Instant::now().into_std(), Timestamp::now());
                (messages, presence.take_changed())
            };
            for (_, message) in messages {
                self.tell(message);
            }
            for topic in changed {
                self.announce(topic);
            }
        }
    }

    /// Shows who is in the topic to those who look at it.
    pub(crate) fn announce(&self, topic: Topic) {
        let Some(entry) = self.0.topics.get(topic) else { return };
        if entry.live.lookers() == 0 {
            return;
        }
        let people = lock(&self.0.presence).people(topic);
        if entry.live.ephemerals().announce(topic, people) {
            entry.live.ring_lookers();
        }
    }

    /// Tells the other nodes about presence.
    pub(super) fn tell(&self, slice: SliceMessage) {
        if let Some(line) = &self.0.line {
            line.say(slice.partition, message::presence(self.0.node, slice));
        }
    }

    /// Lets those who look at the topic know, here and on the other nodes, that somebody types.
    pub(crate) async fn type_in(&self, caller: Caller, topic: Topic, place: TypingPlace, on: bool) {
        let found = self.0.store.name_in(&caller, topic).await;
        // Typing is worth nothing later: if the name cannot be had now, nobody hears of it.
        let Ok(name) = found else { return };
        self.say_everywhere(topic, Ephemeral::Typing { user: caller.user, name, place, on });
    }

    /// Lets those who look at a conversation of the person know that how far they have read it is shown no
    /// longer.
    pub(crate) async fn hide_receipts(&self, caller: Caller) {
        // Whoever does not hear of it now learns it when they open the conversation again.
        let Ok(conversations) = self.0.store.with_receipts(&caller).await else { return };
        for id in conversations {
            let hidden = Ephemeral::Seen { user: caller.user, seq: 0 };
            self.say_everywhere(Topic::Conversation(id), hidden);
        }
    }

    /// Shows an ephemeral of this node to those who look, here and on the other nodes.
    fn say_everywhere(&self, topic: Topic, ephemeral: Ephemeral) {
        if let Some(line) = &self.0.line {
            line.say(partition(topic), message::ephemeral(self.0.node, topic, ephemeral.clone()));
        }
        self.say(topic, ephemeral);
    }

    /// Shows an ephemeral to those who look, merged with what else comes in the same moment.
    pub(super) fn say(&self, topic: Topic, ephemeral: Ephemeral) {
        let Some(entry) = self.0.topics.get(topic) else { return };
        if 0 < entry.live.lookers() && entry.live.ephemerals().say(ephemeral) {
            self.spawn(async move {
                tokio::time::sleep(limits::EPHEMERALS_MERGED_FOR).await;
                entry.live.ephemerals().flush(topic);
                entry.live.ring_lookers();
            });
        }
    }

    /// Notes that somebody has read on, if that is what this event says. Where it may be told is asked later.
    pub(super) fn note_read(&self, event: &LogEvent) {
        let Topic::User(user) = event.topic else { return };
        if event.kind != "read.moved" {
            return;
        }
        if let Ok(ReadMoved { data: MovedIn { topic: Topic::Conversation(id) } }) =
            serde_json::from_str(&event.frame)
        {
            lock(&self.0.moved).entry(id).or_default().insert(user);
        }
    }

    /// Tells each second how far people have read, where somebody looks and where they show it. A node tells
    /// what it committed itself, so each move is told once.
    pub(super) async fn tell_seen(self) {
        let mut second = interval(limits::SEEN_TOLD_EVERY);
        second.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            second.tick().await;
            let moved = std::mem::take(&mut *lock(&self.0.moved));
            // On other nodes somebody may look, too.
            let is_looked_at = |id: &ConversationId| {
                let entry = self.0.topics.get(Topic::Conversation(*id));
                self.0.line.is_some() || entry.is_some_and(|entry| 0 < entry.live.lookers())
            };
            let ids: Vec<ConversationId> = moved.keys().copied().filter(is_looked_at).collect();
            for some in ids.chunks(SEEN_AT_ONCE_MAX) {
                // Receipts are worth nothing later: whoever opens the conversation asks anew.
                let Ok(seen) = self.0.store.seen_up_to(some).await else { break };
                for one in seen {
                    if moved.get(&one.conversation).is_some_and(|people| people.contains(&one.user)) {
                        let ephemeral = Ephemeral::Seen { user: one.user, seq: one.seq };
                        self.say_everywhere(Topic::Conversation(one.conversation), ephemeral);
                    }
                }
            }
        }
    }
}
