//! How the connection is, in words.
//!
//! For five seconds only the dot says it. Then a thin bar: what happens, a way to hurry it, and
//! that nothing is lost. When it is back, what came meanwhile, for two seconds.

use client::Status;
use protocol::Timestamp;
use std::time::Duration;

/// An interruption shorter than this shows only in the dot.
pub const BAR_AFTER: Duration = Duration::from_secs(5);
/// How long "Back, 17 new" stands.
pub const BACK_FOR: Duration = Duration::from_secs(2);

/// The small dot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dot {
    /// Events come as they happen.
    Live,
    /// On the way there.
    Connecting,
    /// No connection; it comes back by itself.
    Away,
    /// No connection, and it does not come back by itself.
    Stopped,
}

impl Dot {
    /// Its name in the style sheet.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Connecting => "connecting",
            Self::Away => "waiting",
            Self::Stopped => "stopped",
        }
    }
}

/// The thin bar above the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bar {
    /// What it says.
    pub text: String,
    /// Whether "Retry now" stands beside it.
    pub retry: bool,
    /// The connection is back: good news.
    pub back: bool,
}

/// What the page shows of the connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusLine {
    /// The dot.
    pub dot: Dot,
    /// For screen readers: changes seldom, never with the countdown.
    pub text: String,
    /// The bar, if it shows.
    pub bar: Option<Bar>,
}

/// The connection as the client last described it.
#[derive(Clone, Debug)]
pub struct Line {
    status: Status,
    /// When the bar may show for the present interruption.
    lost_since: Option<Timestamp>,
    back: Option<Back>,
}

#[derive(Clone, Debug)]
struct Back {
    until: Timestamp,
    news: u64,
}

impl Default for Line {
    fn default() -> Self {
        Self { status: Status::Connecting, lost_since: None, back: None }
    }
}

impl Line {
    /// The status changed.
    pub fn set(&mut self, status: Status) {
        if let Some(since) = status.lost_since() {
            self.lost_since = Some(since);
            self.back = None;
        }
        self.status = status;
    }

    /// Everything that happened meanwhile is here.
    pub fn caught_up(&mut self, news: u64, now: Timestamp) {
        let lost_since = self.lost_since.take();
        if lost_since.is_some_and(|since| since + BAR_AFTER <= now) {
            self.back = Some(Back { until: now + BACK_FOR, news });
        }
    }

    /// Whether the socket carries events.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.status == Status::Live
    }

    /// Whether the session has ended.
    #[must_use]
    pub fn is_signed_out(&self) -> bool {
        self.status == Status::SignedOut
    }

    /// What the page shows at this moment. `waiting` entries are in the outbox.
    #[must_use]
    pub fn show(&self, waiting: usize, now: Timestamp) -> StatusLine {
        let (dot, text, bar) = match self.status {
            Status::Live => (Dot::Live, "Connected".to_owned(), None),
            Status::Connecting => (Dot::Connecting, "Connecting".to_owned(), None),
            Status::Reconnecting { retry_at, since, .. } => {
                let text = match retry_at.map(|retry_at| retry_at.since(now)) {
                    Some(wait) if !wait.is_zero() => {
                        format!("Reconnecting in {} s", wait.as_millis().div_ceil(1000))
                    }
                    _ => "Reconnecting".to_owned(),
                };
                (Dot::Away, "Reconnecting".to_owned(), shown(since, now, text, waiting))
            }
            Status::Offline { since } => {
                (Dot::Away, "Offline".to_owned(), shown(since, now, "No network".to_owned(), waiting))
            }
            Status::SignedOut => (Dot::Stopped, "Signed out".to_owned(), None),
            Status::Stopped { code } => {
                let text = format!("The server ended the connection ({code})");
                let bar = Bar { text: text.clone(), retry: true, back: false };
                (Dot::Stopped, text, Some(bar))
            }
        };
        // Until what was missed is here the connection is not back, whatever the socket says.
        let back = self.back.as_ref().filter(|back| dot == Dot::Live && now < back.until);
        let back = back.map(|back| Bar {
            text: if back.news == 0 { "Back".to_owned() } else { format!("Back, {} new", back.news) },
            retry: false,
            back: true,
        });
        // A long interruption is said aloud, a short one is not worth it.
        let text = if dot == Dot::Away && bar.is_none() { "Connected".to_owned() } else { text };
        let text = back.as_ref().map_or(text, |bar| bar.text.clone());
        StatusLine { dot, text, bar: back.or(bar) }
    }
}

fn shown(since: Timestamp, now: Timestamp, text: String, waiting: usize) -> Option<Bar> {
    if now < since + BAR_AFTER {
        return None;
    }
    let keep = match waiting {
        0 => "you can keep writing".to_owned(),
        waiting => format!("you can keep writing ({waiting} waiting)"),
    };
    Some(Bar { text: format!("{text} · {keep}"), retry: true, back: false })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp(1_000_000 + seconds * 1000)
    }

    fn reconnecting() -> Status {
        Status::Reconnecting { retry_at: Some(at(9)), since: at(0), attempt: 2 }
    }

    #[test]
    fn the_bar_shows_after_five_seconds_and_counts_down() {
        let mut line = Line::default();
        line.set(reconnecting());
        assert_eq!(line.show(0, at(4)).bar, None);
        assert_eq!(line.show(0, at(4)).dot, Dot::Away);
        let bar = line.show(2, at(5)).bar.expect("five seconds have passed");
        assert_eq!(bar.text, "Reconnecting in 4 s · you can keep writing (2 waiting)");
        assert!(bar.retry);
        assert_eq!(line.show(2, at(5)).text, line.show(2, at(6)).text, "screen readers hear no countdown");
    }

    #[test]
    fn back_is_said_for_two_seconds_with_what_came() {
        let mut line = Line::default();
        line.set(reconnecting());
        line.set(Status::Live);
        line.caught_up(17, at(10));
        assert_eq!(line.show(0, at(11)).bar.expect("it was away for long").text, "Back, 17 new");
        assert_eq!(line.show(0, at(12)).bar, None);
    }

    #[test]
    fn a_short_interruption_says_nothing() {
        let mut line = Line::default();
        line.set(reconnecting());
        line.set(Status::Live);
        line.caught_up(3, at(2));
        assert_eq!(line.show(0, at(2)), Line { status: Status::Live, ..Line::default() }.show(0, at(2)));
    }

    #[test]
    fn a_stop_is_final_and_says_so() {
        let mut line = Line::default();
        line.set(Status::Stopped { code: 4006 });
        let shown = line.show(0, at(0));
        assert_eq!(shown.dot, Dot::Stopped);
        assert!(shown.bar.expect("it does not come back by itself").retry);
    }
}
