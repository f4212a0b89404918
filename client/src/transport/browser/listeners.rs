//! What the window and the document say: network, visibility, and the back-forward cache.

use crate::{Handle, Input};
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Event, EventTarget, VisibilityState};

/// Listeners that go when this is dropped.
pub(super) struct Listeners(Vec<Listener>);

struct Listener {
    target: EventTarget,
    name: &'static str,
    closure: Closure<dyn FnMut(Event)>,
}

impl Listeners {
    /// Turns what the window says into inputs.
    pub(super) fn attach(handle: &Handle) -> Self {
        let mut listeners = Self(Vec::new());
        let Some(window) = web_sys::window() else { return listeners };
        listeners.say_on(&window, "online", handle, || Some(Input::Online));
        listeners.say_on(&window, "offline", handle, || Some(Input::Offline));
        // A page with an open socket cannot go into the back-forward cache, or comes out of it
        // with a dead one: it leaves without a socket and comes back with a new one.
        listeners.say_on(&window, "pagehide", handle, || Some(Input::Suspended));
        listeners.say_on(&window, "pageshow", handle, || Some(Input::Visible));
        if let Some(document) = window.document() {
            let seen = document.clone();
            listeners.say_on(&document, "visibilitychange", handle, move || {
                (seen.visibility_state() == VisibilityState::Visible).then_some(Input::Visible)
            });
            // Chromium freezes tabs in the background; its timers stand still meanwhile.
            listeners.say_on(&document, "resume", handle, || Some(Input::ClockJumped));
        }
        listeners
    }

    fn say_on(
        &mut self,
        target: &EventTarget,
        name: &'static str,
        handle: &Handle,
        input: impl Fn() -> Option<Input> + 'static,
    ) {
        let handle = handle.clone();
        let closure = Closure::<dyn FnMut(Event)>::new(move |_event| {
            if let Some(input) = input() {
                handle.say(input);
            }
        });
        let listener = Listener { target: target.clone(), name, closure };
        if target.add_event_listener_with_callback(name, listener.closure.as_ref().unchecked_ref()).is_ok() {
            self.0.push(listener);
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let callback = self.closure.as_ref().unchecked_ref();
        let _ = self.target.remove_event_listener_with_callback(self.name, callback);
    }
}
