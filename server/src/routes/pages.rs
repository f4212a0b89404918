//! What Leptos needs to render a page: the services, the policy with this page's nonce, the document.

use crate::middleware::headers::page_policy;
use crate::router::AppState;
use app::server::Services;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use cookie::Cookie;
use leptos::nonce::use_nonce;
use leptos::prelude::{LeptosOptions, provide_context, use_context};
use leptos_axum::ResponseOptions;
use protocol::limits::FILE_BYTES_MAX;

/// Name of the cookie in which the page keeps light or dark.
const THEME_COOKIE: &str = "theme";

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

/// Loads what the frame of a page shows before the page is rendered: Leptos renders pages that know
/// everything in one go, and those that wait for something perhaps twice.
pub async fn enter(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    app::server::enter(&state.services, request.extensions_mut()).await;
    next.run(request).await
}

/// The document around the application.
pub fn document(options: LeptosOptions) -> impl leptos::IntoView {
    let theme = use_context::<Parts>().and_then(|parts| theme(&parts.headers));
    let file_bytes_max = use_context::<Services>().map_or(FILE_BYTES_MAX, |services| services.file_bytes_max);
    app::shell(options, theme, file_bytes_max)
}

/// The choice that the page keeps in a cookie, so that the first paint has it.
fn theme(headers: &HeaderMap) -> Option<&'static str> {
    let texts = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut cookies = texts.flat_map(Cookie::split_parse).filter_map(Result::ok);
    let chosen = cookies.find(|cookie| cookie.name() == THEME_COOKIE)?;
    ["light", "dark"].into_iter().find(|known| *known == chosen.value())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_theme_that_exists_reaches_the_page() {
        let chosen =
            |cookie| theme(&HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_static(cookie))]));
        assert_eq!(chosen("a=b; theme=dark"), Some("dark"));
        assert_eq!(chosen("theme=\"><script>"), None);
        assert_eq!(chosen("a=b"), None);
    }
}
