//! The server: settings, routes, sockets, and the command line around them.
//!
//! Read [`run`] first (how a server is built and stopped), then [`router`] (every route on one
//! page). [`commands`] is what `hubbub` does from a terminal. What people do lies in `app`, what
//! is kept in `store`, what is live in `realtime`; nothing here decides any of it.

pub mod backup;
pub mod cli;
pub mod commands;
pub mod config;
pub mod demo;
pub mod doctor;
pub mod files;
pub mod links;
pub mod middleware;
pub mod outside;
pub mod push;
pub mod router;
pub mod routes;
pub mod run;
pub mod shutdown;
pub mod telemetry;
mod wire;
