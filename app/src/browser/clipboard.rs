//! The clipboard.

use std::future::Future;
use wasm_bindgen_futures::JsFuture;

/// Copies at once, as browsers allow it only while a key or button is pressed. The answer says
/// whether it worked; on a page without https there is no clipboard.
pub fn copy(text: &str) -> impl Future<Output = bool> + 'static {
    let copying = web_sys::window()
        .filter(|window| window.is_secure_context())
        .map(|window| JsFuture::from(window.navigator().clipboard().write_text(text)));
    async move {
        match copying {
            Some(copying) => copying.await.is_ok(),
            None => false,
        }
    }
}
