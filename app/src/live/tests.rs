//! What the live state promises.

pub(super) mod make;
