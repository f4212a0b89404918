//! Who may open a socket now: so many per person, so many new ones per second, none while stopping.

use crate::rate::Rate;
use protocol::frame::CloseCode;
use protocol::{UserId, limits};
use std::collections::HashMap;
use std::time::Instant;

/// Why there is no socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The person has [`limits::SOCKETS_PER_USER_MAX`] already. Open it and close it with this code,
    /// so that the client learns why.
    #[error("too many connections of one person")]
    TooManyConnections,
    /// Too many come at once: 503 with `Retry-After`.
    #[error("too many new connections per second")]
    Overloaded,
    /// The server stops: 503.
    #[error("the server stops")]
    Draining,
}

impl Refused {
    /// The code to close with, if the socket is open already.
    #[must_use]
    pub fn close_code(self) -> CloseCode {
        match self {
            Self::TooManyConnections => CloseCode::TooManyConnections,
            Self::Overloaded => CloseCode::Overloaded,
            Self::Draining => CloseCode::Draining,
        }
    }
}

/// Counts sockets.
#[derive(Debug)]
pub struct Admission {
    handshakes: Rate,
    sockets: HashMap<UserId, usize>,
    is_draining: bool,
}

impl Admission {
    /// With so many new sockets per second, of which all may come at once.
    #[must_use]
    pub fn new(handshakes_per_second: u32, now: Instant) -> Self {
        Self {
            handshakes: Rate::new(handshakes_per_second, handshakes_per_second, now),
            sockets: HashMap::new(),
            is_draining: false,
        }
    }

    /// Lets one more in.
    ///
    /// # Errors
    /// Why not.
    pub fn enter(&mut self, user: UserId, now: Instant) -> Result<(), Refused> {
        self.knock(now)?;
        self.seat(user)
    }

    /// Lets one more to the door who has not said yet who they are; [`Admission::seat`] follows.
    ///
    /// # Errors
    /// Why not.
    pub fn knock(&mut self, now: Instant) -> Result<(), Refused> {
        if self.is_draining {
            return Err(Refused::Draining);
        }
        if self.handshakes.take(now) { Ok(()) } else { Err(Refused::Overloaded) }
    }

    /// Counts one more socket of a person.
    ///
    /// # Errors
    /// Why not.
    pub fn seat(&mut self, user: UserId) -> Result<(), Refused> {
        if self.is_draining {
            return Err(Refused::Draining);
        }
        let sockets = self.sockets.entry(user).or_default();
        if limits::SOCKETS_PER_USER_MAX <= *sockets {
            return Err(Refused::TooManyConnections);
        }
        *sockets += 1;
        Ok(())
    }

    /// One is gone.
    pub fn leave(&mut self, user: UserId) {
        if let Some(sockets) = self.sockets.get_mut(&user) {
            *sockets -= 1;
            if *sockets == 0 {
                self.sockets.remove(&user);
            }
        }
    }

    /// Lets nobody in any more.
    pub fn drain(&mut self) {
        self.is_draining = true;
    }

    /// Whether nobody is let in any more.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.is_draining
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::Timestamp;
    use std::time::Duration;

    #[test]
    fn a_person_has_twenty_sockets_and_not_one_more() {
        let now = tokio::time::Instant::now().into_std();
        let (mut door, ada, ben) =
            (Admission::new(200, now), UserId::new(Timestamp(1)), UserId::new(Timestamp(2)));
        for _ in 0..limits::SOCKETS_PER_USER_MAX {
            assert_eq!(door.enter(ada, now), Ok(()));
        }
        assert_eq!(door.enter(ada, now), Err(Refused::TooManyConnections));
        assert_eq!(door.enter(ben, now), Ok(()));
        door.leave(ada);
        assert_eq!(door.enter(ada, now), Ok(()));
    }

    #[test]
    fn a_storm_is_let_in_at_the_rate_of_the_node() {
        let now = tokio::time::Instant::now().into_std();
        let mut door = Admission::new(400, now);
        let mut enter = |at, now| door.enter(UserId::new(Timestamp(at)), now).is_ok();
        assert_eq!((0..1_000).filter(|at| enter(*at, now)).count(), 400);
        let later = now + Duration::from_millis(500);
        assert_eq!((1_000..2_000).filter(|at| enter(*at, later)).count(), 200);
    }

    #[test]
    fn nobody_is_let_in_by_a_server_that_stops() {
        let now = tokio::time::Instant::now().into_std();
        let mut door = Admission::new(200, now);
        door.drain();
        assert_eq!(door.enter(UserId::new(Timestamp(1)), now), Err(Refused::Draining));
    }
}
