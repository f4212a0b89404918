//! One file per scenario; each starts its own server and gives one section of the report.

pub(crate) mod fan_out;
pub(crate) mod first_page;
pub(crate) mod idle;
pub(crate) mod messages;
pub(crate) mod reconnect_storm;
pub(crate) mod search;
pub(crate) mod write_burst;
