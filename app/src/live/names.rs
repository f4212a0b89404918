//! Names of people in conversations. That somebody has another name now is said by the log of the
//! workspace and not by those of its conversations, and logs are not in step. So what the workspace's log
//! said last is kept, and put over whatever else says who somebody is.

use super::changes::Changes;
use super::state::State;
use protocol::message::{Message, MessageKind, SystemLine};
use protocol::{ConversationId, MessageId, Person, UserId, WorkspaceId};
use std::collections::HashMap;
use std::ops::BitOr;

/// Who people are, as the logs of workspaces said it since the page was opened.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names(HashMap<(WorkspaceId, UserId), Person>);

impl Names {
    /// Events of the workspace were missed.
    pub(crate) fn forget(&mut self, workspace: WorkspaceId) {
        self.0.retain(|(of, _), _| *of != workspace);
    }

    /// Corrects a person. True if they were called otherwise.
    fn correct(&self, workspace: WorkspaceId, person: &mut Person) -> bool {
        let known = self.0.get(&(workspace, person.id)).filter(|known| *known != person);
        if let Some(known) = known {
            person.clone_from(known);
        }
        known.is_some()
    }

    /// Corrects everybody whom a message names. True if somebody was called otherwise.
    fn correct_message(&self, workspace: WorkspaceId, message: &mut Message) -> bool {
        let subject = match &mut message.kind {
            MessageKind::System(SystemLine::Added { who } | SystemLine::Removed { who }) => Some(who),
            _ => None,
        };
        let people = std::iter::once(&mut message.author).chain(subject).chain(&mut message.replies.people);
        // All of them, also after the first who is corrected.
        people.map(|person| self.correct(workspace, person)).fold(false, BitOr::bitor)
    }
}

impl State {
    /// The log of a workspace says who somebody is.
    pub(super) fn is_named(&mut self, workspace: WorkspaceId, person: &Person, changes: &mut Changes) {
        self.names.0.insert((workspace, person.id), person.clone());
        let its = self.conversations.all().filter(|state| state.conversation.workspace == workspace);
        let its: Vec<ConversationId> = its.map(|state| state.conversation.id).collect();
        for id in its {
            self.correct_names(id, changes);
        }
    }

    /// Corrects everybody in a conversation: something of it was loaded.
    pub(super) fn correct_names(&mut self, id: ConversationId, changes: &mut Changes) {
        self.correct_people(id, changes);
        let Some(workspace) = self.with_names(id) else { return };
        for (message, held) in &mut self.messages.rows {
            if held.row.conversation == id && self.names.correct_message(workspace, &mut held.row) {
                changes.messages.insert(*message);
            }
        }
    }

    /// Corrects those whom a message names.
    pub(super) fn correct_names_of(&mut self, id: ConversationId, message: MessageId, changes: &mut Changes) {
        let Some(workspace) = self.with_names(id) else { return };
        if let Some(held) = self.messages.rows.get_mut(&message)
            && self.names.correct_message(workspace, &mut held.row)
        {
            changes.messages.insert(message);
        }
    }

    /// Corrects the members of a conversation, and those after whom it is called.
    pub(super) fn correct_people(&mut self, id: ConversationId, changes: &mut Changes) {
        let Some(workspace) = self.with_names(id) else { return };
        let names = &self.names;
        self.conversations.for_people(id, |person| names.correct(workspace, person), changes);
    }

    /// The workspace of a conversation, if its log said who somebody is.
    fn with_names(&self, id: ConversationId) -> Option<WorkspaceId> {
        let workspace = self.conversations.get(id)?.conversation.workspace;
        self.names.0.keys().any(|(of, _)| *of == workspace).then_some(workspace)
    }
}
