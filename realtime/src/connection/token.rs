//! The token of a program: until when it holds, and the one that follows it.

use super::{Connection, Output};
use crate::hub::Program;
use protocol::frame::{CloseCode, ServerFrame};
use protocol::token::Scope;
use std::time::Instant;
use store::Presented;

impl Connection {
    /// Says until when the token holds, if it ends by itself.
    pub(super) fn tell_token(&mut self) {
        if let Some(time) = self.setup.program.and_then(|program| program.expires_in) {
            let expires_in_ms = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
            self.control.push_back(ServerFrame::Token { expires_in_ms });
        }
    }

    /// A token is to follow the one that the socket was opened with. Somebody who is signed in has none.
    pub(super) fn refresh_token(&mut self, token: String) {
        if self.setup.program.is_none() {
            return self.close(CloseCode::BadFrame);
        }
        self.outputs.push_back(Output::Present(token));
    }

    /// Takes what became of it. The driver asks for rights with its session from here on.
    pub(super) fn renew(&mut self, token: String, presented: Option<Presented>, now: Instant) {
        let bearer = match presented {
            None => return self.retry(Output::Present(token), now),
            Some(Presented::Accepted(bearer)) => bearer,
            Some(Presented::Expired) => return self.close(CloseCode::TokenExpired),
            Some(Presented::Unknown) => return self.close(CloseCode::SignIn),
        };
        self.failures = 0;
        if bearer.caller.user != self.setup.user || !bearer.scopes.has(Scope::Events) {
            return self.close(CloseCode::Forbidden);
        }
        let program = Program::from(&bearer);
        self.setup.program = Some(program);
        self.token_until = program.expires_in.map(|time| now + time);
        // It may have been revoked between the look at it and now; an answer that is still on its way is for
        // the session before.
        self.rights.again_at = now;
        self.rights.asked = 0;
        self.tell_token();
    }

    /// Whether what only writers may say is taken. A token that only reads is told so.
    pub(super) fn may_write(&mut self) -> bool {
        let may = self.setup.program.is_none_or(|program| program.may_write);
        if !may {
            let refusal = protocol::Error::forbidden("This token lacks the scope write.");
            self.control.push_back(ServerFrame::Error(refusal));
        }
        may
    }
}
