//! What happens to every request around its route.
//!
//! From outside to inside: [`request_log`] names and counts it, [`headers`] puts the security
//! headers on its answer, [`origin`] refuses what another site sent, [`session`] says who asks.
//! [`limits`] counts attempts to sign in, which server functions ask for.

pub mod headers;
pub mod limits;
pub mod origin;
pub mod request_log;
pub mod session;
