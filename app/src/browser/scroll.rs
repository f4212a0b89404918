//! Scrolling: what somebody reads never moves under their eyes.

use leptos::prelude::request_animation_frame;
use send_wrapper::SendWrapper;
use std::rc::Rc;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Document, Element, EventTarget, HtmlElement, IntersectionObserver, IntersectionObserverInit};

/// Within this many pixels of the top, the top is on screen.
const TOP_PX: i32 = 8;
/// The next page is loaded this far before its place comes into view.
const AHEAD: &str = "800px";

fn document() -> Option<Document> {
    web_sys::window()?.document()
}

/// What scrolls: the page's own scroller, or the whole document.
fn scroller() -> Option<Element> {
    let document = document()?;
    document.query_selector("main .scroll").ok().flatten().or_else(|| document.document_element())
}

/// To the very top.
pub fn to_top() {
    if let Some(scroller) = scroller() {
        scroller.set_scroll_top(0);
    }
}

/// To an element that the address names (`#comment-…`): it is lit up and takes the focus. False if it is
/// not on the page.
pub fn to_anchor(id: &str) -> bool {
    let Some(element) = document().and_then(|document| document.get_element_by_id(id)) else { return false };
    let options = web_sys::ScrollIntoViewOptions::new();
    options.set_block(web_sys::ScrollLogicalPosition::Center);
    element.scroll_into_view_with_scroll_into_view_options(&options);
    // Light up again when the same place is visited twice.
    let _ = element.class_list().remove_1("is-target");
    let _ = element.class_list().add_1("is-target");
    if let Some(element) = element.dyn_ref::<HtmlElement>() {
        if element.tab_index() < 0 {
            element.set_tab_index(-1);
        }
        super::focus::without_scrolling(element);
    }
    true
}

/// Keeps the row that is being read where it is while rows above it come and go. Call it before
/// the page is rendered again; at the very top nothing is held.
pub(super) fn hold() {
    let Some(scroller) = scroller().filter(|scroller| TOP_PX < scroller.scroll_top()) else { return };
    if let Some(scroller) = scroller.dyn_ref::<HtmlElement>() {
        // Browsers that do this themselves would do it twice.
        let _ = scroller.style().set_property("overflow-anchor", "none");
    }
    let top = scroller.get_bounding_client_rect().top();
    let Ok(rows) = scroller.query_selector_all("article") else { return };
    let rows = (0..rows.length()).filter_map(|index| rows.get(index)?.dyn_into::<Element>().ok());
    let read = rows.map(|row| (row.get_bounding_client_rect(), row)).find(|(rect, _)| top < rect.bottom());
    let Some((before, row)) = read else { return };
    request_animation_frame(move || {
        if row.is_connected() {
            let moved = row.get_bounding_client_rect().top() - before.top();
            #[expect(clippy::cast_possible_truncation, reason = "pixels on a screen")]
            scroller.set_scroll_top(scroller.scroll_top() + moved.round() as i32);
        }
    });
}

/// Ends what it stands for when it is dropped.
pub struct Guard(SendWrapper<Option<Box<dyn FnOnce()>>>);

impl Guard {
    pub(super) fn new(end: impl FnOnce() + 'static) -> Self {
        Self(SendWrapper::new(Some(Box::new(end))))
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(end) = Option::take(&mut *self.0) {
            end();
        }
    }
}

/// Calls when this element comes near the end of what is on screen: for the next page.
pub fn on_near_end(element: Element, near: impl Fn() + 'static) -> Guard {
    let seen = Closure::<dyn FnMut(js_sys::Array)>::new(move |entries: js_sys::Array| {
        let newest = entries.pop().dyn_into::<web_sys::IntersectionObserverEntry>().ok();
        if newest.is_some_and(|entry| entry.is_intersecting()) {
            near();
        }
    });
    let options = IntersectionObserverInit::new();
    options.set_root_margin(AHEAD);
    // The margin counts from the edge of what scrolls, if that is not the window.
    options.set_root(element.closest(".scroll").ok().flatten().as_ref());
    let observer = IntersectionObserver::new_with_options(seen.as_ref().unchecked_ref(), &options).ok();
    if let Some(observer) = &observer {
        observer.observe(&element);
    }
    Guard::new(move || {
        if let Some(observer) = observer {
            observer.disconnect();
        }
        drop(seen);
    })
}

/// Calls now and at each scroll with whether the top is on screen.
pub fn watch_top(told: impl Fn(bool) + 'static) -> Guard {
    let Some(scroller) = scroller() else { return Guard::new(|| ()) };
    let told = Rc::new(told);
    let look = {
        let scroller = scroller.clone();
        move || told(scroller.scroll_top() <= TOP_PX)
    };
    look();
    // Capturing on the document hears whatever scrolls.
    let heard = Closure::<dyn FnMut(JsValue)>::new(move |_| look());
    let target: EventTarget = scroller.into();
    let _ = target.add_event_listener_with_callback("scroll", heard.as_ref().unchecked_ref());
    Guard::new(move || {
        let _ = target.remove_event_listener_with_callback("scroll", heard.as_ref().unchecked_ref());
        drop(heard);
    })
}
