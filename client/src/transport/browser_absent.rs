//! In place of the browser's transport where there is no browser.
//!
//! Effects of the page do not run on the server, but they are compiled there and name this.

use crate::{Handle, Output, Settings};

/// Does nothing: there is no browser.
pub fn spawn(_settings: Settings, _on_output: impl FnMut(Output) + 'static) -> Handle {
    Handle::new().0
}
