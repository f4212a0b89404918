//! The page as a whole: its address, its title, whether anybody looks at it.

use leptos::prelude::{on_cleanup, request_animation_frame, set_interval_with_handle};
use std::time::Duration;
use wasm_bindgen::JsCast;

/// Scheme and host: what a link to copy begins with. Empty where there is no browser.
#[must_use]
pub fn origin() -> String {
    web_sys::window().and_then(|window| window.location().origin().ok()).unwrap_or_default()
}

/// Loads another page from the server, with nothing of this one.
pub fn go(path: &str) {
    if let Some(window) = web_sys::window() {
        // Our own paths are always addresses.
        let _ = window.location().set_href(path);
    }
}

/// Opens a page of ours in another tab.
pub fn open_beside(path: &str) {
    if let Some(window) = web_sys::window() {
        // A browser that forbids it says so itself.
        let _ = window.open_with_url_and_target(path, "_blank");
    }
}

/// Whether somebody may look at the page.
#[must_use]
pub fn is_visible() -> bool {
    let document = web_sys::window().and_then(|window| window.document());
    document.is_none_or(|document| document.visibility_state() != web_sys::VisibilityState::Hidden)
}

/// Calls before the browser draws the page next; at once where it draws nothing.
pub fn before_next_picture(call: impl FnOnce() + 'static) {
    if is_visible() { request_animation_frame(call) } else { call() }
}

/// Whether somebody reads the page: it is visible and has the focus.
#[must_use]
pub fn is_read() -> bool {
    let document = web_sys::window().and_then(|window| window.document());
    is_visible() && document.is_some_and(|document| document.has_focus().unwrap_or(false))
}

/// Whether something with this id stands on the page.
#[must_use]
pub fn has_element(id: &str) -> bool {
    let document = web_sys::window().and_then(|window| window.document());
    document.is_some_and(|document| document.get_element_by_id(id).is_some())
}

/// Calls again and again while the page is looked at, until the effect that calls this ends.
pub fn every(interval: Duration, call: impl Fn() + 'static) {
    let timer = set_interval_with_handle(
        move || {
            if is_visible() {
                call();
            }
        },
        interval,
    );
    if let Ok(timer) = timer {
        on_cleanup(move || timer.clear());
    }
}

/// Shows in the title how much is unread: "(3) Feed". Zero takes it away.
pub fn set_badge(unread: u32) {
    let Some(document) = web_sys::window().and_then(|window| window.document()) else { return };
    let title = document.title();
    let new = badged(&title, unread);
    if new != title {
        document.set_title(&new);
    }
}

fn badged(title: &str, unread: u32) -> String {
    let counted = title.strip_prefix('(').and_then(|rest| rest.split_once(") "));
    let plain = match counted {
        Some((count, plain)) if count.chars().all(|c| c.is_ascii_digit()) => plain,
        _ => title,
    };
    if unread == 0 { plain.to_owned() } else { format!("({unread}) {plain}") }
}

/// The fields of the form that is being submitted, encoded as the browser would send them.
#[must_use]
pub fn form_fields(event: &web_sys::SubmitEvent) -> String {
    let form = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlFormElement>().ok());
    form.and_then(|form| web_sys::FormData::new_with_form(&form).ok())
        .and_then(|data| web_sys::UrlSearchParams::new_with_str_sequence_sequence(&data).ok())
        .map(|fields| fields.to_string().into())
        .unwrap_or_default()
}

/// One text of the form that is being submitted.
#[must_use]
pub fn form_field(event: &web_sys::SubmitEvent, name: &str) -> String {
    let form = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlFormElement>().ok());
    form.and_then(|form| web_sys::FormData::new_with_form(&form).ok())
        .and_then(|fields| fields.get(name).as_string())
        .unwrap_or_default()
}

/// Says on `<html data-awake>` that the page has been taken over: tests wait for it, because a
/// click before it is one on a plain link or form.
pub fn mark_awake() {
    let root = web_sys::window()
        .and_then(|window| window.document())
        .and_then(|document| document.document_element());
    if let Some(root) = root {
        // An attribute of our own on our own page cannot be refused.
        let _ = root.set_attribute("data-awake", "true");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_badge_changes_and_goes_away_without_touching_the_title() {
        assert_eq!(badged("Feed", 3), "(3) Feed");
        assert_eq!(badged("(3) Feed", 12), "(12) Feed");
        assert_eq!(badged("(12) Feed", 0), "Feed");
        assert_eq!(badged("(Draft) Feed", 0), "(Draft) Feed");
    }
}
