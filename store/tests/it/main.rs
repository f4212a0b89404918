//! The store's promises, each on SQLite and on PostgreSQL. One binary, linked once.

mod harness;
mod log;
mod writer;
