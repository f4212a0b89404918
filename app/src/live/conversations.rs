//! What happens in conversations. No page shows any yet, so nothing of it is kept but positions.

use super::State;
use protocol::{ConversationId, Event, EventKind, Topic};

impl State {
    /// What an event about a conversation or its messages changes.
    pub(super) fn apply_to_conversations(&mut self, event: &Event) {
        if let EventKind::ConversationLeft { id } = &event.kind {
            self.leave_conversation(*id);
        }
    }

    /// Nothing of a conversation stays once the person may no longer read it.
    pub(super) fn leave_conversation(&mut self, id: ConversationId) {
        self.recent.forget(Topic::Conversation(id));
    }
}
