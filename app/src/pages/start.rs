//! `/`: the person's first workspace, or what to do without one.

use crate::components::page::Topbar;
use crate::components::states::Blank;
use crate::live::Live;
use leptos::prelude::*;
use leptos_router::components::Redirect;

/// The page.
#[component]
pub fn StartPage() -> impl IntoView {
    let first = Live::expect().workspaces().with_untracked(|workspaces| workspaces.first().cloned());
    match first {
        Some(membership) => {
            view! { <Redirect path=format!("/w/{}/feed", membership.workspace.slug)/> }.into_any()
        }
        None => view! {
            <Topbar title="Welcome"/>
            <div class="scroll">
                <Blank
                    icon="home"
                    title="You are in no workspace yet"
                    text="Open the invitation link that somebody sent you, or ask for one."
                />
            </div>
        }
        .into_any(),
    }
}
