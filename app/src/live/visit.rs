//! The person's way through a conversation: where it opens, what is loaded around them, and how far
//! they have read.

use super::changes::{Changes, Wanted};
use super::messages::TimelineId;
use super::state::State;
use super::timeline::Step;
use protocol::message::Window;
use protocol::{ConversationId, MessageId, Timestamp, Topic};

/// Where a conversation opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// At the first unread message, or at the end.
    Unread,
    /// At this message.
    Message(MessageId),
}

/// The line above the first message that was unread when the person came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnreadLine {
    /// `order` of the message below it.
    pub order: u64,
    /// How many were unread.
    pub count: u32,
    /// When the first of them was written; unknown while it is not loaded.
    pub since: Option<Timestamp>,
}

/// The person looks at a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Visit {
    pub(crate) conversation: ConversationId,
    target: Target,
    /// Stays where it is while they read.
    pub(crate) line: Option<UnreadLine>,
    /// The line is decided.
    fixed: bool,
    /// How many were unread when they came.
    unread: u32,
    /// Messages of others that came while they read further up.
    pub(crate) fresh: u32,
    /// The end of the conversation is on screen.
    pub(crate) at_bottom: bool,
    /// They marked something unread: until they come again nothing is read by looking at it.
    reads: bool,
}

/// The person's way through a conversation.
impl State {
    /// The person opens a conversation. What has to be loaded first, if anything, comes back.
    pub fn visit(&mut self, id: ConversationId, target: Target) -> (Changes, Option<Window>) {
        let mut changes = Changes::default();
        let place = TimelineId::Conversation(id);
        if let Some(before) = self.visit.filter(|before| before.conversation != id) {
            self.end_visit(before, &mut changes);
        }
        let state = self.conversations.get(id);
        let (read, unread) = state.map_or((0, 0), |state| (state.read, state.unread));
        let is_known = state.is_some();
        self.visit = Some(Visit {
            conversation: id,
            target,
            line: None,
            fixed: false,
            unread,
            fresh: 0,
            at_bottom: false,
            reads: true,
        });
        self.messages.open(place, id, &mut changes);
        changes.timelines.insert(place);
        let Some(timeline) = self.messages.timeline_mut(place) else { return (changes, None) };
        let step = match target {
            Target::Message(message) => timeline.go_to_message(message),
            Target::Unread if is_known && unread == 0 && timeline.is_loaded() => timeline.go_to_latest(),
            Target::Unread if is_known && timeline.is_loaded() => timeline.go_to_unread(read),
            Target::Unread => timeline.go_to_start(),
        };
        match step {
            Step::Load(window) => (changes, Some(window)),
            Step::Nothing => (changes, Some(Window::Unread)),
            Step::Moved => {
                self.fix_line(id, None);
                (changes, None)
            }
        }
    }

    /// The person looks at something else.
    pub fn leave_visit(&mut self, id: ConversationId) -> Changes {
        let mut changes = Changes::default();
        if let Some(visit) = self.visit.take_if(|visit| visit.conversation == id) {
            self.end_visit(visit, &mut changes);
        }
        changes
    }

    fn end_visit(&mut self, visit: Visit, changes: &mut Changes) {
        let id = visit.conversation;
        self.messages.rest(TimelineId::Conversation(id), changes);
        changes.rested.insert(id);
        // A room that is only looked at is followed no longer.
        if self.conversations.get(id).is_none_or(|state| state.role.is_none()) {
            self.conversations.forget(id, changes);
            self.messages.leave(id, changes);
            self.recent.forget(Topic::Conversation(id));
            changes.closes.push(Topic::Conversation(id));
        }
    }

    /// Decides where the line of the first unread message stands. `first` is what the server says.
    pub(super) fn fix_line(&mut self, id: ConversationId, first: Option<Option<u64>>) {
        let Some(me) = self.my_id() else { return };
        let Some(visit) = self.visit.filter(|visit| visit.conversation == id && !visit.fixed) else { return };
        let Some(state) = self.conversations.get(id) else { return };
        let Some(timeline) = self.messages.timeline(TimelineId::Conversation(id)) else { return };
        let message = |id: MessageId| self.messages.rows.get(&id).map(|held| &held.row);
        let loaded = || {
            let mut rows = timeline.shown().iter().filter_map(|row| message(row.id));
            rows.find(|row| state.read < row.order && row.counts_for(me)).map(|row| row.order)
        };
        let order = match first {
            Some(order) => order,
            None => loaded().filter(|_| 0 < visit.unread),
        };
        let since = order.and_then(|order| {
            let row = timeline.all().find(|row| row.order == order)?;
            message(row.id).map(|message| message.at)
        });
        // A server that has not been asked what is unread still says where it begins.
        let count = if visit.unread == 0 { state.unread } else { visit.unread };
        let line = order.filter(|_| 0 < count && state.role.is_some());
        let line = line.map(|order| UnreadLine { order, count, since });
        self.visit = Some(Visit { line, fixed: true, unread: count, ..visit });
    }

    /// Where the conversation on screen opened.
    #[must_use]
    pub fn target(&self) -> Option<Target> {
        self.visit.map(|visit| visit.target)
    }

    /// A message came: below what is on screen it counts on the pill.
    pub(super) fn came(&mut self, id: ConversationId, counts: bool, changes: &mut Changes) {
        let Some(visit) = self.visit.as_mut().filter(|visit| visit.conversation == id) else { return };
        let place = TimelineId::Conversation(id);
        visit.fresh += u32::from(counts && !visit.at_bottom);
        changes.timelines.insert(place);
        let at_bottom = visit.at_bottom;
        if let Some(timeline) = self.messages.timeline_mut(place) {
            timeline.bound(at_bottom);
        }
    }

    /// Whether the end of the conversation is on screen.
    pub fn at_bottom(&mut self, id: ConversationId, at_bottom: bool) -> Changes {
        let mut changes = Changes::default();
        let place = TimelineId::Conversation(id);
        let follows = self.messages.timeline(place).is_some_and(|timeline| timeline.follows());
        let Some(visit) = self.visit.as_mut().filter(|visit| visit.conversation == id) else {
            return changes;
        };
        let at_bottom = at_bottom && follows;
        if visit.at_bottom != at_bottom {
            visit.at_bottom = at_bottom;
            changes.timelines.insert(place);
        }
        if at_bottom && 0 < visit.fresh {
            visit.fresh = 0;
            changes.timelines.insert(place);
        }
        changes
    }

    fn step(&mut self, id: TimelineId, step: impl FnOnce(&mut super::timeline::Timeline) -> Step) -> Changes {
        let mut changes = Changes::default();
        let Some(timeline) = self.messages.timeline_mut(id) else { return changes };
        match step(timeline) {
            Step::Nothing => {}
            Step::Moved => {
                changes.timelines.insert(id);
            }
            Step::Load(window) => changes.want(Wanted::Timeline(id, window)),
        }
        changes
    }

    /// The reader comes near the top.
    pub fn older(&mut self, id: TimelineId) -> Changes {
        self.step(id, super::timeline::Timeline::older)
    }

    /// The reader comes near the bottom.
    pub fn newer(&mut self, id: TimelineId) -> Changes {
        self.step(id, super::timeline::Timeline::newer)
    }

    /// To the newest messages.
    pub fn to_latest(&mut self, id: TimelineId) -> Changes {
        let follows = self.messages.timeline(id).is_some_and(|timeline| timeline.follows());
        // What is on the page already only has to be scrolled to.
        if follows { Changes::default() } else { self.step(id, super::timeline::Timeline::go_to_latest) }
    }

    /// To one message.
    pub fn to_message(&mut self, id: TimelineId, message: MessageId) -> Changes {
        self.step(id, |timeline| timeline.go_to_message(message))
    }

    /// The person has seen everything up to this message.
    pub fn read_up_to(&mut self, id: ConversationId, order: u64) -> Changes {
        let mut changes = Changes::default();
        let reads = self.visit.is_some_and(|visit| visit.conversation == id && visit.reads);
        let Some(me) = self.my_id().filter(|_| reads) else { return changes };
        let timeline = self.messages.timeline(TimelineId::Conversation(id));
        let rows = timeline.filter(|timeline| timeline.covers_from(order)).map(|timeline| {
            let later = timeline.newest_rows().iter().filter(|row| order < row.order);
            later.filter_map(|row| self.messages.rows.get(&row.id).map(|held| &held.row)).collect::<Vec<_>>()
        });
        // At the end of the conversation the answers in threads, which stand elsewhere, are read too.
        let is_end = rows.as_ref().is_some_and(Vec::is_empty);
        let seq = if is_end { order.max(self.recent.applied(Topic::Conversation(id))) } else { order };
        if self.conversations.read(id, seq, rows.as_deref(), me, &mut changes) {
            changes.reads.push((Topic::Conversation(id), seq));
        }
        changes
    }

    /// Everything in a conversation counts as read, without a look at it.
    pub fn read_whole(&mut self, id: ConversationId) -> Changes {
        let mut changes = Changes::default();
        let (Some(me), Some(state)) = (self.my_id(), self.conversations.get(id)) else { return changes };
        let seq = state.position.seq.max(self.recent.applied(Topic::Conversation(id)));
        if self.conversations.read(id, seq, Some(&[]), me, &mut changes) {
            changes.reads.push((Topic::Conversation(id), seq));
        }
        changes
    }

    /// The person marks a conversation unread: nothing is read by looking at it until they come again.
    pub fn stop_reading(&mut self, id: ConversationId) -> Changes {
        if let Some(visit) = self.visit.as_mut().filter(|visit| visit.conversation == id) {
            visit.reads = false;
        }
        self.conversations.unread_from(id);
        Changes::default()
    }
}
