//! What is so only right now: who is here, who types, who has read, the connection, the time.

use super::State;
use crate::live::changes::{Changes, Wanted};
use client::Status;
use protocol::conversation::Receipt;
use protocol::ephemeral::{Ephemeral, Presence};
use protocol::{ConversationId, Timestamp, Topic};

impl State {
    /// Who is here.
    pub fn presence(&mut self, topic: Topic, presence: Presence) -> Changes {
        let mut changes = Changes::default();
        // Of conversations nobody says who is here: they lie in workspaces.
        if let Topic::Workspace(workspace) = topic {
            self.here.presence(workspace, presence);
            changes.presence.insert(workspace);
        }
        changes
    }

    /// Somebody does something right now.
    pub fn ephemeral(&mut self, topic: Topic, ephemeral: Ephemeral, now: Timestamp) -> Changes {
        let mut changes = Changes::default();
        match ephemeral {
            Ephemeral::Typing { user, name, place, on } => {
                self.here.typing(place, user, name, on, now);
                changes.typing.insert(place);
            }
            Ephemeral::Seen { user, seq } => {
                if let Topic::Conversation(conversation) = topic {
                    if self.here.seen(conversation, user, seq) {
                        changes.receipts.insert(conversation);
                    } else {
                        // They show it since a moment ago, or have just joined.
                        changes.want(Wanted::Receipts(conversation));
                    }
                }
            }
        }
        changes
    }

    /// How far the others have read a conversation.
    pub fn load_receipts(&mut self, conversation: ConversationId, receipts: Vec<Receipt>) -> Changes {
        self.here.load_seen(conversation, receipts);
        let mut changes = Changes::default();
        changes.receipts.insert(conversation);
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
        self.end_statuses(now, &mut changes);
        self.toasts.tick(now);
        changes
    }

    /// Statuses end by themselves, and so does the wish not to be disturbed: nobody says so.
    fn end_statuses(&mut self, now: Timestamp, changes: &mut Changes) {
        for (workspace, members) in &mut self.members {
            for held in members.values_mut() {
                if held.row.status.as_ref().is_some_and(|status| status.has_ended(now)) {
                    held.row.status = None;
                    changes.members.insert(*workspace);
                }
            }
        }
        let Some(me) = self.me.as_mut() else { return };
        if me.status.as_ref().is_some_and(|status| status.has_ended(now)) {
            me.status = None;
            changes.me = true;
        }
        if me.choice.quiet_until.is_some_and(|until| until <= now) {
            me.choice.quiet_until = None;
            changes.me = true;
        }
    }
}
