//! What the person does. For event handlers only.

use super::Live;
use crate::live::outbox::EntryId;
use crate::live::toasts::{Place, ToastId};
use protocol::comment::NewComment;
use protocol::draft::Draft;
use protocol::post::NewPost;
use protocol::reaction::Reaction;
use protocol::{CommentId, PostId, WorkspaceId};

impl Live {
    /// Writes a post: it stands there at once.
    pub fn create_post(self, new: NewPost) {
        self.act(|state, now| (state.create_post(new, now), ()));
    }

    /// Comments, or replies.
    pub fn create_comment(self, new: NewComment) {
        self.act(|state, now| (state.create_comment(new, now), ()));
    }

    /// Reacts.
    pub fn add_reaction(self, reaction: Reaction) {
        self.act(|state, now| (state.add_reaction(reaction, now), ()));
    }

    /// Takes a reaction back.
    pub fn remove_reaction(self, reaction: Reaction) {
        self.act(|state, now| (state.remove_reaction(reaction, now), ()));
    }

    /// Deletes a post: gone at once, with an undo for eight seconds.
    pub fn delete_post(self, id: PostId) -> Option<EntryId> {
        self.act(|state, now| state.delete_post(id, now)).flatten()
    }

    /// Deletes a comment, likewise.
    pub fn delete_comment(self, id: CommentId) -> Option<EntryId> {
        self.act(|state, now| state.delete_comment(id, now)).flatten()
    }

    /// Takes a deletion back.
    pub fn undo(self, entry: EntryId) {
        self.discard(entry);
    }

    /// Sends once more what was refused.
    pub fn retry(self, entry: EntryId) {
        self.act(|state, _| (state.retry(entry), ()));
    }

    /// Gives up what was refused.
    pub fn discard(self, entry: EntryId) {
        self.act(|state, _| (state.discard(entry), ()));
    }

    /// What the person wrote in an entry, for *Copy*.
    #[must_use]
    pub fn text_of(self, entry: EntryId) -> String {
        self.read(|state| state.text_of(entry))
    }

    /// The pill was pressed.
    pub fn show_fresh(self, workspace: WorkspaceId) {
        self.change(|state| state.show_fresh(workspace));
    }

    /// Whether the top of a feed is on screen.
    pub fn at_top(self, workspace: WorkspaceId, at_top: bool) {
        self.change(|state| state.at_top(workspace, at_top));
    }

    /// Says a sentence in a toast.
    pub fn note(self, text: impl Into<String>) {
        let text = text.into();
        self.act(|state, now| (state.note(text, now), ()));
    }

    /// Closes a toast. One that offers undo lets the deletion happen.
    pub fn dismiss(self, toast: ToastId) {
        self.change(|state| state.dismiss(toast));
    }

    /// The person typed.
    pub fn typed(self, draft: Draft) {
        self.change(|state| state.typed(draft));
    }

    /// What is on screen changed.
    pub fn look_at(self, place: Place) {
        self.change(|state| state.look_at(place));
    }

    /// The person has seen the newest post of a feed.
    pub fn read_feed(self, workspace: WorkspaceId) {
        self.change(|state| state.read_feed(workspace));
    }
}
