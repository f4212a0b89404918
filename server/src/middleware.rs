//! What happens to every request around its route.
//!
//! From outside to inside: [`request_log`] names and counts it, [`headers`] puts the security
//! headers on its answer, [`origin`] refuses what another site sent, [`session`] says who asks, [`bearer`]
//! lets programs through to what their tokens may do.
//! [`limits`] counts attempts to get in, and what programs ask.

pub mod bearer;
pub mod headers;
pub mod limits;
pub mod origin;
pub mod request_log;
pub mod session;
