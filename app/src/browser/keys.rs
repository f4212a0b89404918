//! Keys as they are pressed, for the list of shortcuts.

use super::{clock, rows};
use crate::shortcuts::{Act, Key, Keyboard};
use leptos::prelude::{on_cleanup, window_event_listener_untyped};
use send_wrapper::SendWrapper;
use std::cell::RefCell;
use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent};

/// Calls for each action that is asked for by keys, until the effect that calls this ends. The answer
/// says whether there was something to do; if so, the browser does nothing of its own.
pub fn listen(act: impl Fn(Act) -> bool + 'static) {
    let keyboard = RefCell::new(Keyboard::default());
    let listener = window_event_listener_untyped("keydown", move |event| {
        let Some(event) = event.dyn_ref::<KeyboardEvent>() else { return };
        let Some(key) = key_of(event) else { return };
        let Some(asked) = keyboard.borrow_mut().press(&key, clock::now()) else { return };
        // The palette's key closes it, too. Enter opens a row, but presses a button.
        let is_free = !is_under_dialog() || asked == Act::Search;
        let is_meant = key.name != "Enter" || rows::has_focus();
        if is_free && is_meant && act(asked) {
            event.prevent_default();
        }
    });
    let listener = SendWrapper::new(listener);
    on_cleanup(move || listener.take().remove());
}

/// What was pressed; none for what is no press of a key of its own.
fn key_of(event: &KeyboardEvent) -> Option<Key> {
    // Only moving on goes on while a key is held.
    let is_held = event.repeat() && !matches!(event.key().as_str(), "j" | "k");
    if event.default_prevented() || event.is_composing() || is_held {
        return None;
    }
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let (ctrl, meta, alt) = (event.ctrl_key(), event.meta_key(), event.alt_key());
    Some(Key {
        name: event.key(),
        command: (ctrl != meta) && !alt,
        modified: ctrl || meta || alt,
        shift: event.shift_key(),
        typing: target.is_some_and(|target| is_field(&target)),
    })
}

/// Whether keys pressed there are text, or choose among values.
fn is_field(element: &Element) -> bool {
    let field = "input, textarea, select, [contenteditable]:not([contenteditable=false])";
    element.matches(field).unwrap_or(false)
}

/// Whether a dialog stands over the page: nothing beneath it may act.
#[must_use]
pub fn is_under_dialog() -> bool {
    let document = web_sys::window().and_then(|window| window.document());
    document.is_some_and(|document| document.query_selector("dialog[open]").ok().flatten().is_some())
}

/// The name of a key on this keyboard: Macs have symbols.
#[must_use]
pub fn name_here(key: &'static str) -> &'static str {
    let navigator = web_sys::window().map(|window| window.navigator());
    let platform = navigator.and_then(|navigator| navigator.platform().ok()).unwrap_or_default();
    let is_mac = platform.starts_with("Mac") || platform.starts_with("iP");
    match key {
        "Ctrl" if is_mac => "⌘",
        "Shift" => "⇧",
        "Enter" => "↵",
        other => other,
    }
}
