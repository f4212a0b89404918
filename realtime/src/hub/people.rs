//! Who is here and who types: taken from the sockets, shown to those who look, told to other nodes.

use super::{Hub, lock};
use crate::bus::{message, partition};
use crate::presence::SliceMessage;
use protocol::ephemeral::{Ephemeral, TypingPlace};
use protocol::{Topic, limits};
use std::time::Duration;
use store::Caller;
use tokio::time::{Instant, MissedTickBehavior, interval};

/// How often presence is merged and told.
const PRESENCE_EVERY: Duration = Duration::from_secs(1);

impl Hub {
    /// Tells each second who came and went.
    pub(super) async fn tell_presence(self) {
        let mut second = interval(PRESENCE_EVERY);
        second.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            second.tick().await;
            let (messages, changed) = {
                let mut presence = lock(&self.0.presence);
                (presence.tick(partition, Instant::now().into_std()), presence.take_changed())
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
        let ephemeral = Ephemeral::Typing { user: caller.user, name, place, on };
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
}
