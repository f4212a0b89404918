//! The application: contexts and the table of routes.

use crate::layout::frame::Frame;
use crate::pages::{
    admin, admin_audit, admin_people, admin_workspaces, feed, inbox, join, not_found, people, post, profile,
    set_up, settings, settings_account, settings_devices, settings_password, sign_in, start,
    workspace_settings,
};
use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::components::{ParentRoute, Route, Router, Routes};
use leptos_router::{SsrMode, path};

/// Every page is rendered whole before its first byte is sent (`SsrMode::Async`): it can be read,
/// and its forms work, before any WASM runs.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    Effect::new(|_| crate::browser::page::mark_awake());
    view! {
        <Title text="Hubbub"/>
        <Router>
            <Routes fallback=not_found::NotFoundPage>
                // Anybody
                <Route path=path!("/setup") view=set_up::SetUpPage ssr=SsrMode::Async/>
                <Route path=path!("/sign-in") view=sign_in::SignInPage ssr=SsrMode::Async/>
                <Route path=path!("/register") view=join::RegisterPage ssr=SsrMode::Async/>
                <Route path=path!("/join/:secret") view=join::JoinPage ssr=SsrMode::Async/>
                // People who are signed in
                <ParentRoute path=path!("/") view=Frame ssr=SsrMode::Async>
                    <Route path=path!("") view=start::StartPage/>
                    <Route path=path!("w/:slug/feed") view=feed::FeedPage/>
                    <Route path=path!("w/:slug/posts/:id") view=post::PostPage/>
                    <Route path=path!("w/:slug/people") view=people::PeoplePage/>
                    <Route path=path!("w/:slug/people/:handle") view=profile::ProfilePage/>
                    <Route path=path!("w/:slug/settings") view=workspace_settings::WorkspaceSettingsPage/>
                    <Route path=path!("inbox") view=inbox::InboxPage/>
                    <Route path=path!("settings") view=settings::SettingsPage/>
                    <Route path=path!("settings/devices") view=settings_devices::DevicesPage/>
                    <Route path=path!("settings/password") view=settings_password::PasswordPage/>
                    <Route path=path!("settings/account") view=settings_account::AccountPage/>
                    // Instance administrators
                    <Route path=path!("admin") view=admin::AdminPage/>
                    <Route path=path!("admin/people") view=admin_people::AdminPeoplePage/>
                    <Route path=path!("admin/workspaces") view=admin_workspaces::AdminWorkspacesPage/>
                    <Route path=path!("admin/audit") view=admin_audit::AdminAuditPage/>
                </ParentRoute>
            </Routes>
        </Router>
    }
}
