//! The words that the server, the browser and other programs share.
//!
//! Read it in this order: [`id`] and [`time`], then [`topic`], [`position`] and [`event`]
//! (the log), then [`frame`] and [`ephemeral`] (the socket), then one module per entity with
//! its `New…` and `…Edit` arguments and their `validate()`. [`limits`] holds every bound and
//! [`error`] every answer that is not a success. There is no I/O here, and everything compiles
//! for the server and for the browser.

pub mod account;
pub mod admin;
pub mod comment;
pub mod conversation;
pub mod custom_event;
pub mod draft;
pub mod emoji;
pub mod ephemeral;
pub mod error;
pub mod event;
pub mod file;
pub mod frame;
pub mod id;
pub mod json;
pub mod limits;
pub mod link;
pub mod merge;
pub mod message;
pub mod notification;
pub mod page;
pub mod person;
pub mod position;
pub mod post;
pub mod presence;
pub mod push;
pub mod reaction;
mod read;
pub mod search;
mod spelled;
pub mod text;
pub mod time;
pub mod token;
pub mod topic;
pub mod workspace;

pub use error::{Code, Error};
pub use event::{Event, EventKind};
pub use id::*;
pub use person::Person;
pub use position::Position;
pub use time::Timestamp;
pub use topic::Topic;
