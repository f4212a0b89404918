//! The application: contexts and the table of routes.

use crate::layout::frame::Frame;
use crate::pages::{feed, later, not_found, start};
use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::components::{ParentRoute, Route, Router, Routes};
use leptos_router::{SsrMode, path};

/// Every page is rendered whole before its first byte is sent (`SsrMode::Async`): it can be read,
/// and its forms work, before any WASM runs.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Title text="Hubbub"/>
        <Router>
            <Routes fallback=not_found::NotFoundPage>
                // Anybody
                <Route path=path!("/setup") view=later::SET_UP ssr=SsrMode::Async/>
                <Route path=path!("/sign-in") view=later::SIGN_IN ssr=SsrMode::Async/>
                <Route path=path!("/register") view=later::REGISTER ssr=SsrMode::Async/>
                <Route path=path!("/join/:secret") view=later::JOIN ssr=SsrMode::Async/>
                // People who are signed in
                <ParentRoute path=path!("/") view=Frame ssr=SsrMode::Async>
                    <Route path=path!("") view=start::StartPage/>
                    <Route path=path!("w/:slug/feed") view=feed::FeedPage/>
                    <Route path=path!("w/:slug/posts/:id") view=later::POST/>
                    <Route path=path!("w/:slug/c/:id") view=later::CONVERSATION/>
                    <Route path=path!("w/:slug/rooms") view=later::ROOMS/>
                    <Route path=path!("w/:slug/chats") view=later::CHATS/>
                    <Route path=path!("w/:slug/new") view=later::NEW_CONVERSATION/>
                    <Route path=path!("w/:slug/search") view=later::SEARCH/>
                    <Route path=path!("w/:slug/activity") view=later::ACTIVITY/>
                    <Route path=path!("w/:slug/people") view=later::PEOPLE/>
                    <Route path=path!("w/:slug/people/:handle") view=later::PROFILE/>
                    <Route path=path!("w/:slug/settings") view=later::WORKSPACE_SETTINGS/>
                    <Route path=path!("w/:slug/bots") view=later::BOTS/>
                    <Route path=path!("w/:slug/kinds") view=later::KINDS/>
                    <Route path=path!("inbox") view=later::INBOX/>
                    <Route path=path!("saved") view=later::SAVED/>
                    <Route path=path!("settings") view=later::SETTINGS/>
                    <Route path=path!("settings/notifications") view=later::NOTIFICATION_SETTINGS/>
                    <Route path=path!("settings/devices") view=later::DEVICES/>
                    <Route path=path!("settings/tokens") view=later::TOKENS/>
                    <Route path=path!("settings/password") view=later::PASSWORD/>
                    <Route path=path!("settings/account") view=later::ACCOUNT/>
                    // Instance administrators
                    <Route path=path!("admin") view=later::ADMIN/>
                    <Route path=path!("admin/people") view=later::ADMIN_PEOPLE/>
                    <Route path=path!("admin/workspaces") view=later::ADMIN_WORKSPACES/>
                    <Route path=path!("admin/audit") view=later::ADMIN_AUDIT/>
                </ParentRoute>
            </Routes>
        </Router>
    }
}
