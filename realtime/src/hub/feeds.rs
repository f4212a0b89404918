//! News: what this node committed, and what others ring.

use super::{Hub, lock};
use crate::bus::{News, message, partition};
use crate::tail::Doorbell;
use std::sync::atomic::Ordering;
use store::Committed;
use tokio::sync::mpsc;
use tokio::time::Instant;

impl Hub {
    /// Lets everybody know what this node commits: those on it first, then the other nodes.
    pub(super) async fn take_committed(self, mut committed: mpsc::Receiver<Committed>) {
        while let Some(Committed { topic, epoch, permission_epoch, events }) = committed.recv().await {
            let Some(last) = events.last() else { continue };
            let doorbell = Doorbell { topic, epoch, head: last.seq, permission_epoch, events };
            self.0.counters.appended.increment(doorbell.events.len() as u64);
            doorbell.events.iter().for_each(|event| self.note_read(event));
            self.ring(&doorbell);
            if let Some(line) = &self.0.line {
                line.ring(partition(topic), message::doorbell(self.0.node, &doorbell));
            }
        }
    }

    pub(super) async fn take_news(self, mut news: mpsc::Receiver<News>) {
        while let Some(news) = news.recv().await {
            match news {
                News::Doorbell(doorbell) => self.ring(&doorbell),
                News::Ephemeral(topic, ephemeral) => self.say(topic, ephemeral),
                News::Presence(slice) => {
                    let now = Instant::now().into_std();
                    let answer = lock(&self.0.presence).hear(slice, now);
                    if let Some(answer) = answer {
                        self.tell(answer);
                    }
                }
                News::Listening(partitions) => self.begin_to_listen(partitions),
            }
        }
    }

    fn ring(&self, doorbell: &Doorbell) {
        self.0.appended.fetch_add(doorbell.events.len() as u64, Ordering::Relaxed);
        if let Some(entry) = self.0.topics.get(doorbell.topic) {
            let rung = entry.live.ring(doorbell, Instant::now().into_std());
            self.follow_up(&entry, rung);
        }
    }

    /// Nothing that was rung before these partitions were subscribed to was heard: look for it.
    fn begin_to_listen(&self, partitions: Vec<u16>) {
        for partition in &partitions {
            let ask = lock(&self.0.presence).ask(*partition);
            self.tell(ask);
        }
        let hub = self.clone();
        self.spawn(async move { hub.sweep(|topic| partitions.contains(&partition(topic))).await });
    }
}
