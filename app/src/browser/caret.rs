//! The caret of a field for several lines: where it is, and what is written at it.

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlTextAreaElement};

/// What decides where the lines of a field break.
const TYPESETTING: [&str; 13] = [
    "font-family",
    "font-size",
    "font-weight",
    "line-height",
    "letter-spacing",
    "tab-size",
    "padding-top",
    "padding-right",
    "padding-bottom",
    "padding-left",
    "border-top-width",
    "border-left-width",
    "text-indent",
];
/// As much room as the list of completions may need, in pixels.
const LIST_PX: f64 = 300.0;

/// A place in a field, in pixels from its own corner.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spot {
    /// From the left.
    pub left: f64,
    /// From the top: the line's end, or its beginning if what stands there goes upwards.
    pub top: f64,
    /// Below there is no room.
    pub upwards: bool,
}

/// Where the caret is, in UTF-16 units; none while something is selected.
#[must_use]
pub fn position(area: &HtmlTextAreaElement) -> Option<u32> {
    let start = area.selection_start().ok().flatten()?;
    let end = area.selection_end().ok().flatten()?;
    (start == end).then_some(start)
}

/// Writes over a part of the text; the caret stands behind it then. Answers with the whole text.
pub fn write(area: &HtmlTextAreaElement, from: u32, to: u32, text: &str) -> String {
    // Fails only for places outside of the text, of which nothing is written then.
    let _ = area.set_range_text_with_start_and_end_and_mode(text, from, to, "end");
    area.value()
}

/// Where a character of the text stands. A copy of the field is typeset out of sight, because a
/// field does not tell.
#[must_use]
pub fn spot(area: &HtmlTextAreaElement, at: u32) -> Option<Spot> {
    let window = web_sys::window()?;
    let document = window.document()?;
    let style = window.get_computed_style(area).ok().flatten()?;
    let copy: HtmlElement = document.create_element("div").ok()?.dyn_into().ok()?;
    for name in TYPESETTING {
        let value = style.get_property_value(name).ok()?;
        copy.style().set_property(name, &value).ok()?;
    }
    let width = format!("{}px", area.client_width());
    for (name, value) in [
        ("position", "absolute"),
        ("visibility", "hidden"),
        ("white-space", "pre-wrap"),
        ("overflow-wrap", "break-word"),
        ("inline-size", width.as_str()),
    ] {
        copy.style().set_property(name, value).ok()?;
    }
    let before: Vec<u16> = area.value().encode_utf16().take(at as usize).collect();
    copy.set_text_content(Some(&String::from_utf16_lossy(&before)));
    let mark: HtmlElement = document.create_element("span").ok()?.dyn_into().ok()?;
    mark.set_text_content(Some("@"));
    copy.append_child(&mark).ok()?;
    area.parent_element()?.append_child(&copy).ok()?;
    let (left, top, line) = (mark.offset_left(), mark.offset_top(), mark.offset_height());
    copy.remove();
    let top = f64::from(top - area.scroll_top());
    let bottom = top + f64::from(line);
    let beneath = view_bottom(area) - area.get_bounding_client_rect().top() - bottom;
    let upwards = beneath < LIST_PX;
    Some(Spot { left: f64::from(left), top: if upwards { top } else { bottom }, upwards })
}

/// Where what scrolls around the field ends on the screen, or the screen itself.
fn view_bottom(area: &Element) -> f64 {
    if let Some(scroller) = area.closest(".scroll").ok().flatten() {
        return scroller.get_bounding_client_rect().bottom();
    }
    let height = web_sys::window().and_then(|window| window.inner_height().ok()?.as_f64());
    height.unwrap_or(f64::MAX)
}
