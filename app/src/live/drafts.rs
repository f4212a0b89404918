//! What the person has begun to write. The newest by its writer's clock wins; an empty draft is gone.

use super::changes::Changes;
use super::state::State;
use protocol::Timestamp;
use protocol::draft::{Draft, DraftPlace};
use std::collections::HashMap;

/// Drafts by place. Empty ones stay as marks, so that an older one does not come back.
#[derive(Clone, Debug, Default)]
pub struct Drafts(HashMap<DraftPlace, Kept>);

#[derive(Clone, Debug)]
struct Kept {
    draft: Draft,
    /// Typed here and not yet known to be on the server.
    unsaved: bool,
}

impl Drafts {
    /// All drafts that the server has. What was typed here and is not saved yet stays.
    pub fn load(&mut self, drafts: Vec<Draft>) -> Vec<DraftPlace> {
        let mut changed: Vec<_> = self.0.keys().copied().collect();
        self.0.retain(|_, kept| kept.unsaved);
        for draft in drafts {
            changed.push(draft.place);
            self.arrive(draft);
        }
        changed
    }

    /// One came from another device, or from this browser's own storage.
    pub fn arrive(&mut self, draft: Draft) -> bool {
        if self.0.get(&draft.place).is_some_and(|kept| draft.at <= kept.draft.at) {
            return false;
        }
        self.0.insert(draft.place, Kept { draft, unsaved: false });
        true
    }

    /// The person typed.
    pub fn typed(&mut self, draft: Draft) {
        self.0.insert(draft.place, Kept { draft, unsaved: true });
    }

    /// It was kept in this browser when its tab was closed, and the server may not have it.
    pub fn restore(&mut self, draft: Draft) -> bool {
        let newer = self.arrive(draft.clone());
        if newer && let Some(kept) = self.0.get_mut(&draft.place) {
            kept.unsaved = true;
        }
        newer
    }

    /// The server has the draft of this place as it was at that time.
    pub fn saved(&mut self, place: DraftPlace, at: Timestamp) {
        if let Some(kept) = self.0.get_mut(&place)
            && kept.draft.at <= at
        {
            kept.unsaved = false;
        }
    }

    /// What the server has yet to be told.
    #[must_use]
    pub fn unsaved(&self) -> Vec<Draft> {
        self.0.values().filter(|kept| kept.unsaved).map(|kept| kept.draft.clone()).collect()
    }

    /// The draft of a place.
    #[must_use]
    pub fn get(&self, place: DraftPlace) -> Option<&Draft> {
        self.0.get(&place).map(|kept| &kept.draft).filter(|draft| !draft.is_empty())
    }

    /// All drafts.
    pub fn iter(&self) -> impl Iterator<Item = &Draft> {
        self.0.values().map(|kept| &kept.draft).filter(|draft| !draft.is_empty())
    }
}

impl State {
    /// Drafts that the server has yet to be told.
    #[must_use]
    pub fn unsaved_drafts(&self) -> Vec<Draft> {
        self.drafts.unsaved()
    }

    /// The server has the draft of this place as it was at that time.
    pub fn draft_saved(&mut self, place: DraftPlace, at: Timestamp) -> Changes {
        self.drafts.saved(place, at);
        Changes::default()
    }

    /// The person typed.
    pub fn typed(&mut self, draft: Draft) -> Changes {
        let mut changes = Changes::default();
        changes.drafts.insert(draft.place);
        changes.typed = Some(draft.place);
        self.drafts.typed(draft);
        changes
    }

    /// The person typed in another tab of this browser, which also tells the server.
    pub fn other_draft(&mut self, draft: Draft) -> Changes {
        let mut changes = Changes::default();
        changes.drafts.insert(draft.place);
        self.drafts.arrive(draft);
        changes
    }

    /// A draft was found in this browser's storage.
    pub fn restore_draft(&mut self, draft: Draft) -> Changes {
        let mut changes = Changes::default();
        changes.drafts.insert(draft.place);
        self.drafts.restore(draft);
        changes
    }
}

/// Whether an open composer takes over a draft that came from elsewhere: only when nobody writes in it.
#[must_use]
pub fn adopts(incoming: &Draft, shown_title: &str, shown_body: &str, focused: bool) -> bool {
    let same = incoming.title == shown_title && incoming.body == shown_body;
    !focused && !same
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::PostId;

    fn draft(body: &str, at: i64) -> Draft {
        let place = DraftPlace::Comment(PostId(Default::default()));
        Draft { place, title: String::new(), body: body.to_owned(), at: Timestamp(at) }
    }

    #[test]
    fn an_older_draft_never_replaces_a_newer_one_and_a_sent_one_stays_gone() {
        let mut drafts = Drafts::default();
        assert!(drafts.arrive(draft("new", 20)));
        assert!(!drafts.arrive(draft("old", 10)));
        assert!(drafts.arrive(draft("", 30)));
        assert!(!drafts.arrive(draft("late", 25)));
        assert_eq!(drafts.get(draft("", 0).place), None);
    }

    #[test]
    fn what_is_not_saved_survives_a_reload_of_the_others() {
        let mut drafts = Drafts::default();
        drafts.typed(draft("mine", 20));
        drafts.load(Vec::new());
        assert_eq!(drafts.unsaved(), [draft("mine", 20)]);
        drafts.saved(draft("", 0).place, Timestamp(19));
        assert_eq!(drafts.unsaved().len(), 1, "an older save says nothing about it");
        drafts.saved(draft("", 0).place, Timestamp(20));
        drafts.load(Vec::new());
        assert_eq!(drafts.iter().count(), 0);
    }

    #[test]
    fn an_open_composer_is_not_overwritten() {
        assert!(!adopts(&draft("theirs", 2), "", "mine", true));
        assert!(adopts(&draft("theirs", 2), "", "mine", false));
        assert!(!adopts(&draft("same", 2), "", "same", false));
    }
}
