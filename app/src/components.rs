//! Building blocks of pages: a component family per file, styled by the sheet of the same name.

pub mod avatar;
pub mod field;
pub mod icon;
pub mod states;
