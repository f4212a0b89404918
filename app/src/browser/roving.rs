//! One stop for the Tab key in a long list: the row that had the focus last, or the newest one.
//! Arrow keys go from row to row.

use super::focus;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, NodeList};

const ROWS: &str = "article[data-message]";
/// The one that Tab reaches.
const STOP: &str = "article[data-message][tabindex='0']";

/// Which way a key goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// To the row above.
    Up,
    /// To the row below.
    Down,
    /// To the first one.
    First,
    /// To the last one.
    Last,
}

impl Way {
    /// The way of a key, if it has one.
    #[must_use]
    pub fn of_key(key: &str) -> Option<Self> {
        match key {
            "ArrowUp" | "k" => Some(Self::Up),
            "ArrowDown" | "j" => Some(Self::Down),
            "Home" => Some(Self::First),
            "End" => Some(Self::Last),
            _ => None,
        }
    }
}

fn all(list: &Element, selector: &str) -> impl DoubleEndedIterator<Item = HtmlElement> + use<> {
    let found = list.query_selector_all(selector).ok();
    let count = found.as_ref().map_or(0, NodeList::length);
    (0..count).filter_map(move |index| found.as_ref()?.get(index)?.dyn_into().ok())
}

fn rows(list: &Element) -> Vec<HtmlElement> {
    all(list, ROWS).collect()
}

/// The row in which something happens.
#[must_use]
pub fn row_of(target: &Element) -> Option<HtmlElement> {
    target.closest(ROWS).ok().flatten()?.dyn_into().ok()
}

/// Makes this row the one that Tab reaches.
pub fn stop_at(list: &Element, row: &HtmlElement) {
    for other in all(list, STOP).filter(|other| other != row) {
        other.set_tab_index(-1);
    }
    if row.tab_index() != 0 {
        row.set_tab_index(0);
    }
}

/// Sees to it that there is one: the newest, if the one before is gone.
pub fn ensure(list: &Element) {
    // Asked with every message that comes: hundreds of rows are not looked at one by one.
    if all(list, STOP).next().is_none()
        && let Some(last) = last(list)
    {
        last.set_tab_index(0);
    }
}

/// Moves the focus from a row; gives back where it went.
pub fn go(list: &Element, from: &HtmlElement, way: Way) -> Option<HtmlElement> {
    let rows = rows(list);
    let index = rows.iter().position(|row| row == from)?;
    let to = match way {
        Way::Up => rows.get(index.checked_sub(1)?)?,
        Way::Down => rows.get(index + 1)?,
        Way::First => rows.first()?,
        Way::Last => rows.last()?,
    };
    stop_at(list, to);
    focus::without_scrolling(to);
    Some(to.clone())
}

/// The newest row.
#[must_use]
pub fn last(list: &Element) -> Option<HtmlElement> {
    all(list, ROWS).next_back()
}
