//! The parts that most pages have: the bar above, and content that is loaded from the server.

use super::icon::Icon;
use super::states::{Refused, Skeleton};
use crate::error::ApiError;
use crate::layout::actions::Actions;
use crate::shortcuts::Act;
use leptos::prelude::*;
use leptos_meta::Title;

/// The bar above a page: the title, a way back on a phone, and what can be done here.
#[component]
pub fn Topbar(
    /// The page's heading and the window's title.
    title: &'static str,
    /// Where "back" leads on a phone; without it the page is one of the places of the bottom bar.
    #[prop(optional, into)]
    back: Option<String>,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    let is_root = back.is_none();
    let actions = Actions::expect();
    view! {
        <Title text=format!("{title} · Hubbub")/>
        <header class="topbar" class:is-root=is_root>
            {back
                .map(|back| {
                    view! {
                        <a class="icon-button only-phone" href=back aria-label="Back">
                            <Icon name="back"/>
                        </a>
                    }
                })}
            <h1 class="topbar-title">
                <span>{title}</span>
            </h1>
            <span class="topbar-spring"></span>
            {children.map(|children| children())}
            <button
                class="icon-button only-phone only-awake"
                type="button"
                aria-label="Search or jump to"
                on:click=move |_| {
                    actions.act(Act::Search);
                }
            >
                <Icon name="search"/>
            </button>
        </header>
    }
}

/// What a resource brought, or its loading and refused states. The old content stays while new
/// content loads.
pub fn loaded<T, V>(
    resource: Resource<Result<T, ApiError>>,
    label: &'static str,
    content: impl Fn(T) -> V + Clone + Send + Sync + 'static,
) -> impl IntoView
where
    T: Clone + Send + Sync + 'static,
    V: IntoView + 'static,
{
    view! {
        <Transition fallback=move || view! { <Skeleton label=label/> }>
            {move || {
                let content = content.clone();
                Suspend::new(async move {
                    match resource.await {
                        Ok(value) => content(value).into_any(),
                        Err(error) => view! { <Refused error=error/> }.into_any(),
                    }
                })
            }}
        </Transition>
    }
}
