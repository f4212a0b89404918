//! All wiring: how a server is built from its settings, and how it stops.
//!
//! [`Application::build`] opens the port, the database and the bus and connects them: what the
//! store commits goes to the hub. [`Application::run_until_stopped`] serves until the given future
//! is done, then lets go of everything in order. The reason to stop comes from outside, so tests
//! run servers of their own on port 0.

use crate::config::Config;
use crate::files::Files;
use crate::links::Links;
use crate::middleware::limits::SignIns;
use crate::push::{Push, PushError};
use crate::router::{AppState, Shared, router};
use crate::routes::metrics;
use app::server::Services;
use axum::serve::ListenerExt;
use leptos::prelude::LeptosOptions;
use protocol::admin::Figures;
use protocol::{NodeId, Timestamp, limits};
use realtime::{Bus, Hub};
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use store::{Settings, Store};
use tokio::net::{TcpListener, TcpSocket};
use tokio::time::{Instant, interval, sleep, timeout_at};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Connections that may wait to be accepted: after a network failure everybody comes at once.
const BACKLOG: u32 = 4096;
/// How often what is too old to be kept is removed.
const PRUNE_EVERY: Duration = Duration::from_secs(3600);
/// How often measurements are condensed, and who has attempts left is forgotten.
const TIDY_EVERY: Duration = Duration::from_secs(10);
/// How long the search waits for a database that does not answer while it is filled.
const FILL_AGAIN_AFTER: Duration = Duration::from_secs(30);
/// What is left of the time to stop when the sockets are gone, for requests and the database.
const STOP_RESERVE: Duration = Duration::from_secs(3);

/// Why a server cannot start, as one sentence that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Somebody else listens there.
    #[error(
        "port {} is in use on {}: stop the program that uses it, or choose another one, for example HUBBUB_ADDRESS={}:{}",
        .0.port(), .0.ip(), .0.ip(), .0.port().wrapping_add(1)
    )]
    PortInUse(SocketAddr),
    /// The address cannot be listened on.
    #[error("cannot listen on {0}: {1}; change the setting address (HUBBUB_ADDRESS)")]
    Listen(SocketAddr, std::io::Error),
    /// The database cannot be opened.
    #[error("cannot open the database {0}: {1}")]
    Database(String, String),
    /// The files that people upload have no place.
    #[error("cannot keep files {0}: {1}")]
    Files(String, std::io::Error),
    /// Devices cannot be told of anything.
    #[error("cannot send notifications to devices: {0}")]
    Push(PushError),
    /// Pages that texts link cannot be looked at.
    #[error("cannot look at linked pages: {0}; or turn the setting link_previews off")]
    Links(reqwest::Error),
    /// Serving failed.
    #[error("the server stopped: {0}")]
    Serve(std::io::Error),
}

/// A server that is ready to run.
pub struct Application {
    listener: TcpListener,
    address: SocketAddr,
    state: AppState,
    /// Ends the hub's own tasks and the jobs below.
    background: CancellationToken,
}

impl Application {
    /// Opens the port, the database and the bus.
    ///
    /// # Errors
    /// When one of them cannot be opened.
    pub async fn build(config: Config) -> Result<Self, StartError> {
        let listener = listen(config.address)?;
        let address = listener.local_addr().map_err(|error| StartError::Listen(config.address, error))?;
        let (store, committed) = open(&config).await?;
        store.keep_signing_keys().await.map_err(|error| database_error(&config, &error))?;

        let node = NodeId::new(Timestamp::now());
        let tracker = TaskTracker::new();
        let background = CancellationToken::new();
        let redis_url = Some(config.redis_url.as_str()).filter(|url| !url.is_empty());
        let bus = Bus::connect(redis_url, node);
        // Before the hub, which looks its counters up once.
        let metrics = metrics::recorder();
        // Named by host and address, so that a restarted server replaces what it said of who is here, and
        // two containers that listen alike are not taken for one.
        let name = format!("{}/{address}", sysinfo::System::host_name().unwrap_or_default());
        let hub = Hub::start(
            store.clone(),
            committed,
            bus,
            hub_settings(&config, node, name),
            tracker.clone(),
            background.clone(),
        );

        let files = Files::start(&config, store.clone(), tracker.clone(), background.clone()).await;
        let files = files.map_err(|error| files_error(&config, error))?;
        let push = Push::start(&config, store.clone(), tracker.clone(), background.clone()).await;
        let push = push.map_err(|error| push_error(&config, error))?;
        if config.link_previews {
            let links = Links::new(&config, store.clone(), tracker.clone()).map_err(StartError::Links)?;
            tracker.spawn(background.clone().run_until_cancelled_owned(links.run()));
        }
        let sign_ins = Arc::new(SignIns::new(config.sign_ins_per_minute));
        let config = Arc::new(config);
        let state = AppState::from(Shared {
            options: leptos_options(&config),
            services: Services {
                store: store.clone(),
                figures: figures(hub.clone(), node),
                sign_ins: Arc::clone(&sign_ins) as _,
                is_https: config.is_https(),
                file_bytes_max: config.file_bytes_max,
                push: Arc::new(push),
            },
            hub,
            files,
            programs: Arc::default(),
            metrics,
            tracker: tracker.clone(),
            stopping: CancellationToken::new(),
            reload_port: reload_port(),
            config: Arc::clone(&config),
        });
        tracker.spawn(background.clone().run_until_cancelled_owned(fill_search(store.clone())));
        tracker.spawn(background.clone().run_until_cancelled_owned(prune(store, config)));
        tracker.spawn(background.clone().run_until_cancelled_owned(tidy(state.clone(), sign_ins)));
        tracing::info!(%node, %address, version = env!("CARGO_PKG_VERSION"), "ready on {address}");
        Ok(Self { listener, address, state, background })
    }

    /// Where it listens; with port 0 in the settings, the port that the system chose.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What the person at the terminal should know: the address, and how to make the first account.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn ready_lines(&self) -> Result<Vec<String>, StartError> {
        let config = &self.state.config;
        let site = if config.public_url.is_empty() {
            format!("http://{}", self.address)
        } else {
            config.public_url.trim_end_matches('/').to_owned()
        };
        let mut lines = vec![format!("Hubbub {} is ready: {site}", env!("CARGO_PKG_VERSION"))];
        let status =
            self.state.services.store.status().await.map_err(|error| database_error(config, &error))?;
        if !status.is_set_up {
            lines.push(format!("There is no account yet. Make the first one at {site}/setup"));
        }
        if !config.site_dir.join("pkg").is_dir() {
            let folder = config.site_dir.display();
            lines.push(format!("The page is not built ({folder} is missing): pages work without live updates. Run `make run`."));
        }
        Ok(lines)
    }

    /// Serves until `shutdown` is done, then stops within the time that the settings give: readiness
    /// says no, sockets are sent elsewhere, open requests finish, the database closes.
    ///
    /// # Errors
    /// When serving fails.
    pub async fn run_until_stopped(self, shutdown: impl Future<Output = ()>) -> Result<(), StartError> {
        let Self { listener, state, background, .. } = self;
        let within = state.config.stop_within();
        let closing = CancellationToken::new();
        // Small frames must not wait for the acknowledgement of the one before.
        let listener = listener.tap_io(|stream| {
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "cannot set TCP_NODELAY");
            }
        });
        let service = router(state.clone()).into_make_service_with_connect_info::<SocketAddr>();
        let serving =
            axum::serve(listener, service).with_graceful_shutdown(closing.clone().cancelled_owned());
        let mut serving = std::pin::pin!(serving.into_future());

        tokio::select! {
            ended = &mut serving => ended.map_err(StartError::Serve)?,
            () = shutdown => {}
        }
        let deadline = Instant::now() + within;
        tracing::info!("stopping within {} s", within.as_secs());
        state.stopping.cancel();
        tokio::select! {
            // Requests are served as before while the sockets leave.
            ended = &mut serving => ended.map_err(StartError::Serve)?,
            () = state.hub.drain(within.saturating_sub(STOP_RESERVE).max(within / 2)) => {}
        }
        closing.cancel();
        if timeout_at(deadline, &mut serving).await.is_err() {
            tracing::warn!("some requests did not finish in time");
        }
        background.cancel();
        state.tracker.close();
        if timeout_at(deadline, state.tracker.wait()).await.is_err() {
            tracing::warn!(tasks = state.tracker.len(), "some tasks did not finish in time");
        }
        state.services.store.close().await;
        tracing::info!("stopped");
        Ok(())
    }
}

/// The store alone, for commands that need no server.
///
/// # Errors
/// When the database cannot be opened.
pub async fn open_store(config: &Config) -> Result<Store, StartError> {
    let (store, mut committed) = open(config).await?;
    // Nobody listens in this process; running servers find the events by sweeping.
    #[expect(clippy::disallowed_methods, reason = "it ends with the store, which the command closes")]
    tokio::spawn(async move { while committed.recv().await.is_some() {} });
    Ok(store)
}

async fn open(config: &Config) -> Result<(Store, tokio::sync::mpsc::Receiver<store::Committed>), StartError> {
    let settings = Settings {
        open_registration: config.open_registration,
        push_grace: config.push_grace(),
        link_previews: config.link_previews,
        ..Settings::new(config.store_url())
    };
    Store::open(&settings).await.map_err(|error| database_error(config, &error))
}

/// The sentence for a database that cannot be used.
pub(crate) fn database_error(config: &Config, error: &store::Error) -> StartError {
    let place = if config.is_embedded() {
        format!("in {} (setting data_dir)", config.data_dir.display())
    } else {
        "named by DATABASE_URL (setting database_url)".to_owned()
    };
    let mut why = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        why = format!("{why}: {error}");
        source = error.source();
    }
    StartError::Database(place, why)
}

/// The sentence for a folder or a bucket that cannot be used.
fn files_error(config: &Config, error: std::io::Error) -> StartError {
    let place = match config.s3() {
        Some(s3) => format!("in the bucket {} (settings files_*)", s3.bucket),
        None => format!("in {} (setting data_dir)", config.data_dir.display()),
    };
    StartError::Files(place, error)
}

/// The sentence for a key that cannot be had.
fn push_error(config: &Config, error: PushError) -> StartError {
    match error {
        PushError::Store(error) => database_error(config, &error),
        error => StartError::Push(error),
    }
}

fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    let open = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        // A server that was just stopped leaves its port in a state that would refuse the next one.
        #[cfg(unix)]
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)
    };
    open().map_err(|error| match error.kind() {
        std::io::ErrorKind::AddrInUse => StartError::PortInUse(address),
        _ => StartError::Listen(address, error),
    })
}

/// Names of the page's files. A release names them by content and lists the hashes beside the program.
fn leptos_options(config: &Config) -> LeptosOptions {
    let list = std::env::current_exe()
        .ok()
        .and_then(|program| program.parent().map(|folder| folder.join("hash.txt")));
    LeptosOptions::builder()
        .output_name("hubbub")
        .site_root(config.site_dir.to_string_lossy().into_owned())
        .site_pkg_dir("pkg")
        .site_addr(config.address)
        .reload_port(reload_port().unwrap_or(3001))
        .hash_files(list.is_some_and(|list| list.is_file()))
        .build()
}

/// Where pages ask for changes while the program is being developed (`make dev`).
fn reload_port() -> Option<u32> {
    std::env::var_os("LEPTOS_WATCH")?;
    std::env::var("LEPTOS_RELOAD_PORT").ok()?.parse().ok()
}

fn figures(hub: Hub, node: NodeId) -> Arc<dyn Fn() -> Figures + Send + Sync> {
    let started = Instant::now();
    Arc::new(move || Figures {
        node: node.to_string(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        memory_bytes: metrics::memory_bytes(),
        uptime_ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        ..hub.figures()
    })
}

fn hub_settings(config: &Config, node: NodeId, name: String) -> realtime::Settings {
    let usual = realtime::Settings::new(node);
    realtime::Settings {
        name,
        handshakes_per_second: match config.handshakes_per_second {
            0 => usual.handshakes_per_second,
            set => set,
        },
        tails_bytes_max: usize::from(config.tail_memory_mib) * 1024 * 1024,
        ..usual
    }
}

/// Removes what is too old: events that nobody can resume from any more, notifications, the audit log.
async fn prune(store: Store, config: Arc<Config>) {
    let mut ticks = interval(PRUNE_EVERY);
    loop {
        ticks.tick().await;
        let now = Timestamp::now();
        let events = store.prune_log(now - config.events_kept_for(), limits::EVENTS_KEPT_MIN).await;
        note_pruned("events", events);
        if let Err(error) = store.keep_signing_keys().await {
            tracing::warn!(error = &error as &dyn std::error::Error, "cannot look after the signing keys");
        }
        let custom = store.prune_custom_events(now - config.custom_events_kept_for()).await;
        note_pruned("custom events", custom);
        note_pruned("notifications", store.prune_notifications(now - config.notifications_kept_for()).await);
        note_pruned("pushes", store.prune_pushes(now - limits::PUSH_LOG_KEPT_FOR).await);
        note_pruned("linked pages", store.prune_link_pages(now - limits::LINK_FRESH_FOR).await);
        note_pruned("lines of the audit log", store.prune_audit(now - config.audit_kept_for()).await);
    }
}

/// Makes what was written by a version without a search known to it, between other writes.
async fn fill_search(store: Store) {
    let started = Instant::now();
    loop {
        match store.fill_search().await {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "cannot fill the search for now");
                sleep(FILL_AGAIN_AFTER).await;
            }
        }
    }
    tracing::debug!(seconds = started.elapsed().as_secs(), "the search knows everything");
}

fn note_pruned(what: &str, removed: store::Result<u64>) {
    match removed {
        Ok(count) => tracing::debug!(count, "removed old {what}"),
        Err(error) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "cannot remove old {what}")
        }
    }
}

async fn tidy(state: AppState, sign_ins: Arc<SignIns>) {
    let mut ticks = interval(TIDY_EVERY);
    loop {
        ticks.tick().await;
        state.metrics.run_upkeep();
        sign_ins.forget_old();
        state.programs.forget_old();
    }
}
