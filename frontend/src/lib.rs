//! The WASM entry point: takes over the page that the server rendered.

use wasm_bindgen::prelude::wasm_bindgen;

/// Called by the loader once the module is there. The code of the page in question may still have
/// to be fetched, so this waits, and says afterwards that the page has been taken over.
#[wasm_bindgen]
pub async fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_from_async(leptos::tachys::dom::body(), app::App).await.forget();
    leptos::task::tick().await;
    app::browser::page::mark_awake();
}
