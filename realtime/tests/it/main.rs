//! The promises of live delivery.

mod conversations;
mod harness;
mod hub;
mod limits;
mod naive;
mod pair;
mod presence;
mod protocol_rules;
mod redis_cluster;
mod redis_server;
mod resume;
mod rights;
mod sketch;
mod two_nodes;
mod world;
