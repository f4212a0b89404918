//! What the live state promises.

mod converge;
mod events;
pub(crate) mod make;
mod model;
mod sending;
mod talking;
