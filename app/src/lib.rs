//! The page: one Leptos application that the server renders and the browser takes over.
//!
//! Read [`app`] for the routes, then one file in [`pages`] per address. [`api`] holds the server
//! functions, one file per noun: each is a door into the store and nothing else. [`live`] is what
//! the page knows and how events change it, without a browser and tested natively; [`browser`]
//! is everything that touches `web_sys` and runs only in effects and event handlers.
//! [`server`] is the only part that exists on the server alone.

pub mod api;
pub mod app;
pub mod browser;
pub mod components;
pub mod emoji;
pub mod error;
pub mod fit;
pub mod layout;
pub mod live;
pub mod pages;
#[cfg(feature = "ssr")]
pub mod server;
pub mod shell;
pub mod shortcuts;

pub use app::App;
pub use shell::shell;
