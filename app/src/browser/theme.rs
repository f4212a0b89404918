//! Light, dark, or as the system says: a choice of this browser, in a cookie, so that the server's
//! first page has it already.

use js_sys::Reflect;
use wasm_bindgen::JsValue;
use web_sys::Element;

const YEAR_S: u32 = 365 * 24 * 3600;

/// The choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// As the system says.
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

fn root() -> Option<Element> {
    web_sys::window()?.document()?.document_element()
}

/// What is chosen now.
#[must_use]
pub fn current() -> Theme {
    match root().and_then(|root| root.get_attribute("data-theme")).as_deref() {
        Some("light") => Theme::Light,
        Some("dark") => Theme::Dark,
        _ => Theme::System,
    }
}

/// The other one than what is shown now.
#[must_use]
pub fn opposite() -> Theme {
    match current() {
        Theme::Light => Theme::Dark,
        Theme::Dark => Theme::Light,
        Theme::System if system_is_dark() => Theme::Light,
        Theme::System => Theme::Dark,
    }
}

fn system_is_dark() -> bool {
    let query = web_sys::window().and_then(|window| window.match_media("(prefers-color-scheme: dark)").ok());
    query.flatten().is_some_and(|query| query.matches())
}

/// Chooses, here and for the pages to come.
pub fn set(theme: Theme) {
    let word = match theme {
        Theme::System => None,
        Theme::Light => Some("light"),
        Theme::Dark => Some("dark"),
    };
    let Some(root) = root() else { return };
    let cookie = match word {
        Some(word) => {
            // A name without spaces is always accepted.
            let _ = root.set_attribute("data-theme", word);
            format!("theme={word}; Path=/; Max-Age={YEAR_S}; SameSite=Lax")
        }
        None => {
            let _ = root.remove_attribute("data-theme");
            "theme=; Path=/; Max-Age=0; SameSite=Lax".to_owned()
        }
    };
    let document: JsValue = root.owner_document().into();
    let _ = Reflect::set(&document, &JsValue::from_str("cookie"), &JsValue::from_str(&cookie));
}
