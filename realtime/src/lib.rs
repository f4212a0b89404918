//! Live delivery: what is committed reaches everybody who may see it, in order, once.
//!
//! ```text
//! store ── committed ──> Hub ── Doorbell ──> LiveTopic (Tail) ── Bell ──> drive ── Connection ──> socket
//!                         │                      ^
//!                         └──> Bus (Redis) ──────┘ on every other node; the sweep finds what it lost
//! ```
//!
//! Read it in this order: [`position`] (two functions that carry the promise), [`tail`] (the newest part
//! of a log in memory), [`topic`] (a tail with its listeners), [`connection`] (one socket as a state
//! machine without I/O), `drive` (the task that runs it), `hub` (the topics of this node, and the three
//! ways in which news reach them), [`presence`] and `ephemerals` (what is live and not kept), `bus`.
//!
//! A subscriber is a position. Nothing is queued for it: its bell is rung, and it *pulls* what follows its
//! position, from the tail when it is near the head and from the log when it is not. Live delivery, resume
//! after a reconnect, catching up and slow readers are this one mechanism. Where a crowd listens, one task
//! goes round and lets each of them pull and write then and there, instead of waking a task for each (`bell`).
//!
//! # Metrics
//!
//! | name | what |
//! |---|---|
//! | `hubbub_sockets` | open sockets |
//! | `hubbub_topics`, `hubbub_tail_bytes` | topics held, and their frames in memory |
//! | `hubbub_events_appended_total` | events that this node committed |
//! | `hubbub_events_delivered_total` | events written to sockets |
//! | `hubbub_delivery_seconds` | from an event's arrival at the node (its commit, if it is this one) to its write, once per write: its oldest event |
//! | `hubbub_queue_bytes` | handed to sockets and not taken yet |
//! | `hubbub_lagging_sockets` | sockets that did not take their last write at once |
//! | `hubbub_resets_total{reason}` | positions that could not be continued: `too_old`, `epoch`, `ahead` |
//! | `hubbub_gap_repairs_total` | reads of the log that filled a gap in a tail |
//! | `hubbub_sweep_repairs_total` | gaps that only the sweep found |
//! | `hubbub_catch_up_reads_total` | reads of the log for subscribers behind the tail |
//! | `hubbub_closes_total{code}` | ended sockets; 1000 the client left, 1006 the socket broke |
//! | `hubbub_bus_canary_age_seconds` | since the last canary came back through Redis |
//! | `hubbub_bus_dropped_total` | messages that Redis was not there to take |

pub mod admission;
mod bell;
mod bus;
pub mod connection;
mod drive;
mod ephemerals;
mod figures;
mod hub;
mod patience;
pub mod position;
pub mod presence;
mod rate;
pub mod tail;
pub mod topic;

pub use admission::Refused;
pub use bell::Bell;
pub use bus::probe::{BusFacts, ProbeError, probe};
pub use bus::{Bus, RedisBus};
pub use connection::Connection;
pub use drive::{Incoming, Outgoing, drive, refuse};
pub use hub::{Hub, Pass, Program, Seat, Settings};
pub use patience::Patience;
