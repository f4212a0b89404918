//! What other programs published to a workspace, as far as a list of it was opened: newest first, by one
//! filter at a time.

use super::changes::{Changes, Wanted};
use super::state::State;
use protocol::custom_event::{self, CustomEvent, EventFilter};
use protocol::page::PageKey;
use protocol::{CustomEventId, EventKind, Person, Topic, WorkspaceId};

/// The list of one workspace.
#[derive(Clone, Debug, Default)]
pub(crate) struct Activity {
    filter: EventFilter,
    rows: Vec<CustomEvent>,
    next: Option<PageKey>,
}

impl Activity {
    /// Puts an event into its place, unless it is there, is not shown, or stands on a page that is not here.
    fn put(&mut self, event: &CustomEvent) {
        let is_further_down = self.next.is_some() && self.rows.last().is_some_and(|last| event.at < last.at);
        if !self.filter.shows(event) || is_further_down || self.rows.iter().any(|row| row.id == event.id) {
            return;
        }
        let index = self.rows.partition_point(|row| event.at < row.at);
        self.rows.insert(index, event.clone());
    }

    fn rename(&mut self, person: &Person) {
        for row in self.rows.iter_mut().filter(|row| row.source.id == person.id) {
            row.source.clone_from(person);
        }
    }

    /// The rows, newest first.
    pub(crate) fn rows(&self) -> &[CustomEvent] {
        &self.rows
    }

    /// Where the next page begins.
    pub(crate) fn next(&self) -> Option<&PageKey> {
        self.next.as_ref()
    }
}

impl State {
    /// The first page of a workspace's events.
    pub fn load_activity(
        &mut self,
        workspace: WorkspaceId,
        filter: EventFilter,
        page: custom_event::Activity,
    ) -> Changes {
        // It may arrive after the person left.
        if self.workspaces.iter().all(|held| held.row.workspace.id != workspace) {
            return Changes::default();
        }
        let custom_event::Activity { events, next, as_of } = page;
        self.activity.insert(workspace, Activity { filter, rows: events, next });
        self.more_activity(workspace, as_of)
    }

    /// The next page, if the list still has this filter.
    pub fn load_more_activity(
        &mut self,
        workspace: WorkspaceId,
        filter: &EventFilter,
        page: custom_event::Activity,
    ) -> Changes {
        let custom_event::Activity { events, next, as_of } = page;
        let Some(list) = self.activity.get_mut(&workspace).filter(|list| list.filter == *filter) else {
            return Changes::default();
        };
        list.next = None;
        events.iter().for_each(|event| list.put(event));
        list.next = next;
        self.more_activity(workspace, as_of)
    }

    fn more_activity(
        &mut self,
        workspace: WorkspaceId,
        as_of: [protocol::position::TopicPosition; 2],
    ) -> Changes {
        let mut changes = Changes::default();
        changes.activity.insert(workspace);
        for as_of in as_of {
            self.catch_up(as_of, &mut changes);
        }
        changes
    }

    /// Another program published an event.
    pub(super) fn event_published(&mut self, event: &CustomEvent, changes: &mut Changes) {
        let Some(list) = self.activity.get_mut(&event.workspace) else { return };
        list.put(event);
        // What concerns one person stands in their own log, which is not in step with the workspace's names.
        for known in self.recent.of(Topic::Workspace(event.workspace)) {
            if let EventKind::MemberUpdated(member) | EventKind::MemberLeft(member) = &known.kind {
                list.rename(&member.person);
            }
        }
        changes.activity.insert(event.workspace);
    }

    /// Such an event is gone, and what it said.
    pub(super) fn event_deleted(&mut self, id: CustomEventId, workspace: WorkspaceId, changes: &mut Changes) {
        if let Some(list) = self.activity.get_mut(&workspace) {
            list.rows.retain(|row| row.id != id);
            changes.activity.insert(workspace);
        }
        self.notifications.event_deleted(id);
        changes.notifications = true;
    }

    /// Who published some has another name now.
    pub(super) fn source_changed(&mut self, workspace: WorkspaceId, person: &Person, changes: &mut Changes) {
        if let Some(list) = self.activity.get_mut(&workspace) {
            list.rename(person);
            changes.activity.insert(workspace);
        }
    }

    /// Events were missed: the list has to be loaded again.
    pub(super) fn activity_is_stale(&self, workspace: WorkspaceId, changes: &mut Changes) {
        if self.activity.contains_key(&workspace) {
            changes.want(Wanted::Activity(workspace));
        }
    }

    /// What the list of a workspace shows.
    #[must_use]
    pub fn activity_filter(&self, workspace: WorkspaceId) -> EventFilter {
        self.activity.get(&workspace).map(|list| list.filter.clone()).unwrap_or_default()
    }
}
