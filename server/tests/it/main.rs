//! Whole servers under real sockets: one file per promise.
//!
//! [`harness`] starts servers and gives people who act; [`programs`] starts Redis, PostgreSQL and
//! the `hubbub` program itself.

mod harness;
mod programs;

mod accounts;
mod api;
mod arrows;
mod closing;
mod cookie;
mod crash;
mod database_away;
mod demo;
mod headers;
mod health;
mod live;
mod nodes;
mod revocation;
mod slow;
mod snapshot;
mod stopping;
