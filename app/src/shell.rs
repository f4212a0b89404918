//! The HTML document around the application.

use crate::app::App;
use leptos::config::LeptosOptions;
use leptos::prelude::*;
use leptos_meta::{HashedStylesheet, MetaTags};

/// The document that the server renders. `theme` is the choice that the browser's cookie carries,
/// so that the first paint already has it; without one the page follows the system.
#[must_use]
pub fn shell(options: LeptosOptions, theme: Option<&'static str>) -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=theme>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover"/>
                <meta name="color-scheme" content="light dark"/>
                <meta name="description" content="A place for a community to talk: posts, comments and what is new, live."/>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                <AutoReload options=options.clone()/>
                <HashedStylesheet options=options.clone() id="style"/>
                <HydrationScripts options=options defer=true/>
                <MetaTags/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}
