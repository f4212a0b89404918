//! Every route on one page, by audience.

use crate::config::Config;
use crate::files::Files;
use crate::middleware::limits::Programs;
use crate::middleware::{headers, origin, request_log, session};
use crate::routes::{api, downloads, emoji, files, health, keys, metrics, pages, socket, uploads};
use app::server::Services;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::extract::FromRef;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{any, get, get_service, post};
use leptos::prelude::LeptosOptions;
use leptos::server_fn::axum::server_fn_paths;
use leptos_axum::{
    AxumRouteListing, LeptosRoutes, file_and_error_handler_with_context, generate_route_list_with_exclusions,
};
use metrics_exporter_prometheus::PrometheusHandle;
use realtime::Hub;
use std::ops::Deref;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;

/// What the routes share. Every layer and route of a request clones it, so it is one pointer.
#[derive(Clone)]
pub struct AppState {
    shared: Arc<Shared>,
}

/// What [`AppState`] points to.
pub struct Shared {
    /// Where the page's files are and what they are called.
    pub options: LeptosOptions,
    /// What server functions work with: the store and its companions.
    pub services: Services,
    /// The settings.
    pub config: Arc<Config>,
    /// The sockets of this node.
    pub hub: Hub,
    /// What people upload.
    pub files: Files,
    /// How much each token asks.
    pub programs: Arc<Programs>,
    /// What was measured.
    pub metrics: PrometheusHandle,
    /// Tasks that a stop waits for.
    pub tracker: TaskTracker,
    /// Cancelled when the server begins to stop.
    pub stopping: Stopping,
    /// The development server that pages ask for changes, if there is one.
    pub reload_port: Option<u32>,
}

impl From<Shared> for AppState {
    fn from(shared: Shared) -> Self {
        Self { shared: Arc::new(shared) }
    }
}

impl Deref for AppState {
    type Target = Shared;
    fn deref(&self) -> &Shared {
        &self.shared
    }
}

/// Leptos takes its options out of the state.
impl FromRef<AppState> for LeptosOptions {
    fn from_ref(state: &AppState) -> Self {
        state.options.clone()
    }
}

impl FromRef<AppState> for Files {
    fn from_ref(state: &AppState) -> Self {
        state.files.clone()
    }
}

/// Cancelled when the server begins to stop.
pub type Stopping = CancellationToken;

/// The compressed HTML is made anew for each answer: the best ratio is not worth its time.
const BROTLI_LEVEL: i32 = 4;

/// The pages of `app`. Its commands are left out of what Leptos mounts: [`api::command`] runs them
/// with their own status codes.
fn page_routes() -> Vec<AxumRouteListing> {
    let commands = server_fn_paths().map(|(path, _)| path.to_owned()).collect();
    generate_route_list_with_exclusions(app::App, Some(commands))
}

/// All routes.
pub fn router(state: AppState) -> Router {
    // Anybody: the compiled page, under names that change with its contents.
    let page_files =
        get_service(files::site(&state)).layer(from_fn_with_state(state.clone(), files::page_file_caching));
    let pkg = format!("/{}/{{*file}}", state.options.site_pkg_dir);

    // Supervisors, load balancers, Prometheus, and programs that check tokens.
    let operations = Router::new()
        .route("/health", get(health::health))
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .route("/health/websocket", get(health::websocket))
        .route("/metrics", get(metrics::metrics))
        .route("/.well-known/jwks.json", get(keys::keys));

    // People and programs: the pages of `app` (its own table says which), its commands, the socket.
    let context = pages::context(&state);
    let options = state.options.clone();
    let people = Router::new()
        .leptos_routes_with_context(&state, page_routes(), context.clone(), move || {
            pages::document(options.clone())
        })
        .layer(from_fn_with_state(state.clone(), pages::enter))
        .route("/api/files.upload", post(uploads::upload))
        // It has limits of its own, by command.
        .route("/api/{*command}", any(api::command).layer(DefaultBodyLimit::disable()))
        .route("/ws", get(socket::socket));

    // What people uploaded: not compressed, because parts of it are asked for.
    let uploaded = Router::new()
        .route("/files/{id}/{name}", get(downloads::file))
        .route("/files/{id}/thumbnail/{side}", get(downloads::thumbnail))
        .layer(from_fn_with_state(state.clone(), session::session));

    // Everything else: a file of `public/`, or the page that says that there is nothing.
    let no_such_page = get(file_and_error_handler_with_context::<AppState, _>(context, pages::document))
        .layer(from_fn_with_state(state.clone(), session::session))
        .with_state(state.clone());
    let public_files: Router = Router::new()
        .fallback_service(files::site(&state).fallback(no_such_page))
        .layer(from_fn(files::public_file_headers));

    people
        .layer(from_fn_with_state(state.clone(), session::session))
        .merge(operations)
        .route("/emoji.json", get(emoji::list))
        .route(&pkg, page_files)
        .fallback_service(public_files)
        .layer(from_fn_with_state(state.clone(), origin::same_origin))
        .layer(CompressionLayer::new().quality(CompressionLevel::Precise(BROTLI_LEVEL)))
        .merge(uploaded)
        .layer(CatchPanicLayer::custom(api::after_a_panic))
        .layer(from_fn_with_state(state.clone(), headers::security_headers))
        .layer(from_fn(request_log::request_log))
        .with_state(state)
}
