//! The feed of one workspace: which posts stand in it and in what order. The posts themselves are
//! in [`super::content`].

use protocol::PostId;
use protocol::page::PageKey;
use std::collections::BTreeSet;

/// One workspace's feed, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Feed {
    rows: Vec<Row>,
    pinned: Vec<PostId>,
    pins_as_of: u64,
    fresh: BTreeSet<PostId>,
    next: Option<PageKey>,
    as_of: u64,
    at_top: bool,
    stale: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Row {
    order: u64,
    id: PostId,
}

impl Feed {
    /// The first page, for the first time.
    #[must_use]
    pub(crate) fn new(page: &protocol::post::Feed) -> Self {
        let mut feed = Self {
            rows: Vec::new(),
            pinned: page.pinned.iter().map(|post| post.id).collect(),
            pins_as_of: page.as_of.position.seq,
            fresh: BTreeSet::new(),
            next: page.next.clone(),
            as_of: page.as_of.position.seq,
            at_top: true,
            stale: false,
        };
        feed.append(page);
        feed
    }

    /// The first page again. Further pages that were loaded stay where they join it; what is new
    /// to somebody who reads further down waits behind the pill.
    pub(crate) fn reload(&mut self, page: &protocol::post::Feed, is_mine: impl Fn(PostId) -> bool) {
        let newest = self.rows.first().map_or(0, |row| row.order);
        let joins = page.posts.last().is_none_or(|last| last.order <= newest) && !self.rows.is_empty();
        let kept = if self.stale || !joins || page.next.is_none() { Vec::new() } else { self.rows.clone() };
        if kept.is_empty() {
            self.next = page.next.clone();
        }
        let known: BTreeSet<PostId> = self.rows.iter().map(|row| row.id).collect();
        self.rows = kept;
        self.append(page);
        if !self.at_top {
            let new = page.posts.iter().filter(|post| newest < post.order && !known.contains(&post.id));
            self.fresh.extend(new.map(|post| post.id).filter(|id| !is_mine(*id)));
        }
        let rows = &self.rows;
        self.fresh.retain(|id| rows.iter().any(|row| row.id == *id));
        self.pinned = page.pinned.iter().map(|post| post.id).collect();
        self.pins_as_of = page.as_of.position.seq;
        self.as_of = page.as_of.position.seq;
        self.stale = false;
    }

    /// The next page.
    pub(crate) fn load_more(&mut self, page: &protocol::post::Feed) {
        self.append(page);
        self.next = page.next.clone();
    }

    fn append(&mut self, page: &protocol::post::Feed) {
        for post in &page.posts {
            self.insert(post.order, post.id);
        }
    }

    /// A post in its place.
    pub(crate) fn insert(&mut self, order: u64, id: PostId) {
        if self.rows.iter().any(|row| row.id == id) {
            return;
        }
        let index = self.rows.partition_point(|row| order < row.order);
        self.rows.insert(index, Row { order, id });
    }

    /// A post was written: behind the pill if somebody reads further down.
    pub(crate) fn written(&mut self, order: u64, id: PostId, is_mine: bool) -> bool {
        if order <= self.as_of || self.rows.iter().any(|row| row.id == id) {
            return false;
        }
        self.insert(order, id);
        if !self.at_top && !is_mine {
            self.fresh.insert(id);
        }
        true
    }

    /// A post is gone.
    pub(crate) fn remove(&mut self, id: PostId) {
        self.rows.retain(|row| row.id != id);
        self.pinned.retain(|pinned| *pinned != id);
        self.fresh.remove(&id);
    }

    /// A post was pinned or unpinned by the event with this number.
    pub(crate) fn pin(&mut self, id: PostId, pinned: bool, seq: u64) {
        if seq <= self.pins_as_of {
            return;
        }
        self.pins_as_of = seq;
        self.pinned.retain(|other| *other != id);
        if pinned {
            self.pinned.insert(0, id);
        }
    }

    /// The pill was pressed.
    pub(crate) fn show_fresh(&mut self) {
        self.fresh.clear();
    }

    /// Whether the top of the feed is on screen: then new posts need no pill.
    pub(crate) fn set_at_top(&mut self, at_top: bool) {
        self.at_top = at_top;
    }

    /// Whether the top of the feed is on screen.
    #[must_use]
    pub(crate) fn is_at_top(&self) -> bool {
        self.at_top
    }

    /// Events were missed: the next first page replaces everything.
    pub(crate) fn set_stale(&mut self) {
        self.stale = true;
        self.pins_as_of = 0;
        self.as_of = 0;
    }

    /// Whether events were missed.
    #[must_use]
    pub(crate) fn is_stale(&self) -> bool {
        self.stale
    }

    /// The posts that are shown, newest first.
    pub(crate) fn shown(&self) -> impl Iterator<Item = PostId> {
        self.rows.iter().map(|row| row.id).filter(|id| !self.fresh.contains(id))
    }

    /// All posts, newest first, with those behind the pill.
    pub(crate) fn all(&self) -> impl Iterator<Item = PostId> {
        self.rows.iter().map(|row| row.id)
    }

    /// The pinned posts, newest pin first.
    #[must_use]
    pub(crate) fn pinned(&self) -> &[PostId] {
        &self.pinned
    }

    /// How many posts wait behind the pill.
    #[must_use]
    pub(crate) fn fresh(&self) -> usize {
        self.fresh.len()
    }

    /// Where the next page begins.
    #[must_use]
    pub(crate) fn next(&self) -> Option<&PageKey> {
        self.next.as_ref()
    }
}
