//! Pages whose code is fetched when somebody goes there: all but the feed.
//!
//! In a release `xtask` moves what stands behind a split point out of the first download, into one
//! file per group. Development builds and the server have everything in one piece.

use crate::components::states::Refused;
use crate::error::ApiError;
use crate::pages::{
    activity, admin, admin_audit, admin_people, admin_workspaces, chats, conversation, inbox, join,
    new_conversation, people, post, profile, rooms, saved, search, set_up, settings, settings_account,
    settings_devices, settings_notifications, settings_password, settings_tokens, sign_in, workspace_bots,
    workspace_kinds, workspace_settings,
};
use leptos::prelude::*;
use leptos_router::ChooseView;
use protocol::{Code, Error};
use std::pin::Pin;

/// The code of a page could not be fetched: the server is away, or a newer release has other files.
#[derive(Debug)]
pub struct NotFetched;

#[cfg(feature = "split")]
impl From<leptos::wasm_split::SplitLoaderError> for NotFetched {
    fn from(_: leptos::wasm_split::SplitLoaderError) -> Self {
        Self
    }
}

/// Nothing has to be fetched where everything is one piece.
#[cfg(not(feature = "split"))]
impl From<std::convert::Infallible> for NotFetched {
    fn from(never: std::convert::Infallible) -> Self {
        match never {}
    }
}

/// What comes later.
type Coming<T> = Pin<Box<dyn Future<Output = Result<T, NotFetched>>>>;

/// The view of a route whose code may still have to be fetched. One type for all of them: Leptos's
/// `Lazy` has one for each, and so a copy of its code.
#[derive(Clone, Copy, Debug)]
pub struct Later {
    view: fn() -> Coming<AnyView>,
    fetch: fn() -> Coming<()>,
}

impl ChooseView for Later {
    async fn choose(self) -> AnyView {
        (self.view)().await.unwrap_or_else(not_fetched)
    }

    async fn preload(&self) {
        fetched((self.fetch)().await.is_ok()).await;
    }
}

/// Declares views: `NAME(function, function that only fetches) in group: view`.
macro_rules! later {
    ($($name:ident($view:ident, $fetch:ident) in $group:ident: $page:path;)*) => {$(
        /// A page that is fetched when somebody goes there.
        pub const $name: Later = Later {
            view: || Box::pin($view()),
            fetch: || Box::pin(async { Ok($fetch().await?) }),
        };

        #[cfg(feature = "split")]
        #[leptos::wasm_split::wasm_split(
            $group,
            wasm_split_path = ::leptos::wasm_split,
            preload($fetch),
            fallible
        )]
        fn $view() -> Result<AnyView, NotFetched> {
            Ok(view! { <$page/> }.into_any())
        }

        #[cfg(not(feature = "split"))]
        async fn $view() -> Result<AnyView, NotFetched> {
            #[cfg(feature = "ssr")]
            leptos::prefetch_lazy_fn_on_server(stringify!($group));
            Ok(view! { <$page/> }.into_any())
        }

        #[cfg(not(feature = "split"))]
        async fn $fetch() -> Result<(), std::convert::Infallible> {
            Ok(())
        }
    )*};
}

later! {
    SET_UP(set_up_view, fetch_set_up) in doors: set_up::SetUpPage;
    SIGN_IN(sign_in_view, fetch_sign_in) in doors: sign_in::SignInPage;
    REGISTER(register_view, fetch_register) in doors: join::RegisterPage;
    JOIN(join_view, fetch_join) in doors: join::JoinPage;
    POST(post_view, fetch_post) in post: post::PostPage;
    CONVERSATION(conversation_view, fetch_conversation) in talk: conversation::ConversationPage;
    ROOMS(rooms_view, fetch_rooms) in talk: rooms::RoomsPage;
    CHATS(chats_view, fetch_chats) in talk: chats::ChatsPage;
    NEW_CONVERSATION(new_conversation_view, fetch_new_conversation)
        in talk: new_conversation::NewConversationPage;
    INBOX(inbox_view, fetch_inbox) in inbox: inbox::InboxPage;
    SAVED(saved_view, fetch_saved) in inbox: saved::SavedPage;
    SEARCH(search_view, fetch_search) in search: search::SearchPage;
    ACTIVITY(activity_view, fetch_activity) in activity: activity::ActivityPage;
    PEOPLE(people_view, fetch_people) in people: people::PeoplePage;
    PROFILE(profile_view, fetch_profile) in people: profile::ProfilePage;
    WORKSPACE_SETTINGS(workspace_settings_view, fetch_workspace_settings)
        in people: workspace_settings::WorkspaceSettingsPage;
    BOTS(bots_view, fetch_bots) in people: workspace_bots::BotsPage;
    KINDS(kinds_view, fetch_kinds) in activity: workspace_kinds::KindsPage;
    SETTINGS(settings_view, fetch_settings) in settings: settings::SettingsPage;
    DEVICES(devices_view, fetch_devices) in settings: settings_devices::DevicesPage;
    NOTIFICATION_SETTINGS(notification_settings_view, fetch_notification_settings)
        in settings: settings_notifications::NotificationSettingsPage;
    TOKENS(tokens_view, fetch_tokens) in settings: settings_tokens::TokensPage;
    PASSWORD(password_view, fetch_password) in settings: settings_password::PasswordPage;
    ACCOUNT(account_view, fetch_account) in settings: settings_account::AccountPage;
    ADMIN(admin_view, fetch_admin) in administration: admin::AdminPage;
    ADMIN_PEOPLE(admin_people_view, fetch_admin_people) in administration: admin_people::AdminPeoplePage;
    ADMIN_WORKSPACES(admin_workspaces_view, fetch_admin_workspaces)
        in administration: admin_workspaces::AdminWorkspacesPage;
    ADMIN_AUDIT(admin_audit_view, fetch_admin_audit) in administration: admin_audit::AdminAuditPage;
}

/// What stands in place of a page that did not come; "Retry" loads everything anew, which also
/// brings a newer release.
fn not_fetched(_: NotFetched) -> AnyView {
    let error = Error::new(Code::Unavailable, "The server could not be reached.");
    view! { <Refused error=ApiError(error)/> }.into_any()
}

/// A page from the server stays as it came when its code cannot be fetched: everything on it can be
/// read, and its links and forms work. So taking over waits, here for ever.
async fn fetched(is_there: bool) {
    let is_from_server = Owner::current_shared_context().is_some_and(|context| context.during_hydration());
    if !is_there && is_from_server {
        std::future::pending::<()>().await;
    }
}
