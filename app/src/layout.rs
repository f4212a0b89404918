//! Where things stand: the frame around every page of people who are signed in.

pub mod actions;
pub mod bottom_bar;
pub mod connection_bar;
pub mod conversations;
pub mod frame;
pub mod palette;
pub mod places;
pub mod rail;
pub mod shortcut_list;
pub mod sidebar;
pub mod signed_out;
pub mod theme;
pub mod toasts;
