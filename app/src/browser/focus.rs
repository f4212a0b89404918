//! Where the keyboard is.

use leptos::prelude::{on_cleanup, window_event_listener_untyped};
use send_wrapper::SendWrapper;
use wasm_bindgen::JsCast;
use web_sys::{Document, Element, HtmlDialogElement, HtmlElement, HtmlInputElement, KeyboardEvent, Node};

/// The id of the field of the search.
pub const SEARCH_FIELD: &str = "search-field";

fn document() -> Option<Document> {
    web_sys::window()?.document()
}

/// Gives an element the focus.
pub fn focus(element: &HtmlElement) {
    // An element that left the page meanwhile cannot take it, and need not.
    let _ = element.focus();
}

/// Gives an element the focus where it stands.
pub(super) fn without_scrolling(element: &HtmlElement) {
    let options = js_sys::Object::new();
    let _ = js_sys::Reflect::set(&options, &"preventScroll".into(), &true.into());
    let focus = js_sys::Reflect::get(element, &"focus".into()).ok();
    if let Some(focus) = focus.and_then(|focus| focus.dyn_into::<js_sys::Function>().ok()) {
        let _ = focus.call1(element, &options);
    }
}

/// Back to the composer of the conversation, or of the thread beside it.
pub fn to_composer(in_thread: bool) {
    let place = if in_thread { ".panel .composer textarea" } else { ".talk .composer textarea" };
    let area = document().and_then(|document| document.query_selector(place).ok().flatten());
    if let Some(area) = area.and_then(|area| area.dyn_into::<HtmlElement>().ok()) {
        focus(&area);
    }
}

/// Into the field of the search, with what stands in it selected. No where there is none.
pub fn to_search() -> bool {
    let field = document().and_then(|document| document.get_element_by_id(SEARCH_FIELD));
    let Some(field) = field.and_then(|field| field.dyn_into::<HtmlInputElement>().ok()) else { return false };
    focus(&field);
    field.select();
    true
}

/// Whether an element has the focus.
#[must_use]
pub fn has_focus(element: &Element) -> bool {
    document().and_then(|document| document.active_element()).is_some_and(|active| active == *element)
}

/// Opens a dialog over the page; the browser keeps the focus in it.
pub fn open_dialog(dialog: &HtmlDialogElement) {
    if !dialog.open() {
        // Fails only for a dialog that is open or not on the page.
        let _ = dialog.show_modal();
    }
}

/// Opens or closes a dialog, as soon as it is on the page. A field in it gets the focus.
pub fn show_dialog(dialog: Option<HtmlDialogElement>, open: bool) {
    let Some(dialog) = dialog else { return };
    if !open {
        return close_dialog(&dialog);
    }
    open_dialog(&dialog);
    let field = dialog.query_selector("input").ok().flatten();
    if let Some(field) = field.and_then(|field| field.dyn_into::<HtmlElement>().ok()) {
        focus(&field);
    }
}

/// Scrolls what holds an element as little as it needs to be seen.
pub fn bring_into_view(id: &str) {
    if let Some(element) = document().and_then(|document| document.get_element_by_id(id)) {
        let options = web_sys::ScrollIntoViewOptions::new();
        options.set_block(web_sys::ScrollLogicalPosition::Nearest);
        element.scroll_into_view_with_scroll_into_view_options(&options);
    }
}

/// Closes it; the focus goes back to where it came from.
pub fn close_dialog(dialog: &HtmlDialogElement) {
    if dialog.open() {
        dialog.close();
    }
}

/// Closes the menus that are open.
pub fn close_open_details() {
    let Some(open) = document().and_then(|document| document.query_selector_all("details[open]").ok()) else {
        return;
    };
    for index in 0..open.length() {
        if let Some(details) = open.get(index).and_then(|node| node.dyn_into::<Element>().ok()) {
            let _ = details.remove_attribute("open");
        }
    }
}

/// Where a summary has just opened its details, the focus goes to the first thing in them.
pub fn into_open_details(summary: &HtmlElement) {
    let details = summary.parent_element().filter(|parent| parent.has_attribute("open"));
    let first = details.and_then(|details| details.query_selector(".menu a, .menu button").ok().flatten());
    if let Some(first) = first.and_then(|first| first.dyn_into::<HtmlElement>().ok()) {
        focus(&first);
    }
}

/// Closes a menu by a press outside of it and by Escape, until the effect that calls this ends.
pub fn close_details_from_outside(details: &Element) {
    let menu = details.clone();
    let pressed = window_event_listener_untyped("pointerdown", move |event| {
        let target = event.target().and_then(|target| target.dyn_into::<Node>().ok());
        if !menu.contains(target.as_ref()) {
            let _ = menu.remove_attribute("open");
        }
    });
    let menu = details.clone();
    let escaped = window_event_listener_untyped("keydown", move |event| {
        let is_escape = event.dyn_ref::<KeyboardEvent>().is_some_and(|event| event.key() == "Escape");
        if is_escape && menu.has_attribute("open") {
            let _ = menu.remove_attribute("open");
            // The focus was in what is hidden now.
            let summary = menu.query_selector("summary").ok().flatten();
            if let Some(summary) = summary.and_then(|summary| summary.dyn_into::<HtmlElement>().ok()) {
                focus(&summary);
            }
        }
    });
    let listeners = SendWrapper::new((pressed, escaped));
    on_cleanup(move || {
        let (pressed, escaped) = listeners.take();
        pressed.remove();
        escaped.remove();
    });
}
