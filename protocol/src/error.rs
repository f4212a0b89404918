//! Every answer that is not a success: a code for programs, a sentence for people.

use crate::post::Conflict;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What kind of refusal it is. Each has one HTTP status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// 400: the request could not be read.
    BadRequest,
    /// 401: sign in first.
    Unauthenticated,
    /// 403: known, but not allowed.
    Forbidden,
    /// 404: not there, or not for the caller to know about.
    NotFound,
    /// 409: somebody changed the same thing; `conflict` says how.
    Conflict,
    /// 409: the name, the handle or the id is in use.
    Taken,
    /// 413: larger than the limit.
    TooLarge,
    /// 422: well-formed, but `field` does not fit.
    Invalid,
    /// 429: too many; `retry_after_ms` says when.
    RateLimited,
    /// 503: the database or a part of it is away; nothing was lost, try again.
    Unavailable,
    /// 500: our fault.
    Internal,
}

impl Code {
    /// The HTTP status.
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Self::BadRequest => 400,
            Self::Unauthenticated => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::Conflict | Self::Taken => 409,
            Self::TooLarge => 413,
            Self::Invalid => 422,
            Self::RateLimited => 429,
            Self::Unavailable => 503,
            Self::Internal => 500,
        }
    }
}

/// A refusal as it goes over the wire: `{ code, message, … }`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Error {
    /// For programs.
    pub code: Code,
    /// For people: one sentence that says what to do.
    pub message: String,
    /// The argument that does not fit, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// When to try again, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    /// With [`Code::Conflict`]: base, theirs and mine of each field that clashes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conflict: Option<Box<Conflict>>,
}

impl Error {
    /// An error with a code and a sentence.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), field: None, retry_after_ms: None, conflict: None }
    }

    /// 400.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(Code::BadRequest, message)
    }

    /// 401.
    #[must_use]
    pub fn unauthenticated() -> Self {
        Self::new(Code::Unauthenticated, "Please sign in.")
    }

    /// 403.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::new(Code::Forbidden, message)
    }

    /// 404. `what` is a noun with its article: "This post".
    #[must_use]
    pub fn not_found(what: &str) -> Self {
        Self::new(Code::NotFound, format!("{what} does not exist, or you cannot see it."))
    }

    /// 409 for a name, handle or id that is in use.
    pub fn taken(field: &str, message: impl Into<String>) -> Self {
        Self { field: Some(field.to_owned()), ..Self::new(Code::Taken, message) }
    }

    /// 409 for an edit that clashes with somebody else's.
    #[must_use]
    pub fn conflict(conflict: Conflict) -> Self {
        Self {
            conflict: Some(Box::new(conflict)),
            ..Self::new(Code::Conflict, "Somebody changed this while you were editing.")
        }
    }

    /// 422 for one argument.
    pub fn invalid(field: &str, message: impl Into<String>) -> Self {
        Self { field: Some(field.to_owned()), ..Self::new(Code::Invalid, message) }
    }

    /// 413 for one argument.
    #[must_use]
    pub fn too_large(field: &str, bytes_max: usize) -> Self {
        let message = format!("This is too long: at most {} KB.", bytes_max / 1024);
        Self { field: Some(field.to_owned()), ..Self::new(Code::TooLarge, message) }
    }

    /// 429.
    #[must_use]
    pub fn rate_limited(retry_after_ms: u64) -> Self {
        let seconds = retry_after_ms.div_ceil(1000).max(1);
        Self {
            retry_after_ms: Some(retry_after_ms),
            ..Self::new(Code::RateLimited, format!("Too many attempts. Try again in {seconds} s."))
        }
    }

    /// 503.
    #[must_use]
    pub fn unavailable(retry_after_ms: u64) -> Self {
        Self {
            retry_after_ms: Some(retry_after_ms),
            ..Self::new(
                Code::Unavailable,
                "The server cannot save right now. Nothing was lost; try again in a moment.",
            )
        }
    }

    /// 500. What went wrong is in the log, not in the answer.
    #[must_use]
    pub fn internal() -> Self {
        Self::new(Code::Internal, "Something went wrong on the server.")
    }

    /// Whether the same request may succeed later without a change.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        matches!(self.code, Code::RateLimited | Code::Unavailable | Code::Internal)
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.code.status()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
