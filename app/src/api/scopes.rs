//! What a program needs to be allowed to call a command: the one list, in which every command stands.
//!
//! People who are signed in need no scope. A command that is missing here is for people only.

use protocol::token::Scope;

/// What a token must be allowed to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Nothing: whoever asks may.
    Nothing,
    /// This scope.
    Scope(Scope),
    /// To be a person: no token does it, whatever its scopes.
    Person,
}

const READ: Needs = Needs::Scope(Scope::Read);
const WRITE: Needs = Needs::Scope(Scope::Write);
const FILES: Needs = Needs::Scope(Scope::Files);
const EVENTS: Needs = Needs::Scope(Scope::Events);
const ADMIN: Needs = Needs::Scope(Scope::Admin);

/// Every command. Sign-ins, devices, tokens and what ends an account are for people: who copied a token
/// must not be able to make it into an account.
pub const COMMANDS: &[(&str, Needs)] = &[
    ("setup.status", Needs::Nothing),
    ("setup.create", Needs::Person),
    ("auth.sign_in", Needs::Person),
    ("auth.sign_up", Needs::Person),
    ("auth.sign_out", Needs::Person),
    ("account.get", READ),
    ("account.update", Needs::Person),
    ("account.change_password", Needs::Person),
    ("account.delete", Needs::Person),
    ("sessions.list", Needs::Person),
    ("sessions.revoke", Needs::Person),
    ("sessions.revoke_others", Needs::Person),
    ("tokens.list", Needs::Person),
    ("tokens.create", Needs::Person),
    ("tokens.revoke", Needs::Person),
    ("tokens.exchange", Needs::Nothing),
    ("bots.list", Needs::Person),
    ("bots.create", Needs::Person),
    ("bots.remove", Needs::Person),
    ("workspaces.get", READ),
    ("workspaces.create", ADMIN),
    ("workspaces.rename", ADMIN),
    ("workspaces.show_previews", ADMIN),
    ("workspaces.stop_previews", ADMIN),
    ("workspaces.leave", Needs::Person),
    ("members.list", READ),
    ("members.get", READ),
    ("members.set_role", ADMIN),
    ("members.remove", ADMIN),
    ("invitations.create", ADMIN),
    ("invitations.list", ADMIN),
    ("invitations.revoke", ADMIN),
    ("invitations.get", Needs::Nothing),
    ("invitations.accept", Needs::Person),
    ("posts.list", READ),
    ("posts.get", READ),
    ("posts.create", WRITE),
    ("posts.update", WRITE),
    ("posts.delete", WRITE),
    ("posts.pin", WRITE),
    ("posts.unpin", WRITE),
    ("posts.history", READ),
    ("comments.list", READ),
    ("comments.create", WRITE),
    ("comments.update", WRITE),
    ("comments.delete", WRITE),
    ("comments.history", READ),
    ("conversations.list", READ),
    ("conversations.get", READ),
    ("conversations.browse", READ),
    ("conversations.members", READ),
    ("conversations.create", WRITE),
    ("conversations.open_direct", WRITE),
    ("conversations.join", WRITE),
    ("conversations.leave", WRITE),
    ("conversations.add", WRITE),
    ("conversations.remove", ADMIN),
    ("conversations.update", WRITE),
    ("conversations.archive", ADMIN),
    ("conversations.unarchive", ADMIN),
    ("conversations.set_role", ADMIN),
    ("conversations.set_level", WRITE),
    ("conversations.star", WRITE),
    ("conversations.unstar", WRITE),
    ("messages.list", READ),
    ("messages.get", READ),
    ("messages.thread", READ),
    ("messages.send", WRITE),
    ("messages.update", WRITE),
    ("messages.delete", WRITE),
    ("messages.history", READ),
    ("messages.pin", WRITE),
    ("messages.unpin", WRITE),
    ("messages.pins", READ),
    ("messages.save", WRITE),
    ("messages.unsave", WRITE),
    ("messages.saved", READ),
    ("messages.reach", READ),
    ("files.upload", FILES),
    ("reads.move", WRITE),
    ("reads.set", WRITE),
    ("reads.all", WRITE),
    ("reads.seen_by", READ),
    ("reads.set_receipts", Needs::Person),
    ("reactions.add", WRITE),
    ("reactions.remove", WRITE),
    ("reactions.list", READ),
    ("previews.remove", WRITE),
    ("events.publish", EVENTS),
    ("events.list", READ),
    ("events.choices", READ),
    ("events.delete", EVENTS),
    ("events.kinds", READ),
    ("events.register", ADMIN),
    ("events.unregister", ADMIN),
    ("notifications.list", READ),
    ("notifications.read", WRITE),
    ("notifications.read_all", WRITE),
    ("presence.set", WRITE),
    ("status.set", WRITE),
    ("push.get", Needs::Person),
    ("push.subscribe", Needs::Person),
    ("push.unsubscribe", Needs::Person),
    ("push.quiet", Needs::Person),
    ("push.test", Needs::Person),
    ("push.log", Needs::Person),
    ("push.look", Needs::Person),
    ("drafts.save", WRITE),
    ("markdown.preview", READ),
    ("search.query", READ),
    ("admin.figures", ADMIN),
    ("admin.people", ADMIN),
    ("admin.set_role", ADMIN),
    ("admin.deactivate", ADMIN),
    ("admin.reactivate", ADMIN),
    ("admin.sign_out", ADMIN),
    ("admin.workspaces", ADMIN),
    ("admin.audit", ADMIN),
];

/// What a command needs, by its name: `posts.create`.
#[must_use]
pub fn needs(command: &str) -> Needs {
    let known = COMMANDS.iter().find(|(name, _)| *name == command);
    known.map_or(Needs::Person, |(_, needs)| *needs)
}
