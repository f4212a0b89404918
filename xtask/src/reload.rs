//! Tells open pages to reload.
//!
//! A page of a server that runs with `LEPTOS_WATCH` connects here by WebSocket (Leptos's
//! `AutoReload`) and understands two messages: load everything again, or only a stylesheet.

use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use tungstenite::{Message, WebSocket};

use crate::{Result, bundle};

/// The port that Leptos takes by default, and how many above it are tried when it is taken.
const PORTS: std::ops::Range<u16> = 3001..3021;

/// The open pages.
#[derive(Clone)]
pub(crate) struct Pages {
    open: Arc<Mutex<Vec<WebSocket<TcpStream>>>>,
    /// Where pages connect; the server tells them (`LEPTOS_RELOAD_PORT`).
    pub(crate) port: u16,
}

impl Pages {
    /// Begins to accept pages on a free port.
    pub(crate) fn listen() -> Result<Self> {
        let listener = PORTS
            .into_iter()
            .find_map(|port| TcpListener::bind(("127.0.0.1", port)).ok())
            .ok_or("no free port from 3001 on for the reloading of pages")?;
        let pages = Self { open: Arc::default(), port: listener.local_addr()?.port() };
        let accepting = pages.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A slow or silent stranger must not hold up the next page.
                let accepting = accepting.clone();
                thread::spawn(move || {
                    if let Ok(socket) = tungstenite::accept(stream) {
                        accepting.lock().push(socket);
                    }
                });
            }
        });
        Ok(pages)
    }

    /// Loads every open page again.
    pub(crate) fn reload(&self) {
        self.send(r#"{"all":true}"#.into());
    }

    /// Exchanges the stylesheet in every open page.
    pub(crate) fn restyle(&self) {
        self.send(format!(r#"{{"css":"{}/{}.css"}}"#, bundle::PKG, bundle::NAME));
    }

    /// Pages that cannot be written to are gone.
    fn send(&self, text: String) {
        self.lock().retain_mut(|page| page.send(Message::text(text.clone())).is_ok());
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<WebSocket<TcpStream>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
