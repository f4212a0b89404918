//! `GET /health` and its relatives: for people who look, load balancers and supervisors.

use crate::router::AppState;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use protocol::Timestamp;
use serde::Serialize;
use std::time::Duration;

/// A database that takes longer than this to answer one question counts as degraded.
const DATABASE_WITHIN: Duration = Duration::from_secs(2);

/// Whether all parts work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Yes.
    Ok,
    /// Not all of them; what works, works.
    Degraded,
}

/// The answer of `/health`.
#[derive(Debug, Serialize)]
pub struct Health {
    /// All parts together.
    pub status: Status,
    /// When it was asked.
    pub timestamp: String,
    /// Open sockets of this node.
    pub connections: u32,
    /// Version of the program.
    pub version: String,
    /// This process, as it names itself in its logs.
    pub node: String,
    /// How long it runs.
    pub uptime_ms: u64,
    /// Each part.
    pub parts: Vec<Part>,
}

/// One part of the server.
#[derive(Debug, Serialize)]
pub struct Part {
    /// `database` or `bus`.
    pub name: &'static str,
    /// Whether it works.
    pub status: Status,
    /// How long it took to answer, if it did.
    pub latency_ms: Option<f64>,
    /// What is wrong, or what kind it is, in a few words.
    pub message: &'static str,
}

/// The whole picture. Always 200, because a degraded server still serves; see `/health/ready`.
pub async fn health(State(state): State<AppState>) -> Response {
    let figures = (state.services.figures)();
    let parts = vec![database(&state).await, bus(&state, figures.canary_age_ms)];
    let all_work = parts.iter().all(|part| part.status == Status::Ok);
    let health = Health {
        status: if all_work { Status::Ok } else { Status::Degraded },
        timestamp: Timestamp::now().iso(),
        connections: figures.sockets,
        version: figures.version,
        node: figures.node,
        uptime_ms: figures.uptime_ms,
        parts,
    };
    not_kept(Json(health))
}

/// The process runs and answers. A supervisor starts it again when this fails.
pub async fn live() -> Response {
    not_kept("live")
}

/// New requests may come here: the database answers, and the server does not stop.
pub async fn ready(State(state): State<AppState>) -> Response {
    let (status, text) = if state.stopping.is_cancelled() {
        (StatusCode::SERVICE_UNAVAILABLE, "stopping")
    } else if database(&state).await.status == Status::Degraded {
        (StatusCode::SERVICE_UNAVAILABLE, "database unavailable")
    } else {
        (StatusCode::OK, "ready")
    };
    not_kept((status, text))
}

/// The sockets of this node.
pub async fn websocket(State(state): State<AppState>) -> Response {
    #[derive(Serialize)]
    struct Sockets {
        connections: u32,
        people: u32,
        topics: u32,
        subscriptions: u32,
        subscriptions_per_connection: f64,
        connections_per_person: f64,
        canary_age_ms: Option<u64>,
        degraded: Vec<String>,
    }
    let figures = (state.services.figures)();
    let average = |of: u32, per: u32| if per == 0 { 0.0 } else { f64::from(of) / f64::from(per) };
    not_kept(Json(Sockets {
        connections: figures.sockets,
        people: figures.people,
        topics: figures.topics,
        subscriptions: figures.subscriptions,
        subscriptions_per_connection: average(figures.subscriptions, figures.sockets),
        connections_per_person: average(figures.sockets, figures.people),
        canary_age_ms: figures.canary_age_ms,
        degraded: figures.degraded,
    }))
}

async fn database(state: &AppState) -> Part {
    let answer = tokio::time::timeout(DATABASE_WITHIN, state.services.store.ping()).await;
    match answer {
        Ok(Ok(latency)) => Part {
            name: "database",
            status: Status::Ok,
            latency_ms: Some(milliseconds(latency)),
            message: if state.config.store_url().starts_with("sqlite") { "SQLite" } else { "PostgreSQL" },
        },
        Ok(Err(_)) => {
            Part { name: "database", status: Status::Degraded, latency_ms: None, message: "does not answer" }
        }
        Err(_) => {
            Part { name: "database", status: Status::Degraded, latency_ms: None, message: "answers too late" }
        }
    }
}

fn bus(state: &AppState, canary_age_ms: Option<u64>) -> Part {
    let is_degraded = state.hub.degraded().iter().any(|part| part == "bus");
    let message = match (is_degraded, state.config.redis_url.is_empty()) {
        (true, _) => "nothing comes back from Redis",
        (false, true) => "in-process",
        (false, false) => "Redis; latency_ms is the age of the newest canary",
    };
    let status = if is_degraded { Status::Degraded } else { Status::Ok };
    Part { name: "bus", status, latency_ms: canary_age_ms.map(|age| age as f64), message }
}

fn milliseconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e3
}

fn not_kept(answer: impl IntoResponse) -> Response {
    ([(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))], answer).into_response()
}
