//! The store's promises, each on SQLite and on PostgreSQL. One binary, linked once.

#![expect(clippy::disallowed_methods, reason = "tests spawn callers, and wait for them")]
#![expect(clippy::unwrap_used, reason = "what a test cannot go on without may end it, in its helpers too")]

mod access;
mod accounts;
mod admin;
mod comments;
mod community;
mod conflicts;
mod conversations;
mod custom_events;
mod drafts;
mod files;
mod harness;
mod idempotency;
mod idempotency_talks;
mod invitations;
mod large_rooms;
mod links;
mod log;
mod markdown;
mod members;
mod messages;
mod migrations;
mod notifications;
mod plans;
mod posts;
mod presence;
mod preview;
mod push;
mod queries;
mod reactions;
mod reads;
mod redaction;
mod search;
mod search_access;
mod sending;
mod sessions;
mod tokens;
mod workspaces;
mod writer;
