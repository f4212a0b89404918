//! How long a socket is waited for.

use protocol::limits;
use std::time::Duration;

/// The waits of one socket. The default is what the protocol promises; tests have less time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// For the first frame; then 4105.
    pub hello_within: Duration,
    /// Idle for this long, give or take a tenth, a socket is pinged.
    pub ping_after: Duration,
    /// For anything at all after a ping went out; then 4103.
    pub pong_within: Duration,
    /// While something waits and the socket takes nothing of it; then 4102.
    pub stalled_after: Duration,
}

impl Patience {
    /// The server speaks at least this often: [`Patience::ping_after`] and a tenth.
    pub(crate) fn speaks_within(&self) -> Duration {
        self.ping_after + self.ping_after / 10
    }
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            hello_within: limits::HELLO_WITHIN,
            ping_after: limits::PING_AFTER,
            pong_within: limits::PONG_WITHIN,
            stalled_after: limits::STALLED_AFTER,
        }
    }
}
