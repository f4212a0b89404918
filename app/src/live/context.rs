//! [`Live`]: the state with its signals, as a context for components. How it changes stands here; what
//! is brought to it, read from it and done with it in `context/`.

mod act;
mod load;
mod read;
mod talk;

use super::changes::Changes;
use super::signals::Signals;
use super::state::State;
use crate::browser::{clock, page};
use leptos::prelude::{
    ReadValue, StoredValue, UpdateValue, WriteValue, expect_context, on_cleanup, provide_context,
};
use protocol::Timestamp;
use std::sync::Arc;

/// Gets every change after the signals have moved: the browser stores, sends and loads.
type Hook = Arc<dyn Fn(Changes) + Send + Sync>;

/// The live state of the page.
#[derive(Clone, Copy)]
pub struct Live(StoredValue<Inner>);

#[derive(Default)]
struct Inner {
    state: State,
    signals: Signals,
    hook: Option<Hook>,
    end: Option<Box<dyn FnOnce() + Send + Sync>>,
    /// What events touched that is not shown yet.
    soon: Option<Changes>,
    /// The last time that anybody told. The server renders at 0, as the browser does first.
    now: Timestamp,
}

impl Live {
    /// Makes the context. Once, in the application's root.
    #[must_use]
    pub fn provide() -> Self {
        let live = Self(StoredValue::new(Inner::default()));
        provide_context(live);
        on_cleanup(move || {
            if let Some(end) = live.0.try_update_value(|inner| inner.end.take()).flatten() {
                end();
            }
        });
        live
    }

    /// The context.
    #[must_use]
    pub fn expect() -> Self {
        expect_context()
    }

    /// Changes the state, then the signals that it touched, then whatever listens.
    pub fn change(self, change: impl FnOnce(&mut State) -> Changes) {
        self.change_with(|state| (change(state), ()));
    }

    fn change_with<T>(self, change: impl FnOnce(&mut State) -> (Changes, T)) -> Option<T> {
        let (mut change, mut value) = (Some(change), None);
        self.make(&mut |state| {
            let (changes, made) = change.take().map(|change| change(state))?;
            value = Some(made);
            Some(changes)
        });
        value
    }

    /// Does so. Takes no type of its own, so that it is compiled once.
    fn make(self, change: &mut dyn FnMut(&mut State) -> Option<Changes>) {
        let changed = self.0.try_update_value(|inner| {
            let mut changes = change(&mut inner.state)?;
            if let Some(mut before) = inner.soon.take() {
                before.merge(changes);
                changes = before;
            }
            inner.signals.publish(&inner.state, &changes, inner.now);
            Some((changes, inner.hook.clone()))
        });
        // The page may be gone while something of it was under way.
        if let Some((changes, Some(hook))) = changed.flatten() {
            hook(changes);
        }
    }

    /// Changes the state now, and the signals with the next picture, together with whatever else comes until
    /// then: when much comes, the page has time for who writes in it. Any other change shows it at once.
    fn change_soon(self, change: impl FnOnce(&mut State) -> Changes) {
        let is_first = self.0.try_update_value(|inner| {
            let changes = change(&mut inner.state);
            let is_first = inner.soon.is_none();
            inner.soon.get_or_insert_default().merge(changes);
            is_first
        });
        if is_first == Some(true) {
            page::before_next_picture(move || {
                self.make(&mut |_| Some(Changes::default()));
            });
        }
    }

    /// Reads the state. Not tracked: for handlers.
    pub fn read<T>(self, read: impl FnOnce(&State) -> T) -> T {
        read(&self.0.read_value().state)
    }

    fn with<T>(self, with: impl FnOnce(&mut Signals, &State) -> T) -> T {
        let inner = &mut *self.0.write_value();
        with(&mut inner.signals, &inner.state)
    }

    /// Calls when the component that made this ends.
    pub(crate) fn on_end(self, end: impl FnOnce() + Send + Sync + 'static) {
        self.0.update_value(|inner| inner.end = Some(Box::new(end)));
    }

    /// Listens to every change from now on.
    pub fn listen(self, hook: impl Fn(Changes) + Send + Sync + 'static) {
        self.0.update_value(|inner| inner.hook = Some(Arc::new(hook)));
    }

    /// Time has passed.
    pub fn tick(self, now: Timestamp) {
        self.0.update_value(|inner| inner.now = now);
        self.change(|state| state.tick(now));
    }

    /// Something that the person does, at this moment.
    fn act<T>(self, act: impl FnOnce(&mut State, Timestamp) -> (Changes, T)) -> Option<T> {
        let now = clock::now();
        self.0.update_value(|inner| inner.now = now);
        self.change_with(|state| act(state, now))
    }
}
