//! Keeps drafts: within half a second in this browser, where other tabs see them at once and a
//! crash does not reach them, and within a few seconds on the server, for the other devices.

use super::{clock, storage};
use crate::api::drafts::save_draft;
use crate::live::Live;
use leptos::prelude::{WindowListenerHandle, set_timeout, window_event_listener_untyped};
use leptos::task::spawn_local;
use protocol::Timestamp;
use protocol::draft::Draft;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;
use wasm_bindgen::JsCast;

/// Text is at most this old in this browser's storage.
const HERE_WITHIN: Duration = Duration::from_millis(400);
/// The server hears of it this often at most.
const THERE_EVERY: Duration = Duration::from_secs(2);
/// … and when it refused, not before this time.
const AGAIN_AFTER: Duration = Duration::from_secs(10);

pub(super) struct DraftKeeper {
    live: Live,
    /// A write into this browser's storage is due.
    here: Cell<bool>,
    saving: Cell<bool>,
    not_before: Cell<Timestamp>,
    storage: RefCell<Option<WindowListenerHandle>>,
}

impl DraftKeeper {
    pub(super) fn start(live: Live) -> Rc<Self> {
        let keeper = Rc::new(Self {
            live,
            here: Cell::new(false),
            saving: Cell::new(false),
            not_before: Cell::new(Timestamp(0)),
            storage: RefCell::new(None),
        });
        if let Some(me) = live.read(|state| state.my_id()) {
            for draft in storage::kept_drafts(me) {
                live.change(|state| state.restore_draft(draft));
            }
        }
        let listener = window_event_listener_untyped("storage", move |event| {
            let me = live.read(|state| state.my_id());
            let event = event.dyn_ref::<web_sys::StorageEvent>();
            if let Some(draft) = me.zip(event).and_then(|(me, event)| storage::draft_of(event, me)) {
                live.change(|state| state.other_draft(draft));
            }
        });
        *keeper.storage.borrow_mut() = Some(listener);
        keeper
    }

    /// The person typed.
    pub(super) fn typed(self: &Rc<Self>) {
        if self.here.replace(true) {
            return;
        }
        let keeper = self.clone();
        set_timeout(move || keeper.keep_here(), HERE_WITHIN);
    }

    /// Writes what is not on the server into this browser's storage. At once, because the page may go.
    pub(super) fn keep_here(&self) {
        if !self.here.replace(false) {
            return;
        }
        let Some(me) = self.live.read(|state| state.my_id()) else { return };
        for draft in self.live.read(|state| state.unsaved_drafts()) {
            storage::keep_draft(me, &draft);
        }
    }

    /// Tells the server what it does not know.
    pub(super) fn tick(self: &Rc<Self>, now: Timestamp) {
        let drafts = self.live.read(|state| state.unsaved_drafts());
        if drafts.is_empty() || now < self.not_before.get() || self.saving.replace(true) {
            return;
        }
        self.not_before.set(now + THERE_EVERY);
        let keeper = self.clone();
        spawn_local(async move {
            for draft in drafts {
                if !keeper.save(draft).await {
                    keeper.not_before.set(clock::now() + AGAIN_AFTER);
                    break;
                }
            }
            keeper.saving.set(false);
        });
    }

    async fn save(&self, draft: Draft) -> bool {
        let answer = save_draft(draft.clone()).await;
        // One that the server does not take, because its place is gone, is not asked about again.
        let settled = match &answer {
            Ok(_) => true,
            Err(error) => !error.0.is_temporary() && error.0.status() != 401,
        };
        if settled {
            self.live.change(|state| state.draft_saved(draft.place, draft.at));
            if let Some(me) = self.live.read(|state| state.my_id()) {
                storage::forget_draft(me, &draft);
            }
        }
        settled
    }

    /// Writes for the last time and listens no longer.
    pub(super) fn stop(&self) {
        self.keep_here();
        if let Some(listener) = self.storage.borrow_mut().take() {
            listener.remove();
        }
    }
}
