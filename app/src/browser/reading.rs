//! Scrolling of a message list: it opens where somebody left off, nothing moves under their eyes,
//! and what they have had on screen for half a second counts as read.
//!
//! The list rests on its end by its style (`flex-direction: column-reverse`). While the end is on
//! screen it stays there; elsewhere the topmost row is held in its place whenever the height of the list
//! changes: when rows come below or above it, when they are let go of, when an image arrives late. What
//! moved it is told apart by how far the list was scrolled: that much is the reader's own doing.

use super::page;
use super::scroll::Guard;
use leptos::prelude::set_interval_with_handle;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Element;

/// Within this many pixels of the end, the end is on screen.
const END_PX: f64 = 100.0;
/// More rows are asked for this far before their place comes into view.
const AHEAD_PX: f64 = 1_000.0;
/// What is on screen for this long is read.
const READ_AFTER: Duration = Duration::from_millis(500);

/// Where a list opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// At its end.
    End,
    /// With the line of the first unread message a third from the top.
    Unread,
    /// At the element with this id, which is lit up.
    Element(String),
}

/// What the list is told.
pub struct Told {
    /// More rows above are wanted.
    pub near_top: Box<dyn Fn()>,
    /// More rows below are wanted.
    pub near_end: Box<dyn Fn()>,
    /// Whether the end is on screen, and whether it is more than a screen away.
    pub end: Box<dyn Fn(bool, bool)>,
    /// Everything up to this `order` has been on screen for half a second.
    pub read: Box<dyn Fn(u64)>,
}

/// A list that is being read.
#[derive(Clone)]
pub struct Reading(Rc<Inner>);

struct Inner {
    scroller: Element,
    told: Told,
    /// The row that is held, and where its top stands in the scroller.
    held: RefCell<Option<(Element, f64)>>,
    /// How far the list was scrolled when that was noted.
    scrolled: Cell<f64>,
    at_end: Cell<bool>,
    /// The newest `order` on screen when it was looked at last; 0 when nobody looked.
    seen: Cell<u64>,
}

impl Reading {
    /// Follows a scroller (`.scroll-end`) whose only child is the list.
    #[must_use]
    pub fn follow(scroller: Element, start: &Start, told: Told) -> (Self, Guard) {
        let reading = Self(Rc::new(Inner {
            scroller: scroller.clone(),
            told,
            held: RefCell::new(None),
            scrolled: Cell::new(0.0),
            at_end: Cell::new(true),
            seen: Cell::new(0),
        }));
        reading.start(start);
        let looking = reading.clone();
        let scrolled = Closure::<dyn FnMut()>::new(move || looking.scrolled());
        let _ = scroller.add_event_listener_with_callback("scroll", scrolled.as_ref().unchecked_ref());
        let holding = reading.clone();
        // Called after the layout and before the picture: what it puts right is never seen wrong.
        let resized = Closure::<dyn FnMut()>::new(move || holding.hold());
        let watched = [Some(scroller.clone()), scroller.first_element_child()];
        let observer = observe_sizes(watched.into_iter().flatten(), resized.as_ref());
        let sampling = reading.clone();
        let timer = set_interval_with_handle(move || sampling.sample(), READ_AFTER).ok();
        let guard = Guard::new(move || {
            let _ = scroller.remove_event_listener_with_callback("scroll", scrolled.as_ref().unchecked_ref());
            if let Some(observer) = observer {
                call(&observer, "disconnect", &js_sys::Array::new());
            }
            if let Some(timer) = timer {
                timer.clear();
            }
            drop((scrolled, resized));
        });
        (reading, guard)
    }

    /// To where the list opens.
    pub fn start(&self, start: &Start) {
        let scroller = &self.0.scroller;
        let (element, share) = match start {
            Start::End => (None, 0.0),
            Start::Unread => (scroller.query_selector(".divider-unread").ok().flatten(), 1.0 / 3.0),
            Start::Element(id) => (find(scroller, id), 0.4),
        };
        match element {
            Some(element) => {
                let top = element.get_bounding_client_rect().top() - self.top();
                self.scroll_by(top - share * f64::from(scroller.client_height()));
                if let Start::Element(_) = start {
                    let _ = element.class_list().remove_1("is-target");
                    let _ = element.class_list().add_1("is-target");
                }
            }
            None => self.to_end(),
        }
        self.look();
    }

    /// To the end, and on with it.
    pub fn to_end(&self) {
        self.0.at_end.set(true);
        // Reversed, the end is where nothing is scrolled.
        self.0.scroller.set_scroll_top(0);
    }

    /// Brings a row into view, if it is not.
    pub fn reveal(&self, row: &Element) {
        let (rect, view) = (row.get_bounding_client_rect(), self.0.scroller.get_bounding_client_rect());
        if rect.top() < view.top() {
            self.scroll_by(rect.top() - view.top() - 8.0);
        } else if view.bottom() < rect.bottom() {
            self.scroll_by(rect.bottom() - view.bottom() + 8.0);
        }
    }

    fn top(&self) -> f64 {
        self.0.scroller.get_bounding_client_rect().top()
    }

    fn scroll_by(&self, pixels: f64) {
        // By parts of a pixel too, which many screens show.
        self.0.scroller.scroll_by_with_x_and_y(0.0, pixels);
    }

    /// How far it is scrolled: in parts of a pixel too, which `web-sys` leaves out.
    fn scroll_top(&self) -> f64 {
        let top = js_sys::Reflect::get(&self.0.scroller, &JsValue::from_str("scrollTop")).ok();
        top.and_then(|top| top.as_f64()).unwrap_or_default()
    }

    fn rows(&self) -> Rows {
        Rows(self.0.scroller.query_selector_all("[data-order]").ok())
    }

    /// Takes note of what is on screen, and asks for more where it ends soon.
    fn look(&self) {
        let view = self.0.scroller.get_bounding_client_rect();
        let Some(list) = self.0.scroller.first_element_child() else { return };
        let list = list.get_bounding_client_rect();
        let below = list.bottom() - view.bottom();
        self.0.at_end.set(below <= END_PX);
        (self.0.told.end)(below <= END_PX, view.height() < below);
        // At the end nothing has to be held, and a look at the rows costs with each message that comes.
        if !self.0.at_end.get() {
            self.note(view.top());
        }
        self.0.scrolled.set(self.scroll_top());
        if view.top() - list.top() < AHEAD_PX {
            (self.0.told.near_top)();
        }
        if below < AHEAD_PX {
            (self.0.told.near_end)();
        }
    }

    /// Takes note of the topmost row on screen, and where it stands.
    fn note(&self, top: f64) {
        let rows = self.rows();
        let first = rows.partition_point(|row| row.get_bounding_client_rect().bottom() <= top);
        let now = rows.get(first).map(|row| {
            let stands = row.get_bounding_client_rect().top() - top;
            (row, stands)
        });
        // What the screen could not show of a step is made good with the next one: a hundred of them do not creep.
        let is_same =
            |held: &(Element, f64), now: &(Element, f64)| held.0 == now.0 && (held.1 - now.1).abs() < 1.0;
        let is_kept =
            self.0.held.borrow().as_ref().zip(now.as_ref()).is_some_and(|(held, now)| is_same(held, now));
        if !is_kept {
            *self.0.held.borrow_mut() = now;
        }
    }

    /// Somebody scrolled. Rows may have come at the same time, of which nobody has told yet.
    fn scrolled(&self) {
        if !self.0.at_end.get() {
            self.keep();
        }
        self.look();
    }

    /// The height changed: the end stays the end, and elsewhere the row that is read stays where it is.
    fn hold(&self) {
        if self.0.at_end.get() {
            self.to_end();
        } else {
            self.keep();
        }
        self.look();
    }

    /// Puts the row that is read where it stood, but for how far somebody scrolled since.
    fn keep(&self) {
        let held = self.0.held.borrow().clone();
        let Some((row, top)) = held.filter(|(row, _)| row.is_connected()) else { return };
        let by_hand = self.scroll_top() - self.0.scrolled.get();
        let wanted = top - by_hand;
        let moved = row.get_bounding_client_rect().top() - self.top() - wanted;
        if 0.5 < moved.abs() {
            self.scroll_by(moved);
        }
        *self.0.held.borrow_mut() = Some((row, wanted));
    }

    fn sample(&self) {
        let before = self.0.seen.take();
        if !page::is_read() {
            return;
        }
        let bottom = self.0.scroller.get_bounding_client_rect().bottom() + 4.0;
        let rows = self.rows();
        let shown = rows.partition_point(|row| row.get_bounding_client_rect().bottom() <= bottom);
        // They stand in their order, and those that wait, which have none yet, below.
        let mut orders = (0..shown).rev().filter_map(|index| order_of(&rows.get(index)?));
        let order = orders.find(|order| 0 < *order).unwrap_or(0);
        self.0.seen.set(order);
        let both = before.min(order);
        if 0 < both {
            (self.0.told.read)(both);
        }
    }
}

/// The rows of a list, looked at one by one: there are hundreds, and few of them matter.
struct Rows(Option<web_sys::NodeList>);

impl Rows {
    fn get(&self, index: u32) -> Option<Element> {
        self.0.as_ref()?.get(index)?.dyn_into().ok()
    }

    /// How many of the first ones are before a line; those after it all are not.
    fn partition_point(&self, is_before: impl Fn(&Element) -> bool) -> u32 {
        let (mut low, mut high) = (0, self.0.as_ref().map_or(0, web_sys::NodeList::length));
        while low < high {
            let middle = low.midpoint(high);
            if self.get(middle).is_some_and(|row| is_before(&row)) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }
}

/// Whether a row begins in the lower half of what scrolls around it.
#[must_use]
pub fn is_low(row: &Element) -> bool {
    let scroller = row.closest(".scroll").ok().flatten().map(|scroller| scroller.get_bounding_client_rect());
    scroller.is_some_and(|view| view.top() + view.bottom() < 2.0 * row.get_bounding_client_rect().top())
}

fn order_of(row: &Element) -> Option<u64> {
    row.get_attribute("data-order")?.parse().ok()
}

fn find(scroller: &Element, id: &str) -> Option<Element> {
    scroller.owner_document()?.get_element_by_id(id)
}

/// `new ResizeObserver(…)`, without the part of `web-sys` that would be compiled for it alone.
fn observe_sizes(elements: impl Iterator<Item = Element>, resized: &JsValue) -> Option<JsValue> {
    let window = web_sys::window()?;
    let observer = js_sys::Reflect::get(&window, &JsValue::from_str("ResizeObserver")).ok()?;
    let observer =
        js_sys::Reflect::construct(observer.dyn_ref::<js_sys::Function>()?, &js_sys::Array::of1(resized))
            .ok()?;
    for element in elements {
        call(&observer, "observe", &js_sys::Array::of1(&element));
    }
    Some(observer)
}

fn call(of: &JsValue, name: &str, arguments: &js_sys::Array) {
    let function = js_sys::Reflect::get(of, &JsValue::from_str(name)).ok();
    if let Some(function) = function.and_then(|function| function.dyn_into::<js_sys::Function>().ok()) {
        // An observer takes and lets go of any element.
        let _ = function.apply(of, arguments);
    }
}
