//! The list of all emoji, fetched once when somebody looks for one; and what this browser remembers of
//! its person's choices.

use crate::emoji::Groups;
use leptos::prelude::{RwSignal, Set, WithUntracked};
use leptos::task::spawn_local;
use protocol::emoji::EmojiGroup;
use serde::{Deserialize, Serialize};
use std::cell::Cell;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

const LIST: &str = "/emoji.json";
const KEPT: &str = "hubbub-emoji";
/// How many are remembered.
const RECENT_MAX: usize = 16;

thread_local! {
    static IS_ASKED: Cell<bool> = const { Cell::new(false) };
}

/// What this browser remembers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Habits {
    /// What was chosen last, the newest first.
    pub recent: Vec<String>,
    /// The tone of skin: 0 is none, 1 to 5 from light to dark.
    pub tone: usize,
}

/// Fetches the list, unless it is here or on its way.
pub(super) fn load(into: RwSignal<Option<Groups>>) {
    if into.with_untracked(Option::is_some) || IS_ASKED.replace(true) {
        return;
    }
    spawn_local(async move {
        match fetched().await {
            // It stays as long as the page.
            Some(groups) => into.set(Some(Vec::leak(groups))),
            // Offline, the usual ones are offered; the next one who looks asks again.
            None => IS_ASKED.set(false),
        }
    });
}

async fn fetched() -> Option<Vec<EmojiGroup>> {
    let window = web_sys::window()?;
    let answer: web_sys::Response =
        JsFuture::from(window.fetch_with_str(LIST)).await.ok()?.dyn_into().ok()?;
    let text: JsValue = JsFuture::from(answer.text().ok()?).await.ok()?;
    serde_json::from_str(&text.as_string()?).ok()
}

/// What is remembered.
#[must_use]
pub fn habits() -> Habits {
    let kept = storage().and_then(|storage| storage.get_item(KEPT).ok().flatten());
    kept.and_then(|kept| serde_json::from_str(&kept).ok()).unwrap_or_default()
}

/// Remembers that an emoji was chosen.
pub fn note_used(emoji: &str) {
    let mut habits = habits();
    habits.recent.retain(|other| other != emoji);
    habits.recent.insert(0, emoji.to_owned());
    habits.recent.truncate(RECENT_MAX);
    keep(&habits);
}

/// Remembers the tone.
pub fn note_tone(tone: usize) {
    keep(&Habits { tone, ..habits() });
}

fn keep(habits: &Habits) {
    let text = serde_json::to_string(habits).expect("habits are plain data");
    if let Some(storage) = storage() {
        // A browser that keeps nothing: the usual ones are offered next time.
        let _ = storage.set_item(KEPT, &text);
    }
}

fn storage() -> Option<web_sys::Storage> {
    web_sys::window()?.local_storage().ok().flatten()
}
