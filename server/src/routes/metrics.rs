//! `GET /metrics` for Prometheus. docs/OPERATIONS.md lists the names.

use crate::router::AppState;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use std::sync::OnceLock;
use sysinfo::{ProcessRefreshKind, ProcessesToUpdate, System};

/// Bounds of every histogram of seconds: from a quarter of a millisecond to ten seconds.
const SECONDS: [f64; 14] =
    [0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// The recorder of this process. There can be only one, so several servers in one process (tests)
/// share it.
#[must_use]
pub fn recorder() -> PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    let start = || {
        PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)
            .and_then(PrometheusBuilder::install_recorder)
            .expect("the buckets are not empty, and nothing else in this program installs a recorder")
    };
    HANDLE.get_or_init(start).clone()
}

/// Everything that was measured, and the gauges as they are now.
pub async fn metrics(State(state): State<AppState>) -> Response {
    let store = &state.services.store;
    let pool = store.pool_figures();
    metrics::gauge!("hubbub_database_connections", "state" => "idle").set(pool.idle);
    metrics::gauge!("hubbub_database_connections", "state" => "used")
        .set(pool.open.saturating_sub(pool.idle));
    metrics::gauge!("hubbub_database_connections_max").set(pool.max);
    metrics::counter!("hubbub_database_queries_total").absolute(pool.queries);
    if let Ok(bytes) = store.size_bytes().await {
        metrics::gauge!("hubbub_database_bytes").set(bytes as f64);
    }
    let figures = (state.services.figures)();
    metrics::gauge!("hubbub_memory_bytes").set(figures.memory_bytes as f64);
    metrics::gauge!("hubbub_uptime_seconds").set(figures.uptime_ms as f64 / 1000.0);
    let degraded = state.hub.degraded();
    for part in ["bus", "database"] {
        let value = if degraded.iter().any(|name| name == part) { 1.0 } else { 0.0 };
        metrics::gauge!("hubbub_degraded", "part" => part).set(value);
    }
    let text = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    ([(header::CONTENT_TYPE, text)], state.metrics.render()).into_response()
}

/// Memory of this process that is not swapped out, in bytes; 0 where the system does not tell.
#[must_use]
pub fn memory_bytes() -> u64 {
    let Ok(pid) = sysinfo::get_current_pid() else { return 0 };
    let mut system = System::new();
    let only_memory = ProcessRefreshKind::nothing().with_memory();
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), false, only_memory);
    system.process(pid).map_or(0, sysinfo::Process::memory)
}
