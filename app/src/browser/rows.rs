//! Moving the focus over what is read: posts, comments and notifications.

use super::focus;
use wasm_bindgen::JsCast;
use web_sys::{Document, Element, HtmlElement, ScrollIntoViewOptions, ScrollLogicalPosition};

/// What is moved over, in the order of the page.
const ROWS: &str = "#main article:not([hidden]), #main .notice-body";

fn document() -> Option<Document> {
    web_sys::window()?.document()
}

fn rows() -> Vec<HtmlElement> {
    let found = document().and_then(|document| document.query_selector_all(ROWS).ok());
    let Some(found) = found else { return Vec::new() };
    (0..found.length()).filter_map(|index| found.get(index)?.dyn_into().ok()).collect()
}

/// The row that has the focus, or in which something has it.
fn current() -> Option<HtmlElement> {
    let active = document()?.active_element()?;
    active.closest(ROWS).ok().flatten()?.dyn_into().ok()
}

/// Whether a row itself has the focus, so that keys mean the row and not something in it.
#[must_use]
pub fn has_focus() -> bool {
    let active = document().and_then(|document| document.active_element());
    active.is_some_and(|active| active.tag_name() == "ARTICLE")
}

/// To the next row, or to the one before. Without a row, to the first one that is on screen.
pub fn step(forward: bool) {
    let rows = rows();
    let here = current().and_then(|current| rows.iter().position(|row| *row == current));
    let there = match here {
        Some(index) if forward => index + 1,
        Some(index) => index.saturating_sub(1),
        None => rows.iter().position(is_on_screen).unwrap_or(0),
    };
    if let Some(row) = rows.get(there) {
        focus::without_scrolling(row);
        let options = ScrollIntoViewOptions::new();
        // Of what is higher than the screen, the beginning.
        options.set_block(if is_high(row) {
            ScrollLogicalPosition::Start
        } else {
            ScrollLogicalPosition::Nearest
        });
        row.scroll_into_view_with_scroll_into_view_options(&options);
    }
}

fn view(row: &Element) -> Option<(f64, f64)> {
    let scroller = row.closest(".scroll").ok().flatten()?.get_bounding_client_rect();
    Some((scroller.top(), scroller.bottom()))
}

fn is_on_screen(row: &HtmlElement) -> bool {
    let rect = row.get_bounding_client_rect();
    view(row).is_some_and(|(top, bottom)| top <= rect.top() && rect.top() < bottom)
}

fn is_high(row: &HtmlElement) -> bool {
    view(row).is_some_and(|(top, bottom)| bottom - top < row.get_bounding_client_rect().height())
}

/// What a row offers for an action (`data-act`). Without a row it is the post whose page this is.
fn control(act: &str) -> Option<HtmlElement> {
    let page = || document()?.query_selector("#main .post-page").ok().flatten()?.dyn_into().ok();
    let row: HtmlElement = current().or_else(page)?;
    // The buttons of a notification stand beside the link that has the focus.
    let row = row.closest(".notice").ok().flatten().and_then(|row| row.dyn_into().ok()).unwrap_or(row);
    let selector = format!("[data-act={act}]");
    if row.matches(&selector).unwrap_or(false) {
        return Some(row);
    }
    row.query_selector(&selector).ok().flatten()?.dyn_into().ok()
}

/// Presses what the row with the focus offers for an action, if it offers it.
pub fn press(act: &str) -> bool {
    let control = control(act);
    if let Some(control) = &control {
        control.click();
    }
    control.is_some()
}

/// Presses it, with the focus already on the next row: this one may go.
pub fn press_and_go_on(act: &str) -> bool {
    let Some(control) = control(act) else { return false };
    step(true);
    control.click();
    true
}

/// The address that the row with the focus opens.
#[must_use]
pub fn address() -> Option<String> {
    control("open")?.get_attribute("href")
}

/// Gives the focus to the field where the page's comments are written.
pub fn focus_composer() {
    let found =
        document().and_then(|document| document.query_selector("#comments > .composer textarea").ok());
    if let Some(area) = found.flatten().and_then(|area| area.dyn_into::<HtmlElement>().ok()) {
        focus::focus(&area);
    }
}
