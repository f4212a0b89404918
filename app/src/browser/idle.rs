//! Whether the person uses this window. The server makes one answer of all their windows.

use leptos::prelude::{WindowListenerHandle, window_event_listener_untyped};
use protocol::{Timestamp, limits};
use std::cell::Cell;
use std::rc::Rc;

/// What counts as using it. A pointer that only rests over it does not: pages that change below it make
/// browsers send movements of their own.
const ACTS: [&str; 5] = ["pointerdown", "keydown", "wheel", "touchmove", "focus"];

/// Watches what is done in the window.
pub(super) struct Idle {
    acted_at: Rc<Cell<Timestamp>>,
    is_idle: Rc<Cell<bool>>,
    listeners: Cell<Vec<WindowListenerHandle>>,
    tell: Rc<dyn Fn(bool)>,
}

impl Idle {
    /// Begins; `tell` hears when the window becomes idle and when it is used again.
    pub(super) fn start(tell: impl Fn(bool) + 'static) -> Self {
        let (acted_at, is_idle) = (Rc::new(Cell::new(super::clock::now())), Rc::new(Cell::new(false)));
        let tell: Rc<dyn Fn(bool)> = Rc::new(tell);
        let listeners = ACTS.map(|name| {
            let (acted_at, is_idle, tell) = (Rc::clone(&acted_at), Rc::clone(&is_idle), Rc::clone(&tell));
            window_event_listener_untyped(name, move |_| {
                acted_at.set(super::clock::now());
                if is_idle.replace(false) {
                    tell(false);
                }
            })
        });
        Self { acted_at, is_idle, listeners: Cell::new(listeners.into()), tell }
    }

    /// Time has passed.
    pub(super) fn tick(&self, now: Timestamp) {
        let is_idle = limits::IDLE_AFTER <= now.since(self.acted_at.get());
        if is_idle && !self.is_idle.replace(true) {
            (self.tell)(true);
        }
    }

    /// Watches no longer.
    pub(super) fn stop(&self) {
        for listener in self.listeners.take() {
            listener.remove();
        }
    }
}
