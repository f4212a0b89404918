//! What is so only right now: who is here, who types, the connection, the time.

use super::State;
use crate::live::changes::Changes;
use client::Status;
use protocol::ephemeral::{Ephemeral, Presence};
use protocol::{Timestamp, Topic};

impl State {
    /// Who is here.
    pub fn presence(&mut self, topic: Topic, presence: Presence) -> Changes {
        let mut changes = Changes::default();
        match topic {
            Topic::Workspace(workspace) => {
                self.here.presence(workspace, presence);
                changes.presence.insert(workspace);
            }
            Topic::Conversation(conversation) => {
                self.here.presence_in(conversation, presence);
                changes.participants.insert(conversation);
            }
            Topic::User(_) => {}
        }
        changes
    }

    /// Somebody does something right now.
    pub fn ephemeral(&mut self, ephemeral: Ephemeral, now: Timestamp) -> Changes {
        let mut changes = Changes::default();
        match ephemeral {
            Ephemeral::Typing { user, name, place, on } => {
                self.here.typing(place, user, name, on, now);
                changes.typing.insert(place);
            }
        }
        changes
    }

    /// The connection changed.
    pub fn status(&mut self, status: Status) -> Changes {
        let mut changes = Changes { status: true, ..Changes::default() };
        for entry in self.outbox.entries() {
            // "Sending" or "waiting for connection".
            changes.merge(self.touched(&entry.command));
        }
        if status == Status::Live {
            self.outbox.retry_now();
        } else {
            changes.presence.extend(self.here.nobody());
        }
        if status == Status::SignedOut {
            self.signed_out = true;
            changes.signed_out = true;
        }
        self.line.set(status);
        changes
    }

    /// What was missed is here.
    pub fn caught_up(&mut self, news: u64, now: Timestamp) -> Changes {
        self.line.caught_up(news, now);
        Changes { status: true, ..Changes::default() }
    }

    /// Parts of the server do not work, or do again.
    pub fn set_degraded(&mut self, parts: Vec<String>) -> Changes {
        self.degraded = parts;
        Changes { status: true, ..Changes::default() }
    }

    /// Time has passed.
    pub fn tick(&mut self, now: Timestamp) -> Changes {
        let mut changes = Changes { status: true, toasts: true, ..Changes::default() };
        changes.typing.extend(self.here.tick(now));
        self.toasts.tick(now);
        changes
    }
}
