//! The connection against a server that lives in virtual time, and the native transport against a real socket.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says so by a panic; clippy.toml only knows test functions"
)]

mod backoff;
mod fake_server;
mod native;
mod property;
mod resume;
mod token;
mod unknown;
mod watch;
mod wishes;
mod world;
