//! The frame: rail, sidebar, the page, and what floats above it. It asks who is signed in; nobody
//! else has to.

use super::actions::{Actions, Keyboard};
use super::bottom_bar::BottomBar;
use super::connection_bar::ConnectionBar;
use super::palette::Palette;
use super::places::Places;
use super::rail::Rail;
use super::shortcut_list::ShortcutList;
use super::sidebar::Sidebar;
use super::signed_out::SignedOut;
use super::toasts::Toasts;
use crate::api::account::get_me;
use crate::api::conversations::list_conversations;
use crate::browser::Browser;
use crate::components::states::Refused;
use crate::error::ApiError;
use crate::live::Live;
use crate::pages::doorstep::Doorstep;
use leptos::prelude::*;
use leptos_router::components::{Outlet, Redirect};
use leptos_router::hooks::use_location;
use protocol::account::Me;
use protocol::conversation::ConversationState;
use protocol::{Code, WorkspaceId};

/// What the frame shows: who is signed in, with their conversations in all workspaces.
pub type Entrance = Result<(Me, Vec<(WorkspaceId, Vec<ConversationState>)>), ApiError>;

/// The layout of every page of people who are signed in.
///
/// A page that the server renders finds its [`Entrance`] loaded, and so does the browser that takes it
/// over. Waiting for it here, around the whole page, would let Leptos build the page twice whenever the
/// answer comes early: the second one gives its data other numbers than the browser does.
#[component]
pub fn Frame() -> impl IntoView {
    let live = Live::provide();
    let browser = Browser::provide(live);
    let places = Places::follow();
    // Here and not below: pages find only what stands beside the route that holds them.
    Actions::provide(places);
    let path = use_location().pathname;
    let enter = move |entrance: Entrance| match entrance {
        Ok((me, conversations)) => {
            live.load_me(me);
            for (workspace, conversations) in conversations {
                live.load_conversations(workspace, conversations);
            }
            Effect::new(move |_| browser.start());
            view! { <Framed places=places/> }.into_any()
        }
        Err(error) if error.0.code == Code::Unauthenticated => {
            let path = path.get_untracked();
            let to = if path == "/" { "/sign-in".to_owned() } else { format!("/sign-in?to={path}") };
            view! { <Redirect path=to/> }.into_any()
        }
        Err(error) => view! { <Doorstep><Refused error=error/></Doorstep> }.into_any(),
    };
    if let Some(entrance) = SharedValue::new(loaded_before).into_inner() {
        return enter(entrance).into_any();
    }
    // Somebody came here from a page without a frame, as that of an invitation.
    let entrance = Resource::new(|| (), |()| load());
    view! { <Suspense>{move || Suspend::new(async move { enter(entrance.await) })}</Suspense> }.into_any()
}

/// What the server loaded before it rendered this page.
fn loaded_before() -> Option<Entrance> {
    #[cfg(feature = "ssr")]
    return crate::server::entrance();
    #[cfg(not(feature = "ssr"))]
    None
}

async fn load() -> Entrance {
    let me = get_me().await?;
    let lists = me.workspaces.iter().map(|membership| async move {
        let workspace = membership.workspace.id;
        list_conversations(workspace).await.map(|list| (workspace, list))
    });
    let lists = futures::future::try_join_all(lists).await?;
    Ok((me, lists))
}

#[component]
fn Framed(places: Places) -> impl IntoView {
    // On a phone, pages below a place cover the bottom bar and have a way back.
    let is_detail =
        Memo::new(move |_| places.path.with(|path| path.contains("/posts/") || path.contains("/c/")));
    view! {
        <a class="skip-link" href="#main">"Skip to the page"</a>
        <div class="app" class:is-detail=is_detail>
            <Rail places=places/>
            <Sidebar places=places/>
            <main class="main" id="main" tabindex="-1">
                <ConnectionBar/>
                <Outlet/>
            </main>
            <BottomBar places=places/>
        </div>
        <Keyboard/>
        <Palette/>
        <ShortcutList/>
        <Toasts/>
        <SignedOut/>
    }
}
