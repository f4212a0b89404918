//! The socket's news for the live state.

use super::clock;
use crate::live::Live;
use client::{Handle, Output, Settings, transport};

/// Connects, and continues in each topic from what the page shows of it.
pub(super) fn connect(live: Live) -> Handle {
    let client = concat!("hubbub-page/", env!("CARGO_PKG_VERSION"));
    let resume = live.read(|state| state.positions());
    let settings = Settings { resume, ..Settings::new(client) };
    transport::browser::spawn(settings, move |output| take(live, output))
}

fn take(live: Live, output: Output) {
    let now = clock::now();
    match output {
        Output::Event(event) => live.apply(&event, now),
        Output::Opened { topic, position } => live.change(|state| state.opened(topic, position)),
        Output::Closed { topic, code } => live.change(|state| state.closed(topic, code)),
        Output::Reset { topic, .. } => live.change(|state| state.reset(topic)),
        Output::Ephemeral { topic, ephemeral } => {
            live.change(|state| state.ephemeral(topic, ephemeral, now));
        }
        Output::Presence { topic, presence } => live.change(|state| state.presence(topic, presence)),
        Output::Status(status) => {
            live.tick(now);
            live.change(|state| state.status(status));
        }
        Output::CaughtUp { events, returned } => {
            live.tick(now);
            if returned {
                live.change(|state| state.caught_up(events, now));
            }
        }
        Output::Degraded(parts) => live.change(|state| state.set_degraded(parts)),
        // A frame too many; what it said is said again in time. And the page has a cookie, no token.
        Output::Refused(_) | Output::TokenWanted => {}
        // The transport's own business.
        Output::Connect | Output::Send(_) | Output::Disconnect | Output::Wait(_) => {}
    }
}
