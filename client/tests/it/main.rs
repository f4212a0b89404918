//! The connection against a server that lives in virtual time, and the native transport against a real socket.

mod backoff;
mod fake_server;
mod native;
mod property;
mod resume;
mod unknown;
mod watch;
mod wishes;
mod world;
