//! Messages that go on under the name above them.

use leptos::prelude::*;
use protocol::MessageId;
use std::collections::{HashMap, HashSet};

/// Messages that go on under the name above them. Each row has a signal of its own: a message that comes
/// wakes one of them and not all.
#[derive(Clone, Copy)]
pub struct Continued {
    ids: Memo<HashSet<MessageId>>,
    rows: StoredValue<HashMap<MessageId, ArcRwSignal<bool>>>,
}

impl Continued {
    /// Those among the rows of a list.
    pub fn of(ids: Memo<HashSet<MessageId>>) -> Self {
        let rows = StoredValue::new(HashMap::<MessageId, ArcRwSignal<bool>>::new());
        Effect::new(move |before: Option<HashSet<MessageId>>| {
            let now = ids.get();
            let before = before.unwrap_or_default();
            let changed: Vec<_> = rows.with_value(|rows| {
                let row = |id| Some((now.contains(id), rows.get(id)?.clone()));
                now.symmetric_difference(&before).filter_map(row).collect()
            });
            for (is_continued, row) in changed {
                if row.get_untracked() != is_continued {
                    row.set(is_continued);
                }
            }
            now
        });
        Self { ids, rows }
    }

    /// Whether this message does. Outside of lists none does.
    #[must_use]
    pub fn has(id: MessageId) -> Signal<bool> {
        let Some(Self { ids, rows }) = use_context() else { return Signal::stored(false) };
        let row = ArcRwSignal::new(ids.with_untracked(|ids| ids.contains(&id)));
        rows.update_value(|rows| {
            rows.insert(id, row.clone());
        });
        on_cleanup(move || {
            rows.try_update_value(|rows| rows.remove(&id));
        });
        RwSignal::from(row).into()
    }
}
