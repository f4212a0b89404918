//! The HTML document around the application.

use crate::app::App;
use leptos::config::LeptosOptions;
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_meta::{HashedStylesheet, MetaTags};

/// The name under which the document tells its page how large a file may be.
pub const FILE_BYTES_MAX: &str = "hubbub-file-bytes-max";

/// The colour of the window around the page, `--surface-rail` of `style/tokens.css` as browsers read it
/// here: light, then dark.
const WINDOW_COLOURS: [(&str, &str); 2] = [("light", "#ece9e4"), ("dark", "#0a0d0e")];

/// The document that the server renders. `theme` is the choice that the browser's cookie carries,
/// so that the first paint already has it; without one the page follows the system.
#[must_use]
pub fn shell(options: LeptosOptions, theme: Option<&'static str>, file_bytes_max: u64) -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=theme>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover"/>
                <meta name="color-scheme" content="light dark"/>
                <meta name="description" content="A place for a community to talk: posts, comments and what is new, live."/>
                <meta name=FILE_BYTES_MAX content=file_bytes_max.to_string()/>
                {WINDOW_COLOURS
                    .map(|(scheme, colour)| {
                        let media = match theme {
                            None => format!("(prefers-color-scheme: {scheme})"),
                            Some(chosen) if chosen == scheme => "all".to_owned(),
                            Some(_) => "not all".to_owned(),
                        };
                        leptos::html::meta()
                            .name("theme-color")
                            .content(colour)
                            .attr("media", media)
                            .attr("data-scheme", scheme)
                    })
                    .collect_view()}
                <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                <link rel="apple-touch-icon" href="/icon-180.png"/>
                <link rel="manifest" href="/manifest.webmanifest"/>
                <script src="/device.js" defer nonce=use_nonce()></script>
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
