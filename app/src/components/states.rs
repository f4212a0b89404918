//! What a page or list shows when it has nothing to show: loading, empty, refused.

use super::icon::Icon;
use crate::error::ApiError;
use leptos::prelude::*;
use protocol::Code;

/// One sentence and what to do.
#[component]
pub fn Blank(
    /// A symbol.
    icon: &'static str,
    /// What is the case.
    #[prop(into)]
    title: String,
    /// What it means.
    #[prop(into)]
    text: String,
    /// Buttons and links.
    #[prop(optional)]
    children: Option<Children>,
    /// It is the page's main heading.
    #[prop(optional)]
    is_page: bool,
    /// A small code below.
    #[prop(optional, into)]
    code: Option<String>,
) -> impl IntoView {
    view! {
        <div class="blank">
            <Icon name=icon/>
            {if is_page {
                view! { <h1 class="blank-title">{title}</h1> }.into_any()
            } else {
                view! { <h2 class="blank-title">{title}</h2> }.into_any()
            }}
            <p class="blank-text">{text}</p>
            {children.map(|children| view! { <div class="blank-actions">{children()}</div> })}
            {code.map(|code| view! { <p class="blank-code">{code}</p> })}
        </div>
    }
}

/// A page that cannot be shown, with the right HTTP status: 403 and 404 are designed pages,
/// anything else says what happened and offers to try again.
#[component]
pub fn Refused(
    /// Why.
    error: ApiError,
) -> impl IntoView {
    #[cfg(feature = "ssr")]
    crate::server::set_page_status(error.0.code);
    let code = error.0.status().to_string();
    match error.0.code {
        Code::Forbidden => view! {
            <Blank icon="lock" title="This is not for you to see" text=error.0.message is_page=true code=code>
                <a class="button button-primary" href="/">"Go to the feed"</a>
            </Blank>
        }
        .into_any(),
        Code::NotFound => view! {
            <Blank
                icon="search"
                title="This page is not here"
                text="It was moved or deleted, or the link is incomplete."
                is_page=true
                code=code
            >
                <a class="button button-primary" href="/">"Go to the feed"</a>
            </Blank>
        }
        .into_any(),
        _ => view! {
            <Blank icon="alert" title="This page did not load" text=error.0.message is_page=true code=code>
                // An empty address is this page: a retry that works without WASM too.
                <a class="button" href="" rel="external">"Retry"</a>
            </Blank>
        }
        .into_any(),
    }
}

/// Grey lines where a list is about to stand. The sheet shows them only after 200 ms.
#[component]
pub fn Skeleton(
    /// What is loading, for screen readers.
    label: &'static str,
) -> impl IntoView {
    view! {
        <div class="is-late" role="status" aria-label=label>
            {(0..3)
                .map(|_| {
                    view! {
                        <div class="message">
                            <span class="skeleton skeleton-disc"></span>
                            <div class="skeleton-lines">
                                <span class="skeleton skeleton-30"></span>
                                <span class="skeleton skeleton-95"></span>
                                <span class="skeleton skeleton-60"></span>
                            </div>
                        </div>
                    }
                })
                .collect_view()}
        </div>
    }
}
