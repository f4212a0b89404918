//! What the live state promises.

mod activity;
mod converge;
mod events;
pub(crate) mod make;
mod model;
mod sending;
mod talking;
