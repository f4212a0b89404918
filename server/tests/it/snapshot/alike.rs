//! What two pages can agree upon that loaded different parts of the conversations.

use app::live::{TimelineId, VisibleTalk};
use protocol::message::Message;

/// Leaves of both what both can know: the conversations that Ben is in, and of their timelines the rows
/// since the younger of the two beginnings.
pub(super) fn align(shown: &mut VisibleTalk, fresh: &mut VisibleTalk) {
    for talk in [&mut *shown, &mut *fresh] {
        let VisibleTalk { conversations, participants, timelines } = talk;
        participants.retain(|id, _| conversations.contains_key(id));
        timelines.retain(|id, (rows, _)| match id {
            TimelineId::Conversation(id) => conversations.contains_key(id),
            TimelineId::Thread(_) => {
                rows.first().is_some_and(|row| conversations.contains_key(&row.conversation))
            }
        });
    }
    shown.timelines.retain(|id, _| fresh.timelines.contains_key(id));
    fresh.timelines.retain(|id, _| shown.timelines.contains_key(id));
    for ((rows, more), (fresh_rows, fresh_more)) in
        shown.timelines.values_mut().zip(fresh.timelines.values_mut())
    {
        let from = |rows: &[Message], more: bool| {
            if more { rows.first().map_or(u64::MAX, |row| row.order) } else { 0 }
        };
        let from = from(rows, *more).max(from(fresh_rows, *fresh_more));
        rows.retain(|row| from <= row.order);
        fresh_rows.retain(|row| from <= row.order);
        (*more, *fresh_more) = (false, false);
    }
}
