//! What Leptos needs to render a page: the services, the policy with this page's nonce, the document.

use crate::middleware::headers::page_policy;
use crate::router::AppState;
use axum::http::{HeaderValue, header};
use leptos::nonce::use_nonce;
use leptos::prelude::{LeptosOptions, provide_context, use_context};
use leptos_axum::ResponseOptions;

/// What every page finds in its context.
pub fn context(state: &AppState) -> impl Fn() + Clone + Send + Sync + 'static + use<> {
    let services = state.services.clone();
    let reload_port = state.reload_port;
    move || {
        provide_context(services.clone());
        let (Some(response), Some(nonce)) = (use_context::<ResponseOptions>(), use_nonce()) else { return };
        if let Ok(policy) = HeaderValue::from_str(&page_policy(&nonce, reload_port)) {
            response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
        }
        // Pages are one person's: no proxy may keep them, and a browser asks again before it shows one.
        response.insert_header(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    }
}

/// The document around the application.
pub fn document(options: LeptosOptions) -> impl leptos::IntoView {
    app::shell(options, None)
}
