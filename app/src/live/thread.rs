//! The comments under one post: which, in what order, and what answers what. The comments
//! themselves are in [`super::content`].

use protocol::comment::Comment;
use protocol::page::{Page, PageKey};
use protocol::{CommentId, WorkspaceId};
use std::collections::HashSet;

/// The comments of one post, oldest first, with one level of replies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Thread {
    /// Where the post stands.
    pub(crate) workspace: WorkspaceId,
    rows: Vec<Row>,
    /// Written while pages before them are not loaded.
    late: HashSet<CommentId>,
    next: Option<PageKey>,
    as_of: u64,
    stale: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Row {
    order: u64,
    id: CommentId,
    parent: Option<CommentId>,
}

impl Thread {
    /// A thread of which nothing is loaded.
    #[must_use]
    pub(crate) fn new(workspace: WorkspaceId) -> Self {
        Self { workspace, rows: Vec::new(), late: HashSet::new(), next: None, as_of: 0, stale: true }
    }

    /// The first page. What was loaded beyond it stays, unless events were missed.
    pub(crate) fn load(&mut self, page: &Page<Comment>, as_of: u64) {
        let replaces = self.stale;
        if replaces {
            self.rows.clear();
            self.late.clear();
        }
        if replaces || page.next.is_none() {
            self.next = page.next.clone();
            self.as_of = as_of;
        }
        // Otherwise it says nothing of what was written at the end since, and the events do.
        self.stale = false;
        self.append(page);
    }

    /// The next page.
    pub(crate) fn load_more(&mut self, page: &Page<Comment>) {
        self.next = page.next.clone();
        self.append(page);
    }

    fn append(&mut self, page: &Page<Comment>) {
        for comment in &page.items {
            self.insert(comment);
            self.late.remove(&comment.id);
        }
        if self.next.is_none() {
            self.late.clear();
        }
    }

    fn insert(&mut self, comment: &Comment) -> bool {
        if self.rows.iter().any(|row| row.id == comment.id) {
            return false;
        }
        let index = self.rows.partition_point(|row| row.order <= comment.order);
        self.rows.insert(index, Row { order: comment.order, id: comment.id, parent: comment.parent });
        true
    }

    /// A comment was written.
    pub(crate) fn written(&mut self, comment: &Comment) -> bool {
        if comment.order <= self.as_of || !self.insert(comment) {
            return false;
        }
        if self.next.is_some() {
            self.late.insert(comment.id);
        }
        true
    }

    /// Events were missed: the next first page replaces everything.
    pub(crate) fn set_stale(&mut self) {
        self.stale = true;
        self.as_of = 0;
    }

    /// Whether events were missed, or nothing is loaded yet.
    #[must_use]
    pub(crate) fn is_stale(&self) -> bool {
        self.stale
    }

    /// Where the next page begins.
    #[must_use]
    pub(crate) fn next(&self) -> Option<&PageKey> {
        self.next.as_ref()
    }

    /// All comments, oldest first.
    pub(crate) fn all(&self) -> impl Iterator<Item = CommentId> {
        self.rows.iter().map(|row| row.id)
    }

    /// Comments that answer the post, and apart from them those that come after a gap.
    #[must_use]
    pub(crate) fn roots(&self) -> (Vec<CommentId>, Vec<CommentId>) {
        let known = |id: CommentId| self.rows.iter().any(|row| row.id == id);
        let roots = self.rows.iter().filter(|row| row.parent.is_none_or(|parent| !known(parent)));
        roots.map(|row| row.id).partition(|id| !self.late.contains(id))
    }

    /// The answers to a comment.
    pub(crate) fn replies(&self, to: CommentId) -> impl Iterator<Item = CommentId> {
        self.rows.iter().filter(move |row| row.parent == Some(to)).map(|row| row.id)
    }
}
