//! What is selected in a text field.

use crate::live::markup::{Mark, Selected};
use web_sys::HtmlTextAreaElement;

/// The text with its selection.
#[must_use]
pub fn selected(area: &HtmlTextAreaElement) -> Selected {
    let place = |at: Option<u32>| at.unwrap_or(0) as usize;
    Selected {
        text: area.value(),
        start: place(area.selection_start().ok().flatten()),
        end: place(area.selection_end().ok().flatten()),
    }
}

/// Sets a mark around the selection, or takes it away; gives back the text.
pub fn mark(area: &HtmlTextAreaElement, mark: Mark) -> String {
    let new = mark.apply(&selected(area));
    area.set_value(&new.text);
    let unit = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    // A field that is on the page takes any selection within its text.
    let _ = area.set_selection_range(unit(new.start), unit(new.end));
    new.text
}

/// Behind the last character.
pub fn caret_to_end(area: &HtmlTextAreaElement) {
    let end = u32::try_from(area.value().encode_utf16().count()).unwrap_or(u32::MAX);
    let _ = area.set_selection_range(end, end);
}

/// Whether this device is worked with a pointer that hovers: with a finger, a field that takes the
/// focus by itself would open the keyboard over the page.
#[must_use]
pub fn has_keyboard() -> bool {
    let window = web_sys::window();
    let query =
        window.and_then(|window| window.match_media("(hover: hover) and (pointer: fine)").ok()).flatten();
    query.is_some_and(|query| query.matches())
}
