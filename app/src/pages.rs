//! One file per address.

pub mod doorstep;
pub mod join;
pub mod not_found;
pub mod set_up;
pub mod sign_in;
