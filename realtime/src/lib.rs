//! Live delivery.

pub mod admission;
mod bell;
pub mod connection;
mod ephemerals;
mod figures;
pub mod position;
pub mod presence;
mod rate;
pub mod tail;
pub mod topic;

pub use bell::Bell;
