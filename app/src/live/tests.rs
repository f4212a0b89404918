//! What the live state promises.

mod converge;
mod events;
pub(super) mod make;
mod model;
mod sending;
