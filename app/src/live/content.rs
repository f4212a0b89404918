//! Posts and comments, each once, and the lists that name them.
//!
//! A post may stand in a feed, among the pinned ones and above its comments at once; it is kept
//! once here, so it cannot disagree with itself.

use super::changes::{Changes, Wanted};
use super::feed::Feed;
use super::held::{Held, STALE};
use super::thread::Thread;
use protocol::comment::Comment;
use protocol::event::ReactionChange;
use protocol::link::PreviewChange;
use protocol::page::Page;
use protocol::post::{Post, PostPage};
use protocol::reaction::{ReactionCount, ReactionTarget};
use protocol::{CommentId, Person, PostId, UserId, WorkspaceId};
use std::collections::{HashMap, HashSet};
use std::hash::Hash;

/// Threads kept for going back; the ones opened longest ago make room.
const THREADS_MAX: usize = 8;

/// Posts, comments, feeds and threads.
#[derive(Clone, Debug, Default)]
pub(crate) struct Content {
    /// Every post that a list names, if it is loaded.
    pub(crate) posts: HashMap<PostId, Held<Post>>,
    /// Every comment that a thread names.
    pub(crate) comments: HashMap<CommentId, Held<Comment>>,
    /// Feeds that were opened.
    pub(crate) feeds: HashMap<WorkspaceId, Feed>,
    /// Threads that were opened.
    pub(crate) threads: HashMap<PostId, Thread>,
    opened: Vec<PostId>,
}

impl Content {
    /// The first page of a feed.
    pub(crate) fn load_feed(
        &mut self,
        page: protocol::post::Feed,
        workspace: WorkspaceId,
        me: Option<UserId>,
    ) -> Changes {
        let mut changes = Changes::default();
        let mine: HashSet<PostId> =
            page.posts.iter().filter(|post| Some(post.author.id) == me).map(|post| post.id).collect();
        match self.feeds.get_mut(&workspace) {
            Some(feed) => feed.reload(&page, |id| mine.contains(&id)),
            None => {
                self.feeds.insert(workspace, Feed::new(&page));
            }
        }
        self.put_posts(page, &mut changes);
        changes.feeds.insert(workspace);
        changes
    }

    /// The next page of a feed.
    pub(crate) fn load_more_feed(&mut self, page: protocol::post::Feed, workspace: WorkspaceId) -> Changes {
        let mut changes = Changes::default();
        if let Some(feed) = self.feeds.get_mut(&workspace) {
            feed.load_more(&page);
            self.put_posts(page, &mut changes);
            changes.feeds.insert(workspace);
        }
        changes
    }

    fn put_posts(&mut self, page: protocol::post::Feed, changes: &mut Changes) {
        let as_of = page.as_of.position.seq;
        for post in page.posts.into_iter().chain(page.pinned) {
            self.put_post(post, as_of, changes);
        }
    }

    fn put_post(&mut self, post: Post, as_of: u64, changes: &mut Changes) {
        changes.posts.insert(post.id);
        if self.posts.get(&post.id).is_none_or(|held| held.yields_to(as_of)) {
            self.posts.insert(post.id, Held { row: post, as_of });
        }
    }

    fn put_comment(&mut self, comment: Comment, as_of: u64, changes: &mut Changes) {
        changes.comments.insert(comment.id);
        if self.comments.get(&comment.id).is_none_or(|held| held.yields_to(as_of)) {
            self.comments.insert(comment.id, Held { row: comment, as_of });
        }
    }

    /// One post alone.
    pub(crate) fn load_post(&mut self, page: PostPage) -> Changes {
        let mut changes = Changes::default();
        changes.feeds.insert(page.post.workspace);
        changes.threads.insert(page.post.id);
        self.put_post(page.post, page.as_of.position.seq, &mut changes);
        changes
    }

    /// A post with the first page of its comments.
    pub(crate) fn load_thread(&mut self, page: PostPage, comments: Page<Comment>, as_of: u64) -> Changes {
        let (post, workspace) = (page.post.id, page.post.workspace);
        let mut changes = self.load_post(page);
        self.opened.retain(|opened| *opened != post);
        self.opened.push(post);
        self.threads.entry(post).or_insert_with(|| Thread::new(workspace)).load(&comments, as_of);
        self.put_comments(comments, as_of, &mut changes);
        if THREADS_MAX < self.opened.len() {
            let oldest = self.opened.remove(0);
            self.close_thread(oldest, &mut changes);
        }
        changes
    }

    /// The next page of a post's comments.
    pub(crate) fn load_more_comments(&mut self, post: PostId, page: Page<Comment>, as_of: u64) -> Changes {
        let mut changes = Changes::default();
        if let Some(thread) = self.threads.get_mut(&post) {
            thread.load_more(&page);
            changes.threads.insert(post);
            self.put_comments(page, as_of, &mut changes);
        }
        changes
    }

    fn put_comments(&mut self, page: Page<Comment>, as_of: u64, changes: &mut Changes) {
        for comment in page.items {
            self.put_comment(comment, as_of, changes);
        }
    }

    fn close_thread(&mut self, post: PostId, changes: &mut Changes) {
        self.opened.retain(|opened| *opened != post);
        if let Some(thread) = self.threads.remove(&post) {
            for comment in thread.all() {
                self.comments.remove(&comment);
                changes.comments.insert(comment);
            }
            changes.threads.insert(post);
        }
    }

    /// A post was written. `post.order` is set.
    pub(crate) fn post_created(&mut self, post: Post, is_mine: bool, changes: &mut Changes) {
        let seq = post.order;
        let Some(feed) = self.feeds.get_mut(&post.workspace) else { return };
        // What is there already, from a page or from the answer to its author, knows at least as much.
        if feed.written(seq, post.id, is_mine) {
            changes.feeds.insert(post.workspace);
            changes.posts.insert(post.id);
            written(&mut self.posts, post.id, Held { row: post, as_of: seq });
        }
    }

    /// Title or body changed. Counters and reactions have events of their own.
    pub(crate) fn post_updated(&mut self, new: &Post, seq: u64, changes: &mut Changes) {
        if let Some(post) = self.posts.get_mut(&new.id).and_then(|held| held.at(seq)) {
            post.author.clone_from(&new.author);
            post.title.clone_from(&new.title);
            post.body.clone_from(&new.body);
            post.html.clone_from(&new.html);
            post.previews.clone_from(&new.previews);
            post.version = new.version;
            post.edited_at = new.edited_at;
            changes.posts.insert(new.id);
        }
    }

    /// A post is gone with its comments.
    pub(crate) fn post_deleted(&mut self, id: PostId, workspace: WorkspaceId, changes: &mut Changes) {
        if let Some(feed) = self.feeds.get_mut(&workspace) {
            feed.remove(id);
            changes.feeds.insert(workspace);
        }
        self.posts.remove(&id);
        changes.posts.insert(id);
        changes.threads.insert(id);
        self.close_thread(id, changes);
    }

    /// A post was pinned or unpinned.
    pub(crate) fn post_pinned(
        &mut self,
        id: PostId,
        pinned: bool,
        workspace: WorkspaceId,
        seq: u64,
        changes: &mut Changes,
    ) {
        if let Some(post) = self.posts.get_mut(&id).and_then(|held| held.at(seq)) {
            post.pinned = pinned;
            changes.posts.insert(id);
        }
        if let Some(feed) = self.feeds.get_mut(&workspace) {
            feed.pin(id, pinned, seq);
            changes.feeds.insert(workspace);
            if feed.pinned().contains(&id) && !self.posts.contains_key(&id) {
                changes.want(Wanted::Post(id));
            }
        }
    }

    /// Somebody commented. `comment.order` is set.
    pub(crate) fn comment_created(&mut self, comment: Comment, comments: u32, changes: &mut Changes) {
        let (seq, post) = (comment.order, comment.post);
        self.count_comments(post, comments, seq, changes);
        if let Some(thread) = self.threads.get_mut(&post)
            && thread.written(&comment)
        {
            changes.threads.insert(post);
            changes.comments.insert(comment.id);
            written(&mut self.comments, comment.id, Held { row: comment, as_of: seq });
        }
    }

    /// A comment's text changed.
    pub(crate) fn comment_updated(&mut self, new: &Comment, seq: u64, changes: &mut Changes) {
        if let Some(comment) = self.comments.get_mut(&new.id).and_then(|held| held.at(seq)) {
            comment.author.clone_from(&new.author);
            comment.body.clone_from(&new.body);
            comment.html.clone_from(&new.html);
            comment.previews.clone_from(&new.previews);
            comment.version = new.version;
            comment.edited_at = new.edited_at;
            changes.comments.insert(new.id);
        }
    }

    /// A comment is gone. It stays as a mark, which is shown only while replies to it are.
    pub(crate) fn comment_deleted(
        &mut self,
        id: CommentId,
        post: PostId,
        comments: u32,
        seq: u64,
        changes: &mut Changes,
    ) {
        self.count_comments(post, comments, seq, changes);
        if let Some(comment) = self.comments.get_mut(&id).and_then(|held| held.at(seq)) {
            empty(comment);
            changes.comments.insert(id);
            changes.threads.insert(post);
        }
    }

    fn count_comments(&mut self, post: PostId, comments: u32, seq: u64, changes: &mut Changes) {
        if let Some(row) = self.posts.get_mut(&post).and_then(|held| held.at(seq)) {
            row.comments = comments;
            changes.posts.insert(post);
        }
    }

    /// Somebody reacted or took it back.
    pub(crate) fn reacted(
        &mut self,
        change: &ReactionChange,
        added: bool,
        is_mine: bool,
        seq: u64,
        changes: &mut Changes,
    ) {
        let place = match change.target {
            ReactionTarget::Post(id) => {
                changes.posts.insert(id);
                let held = self.posts.get_mut(&id).and_then(|held| held.at(seq));
                held.map(|post| (&mut post.reactions, &mut post.mine))
            }
            ReactionTarget::Comment(id) => {
                changes.comments.insert(id);
                let held = self.comments.get_mut(&id).and_then(|held| held.at(seq));
                held.map(|comment| (&mut comment.reactions, &mut comment.mine))
            }
            ReactionTarget::Message(_) => None,
        };
        let Some((reactions, mine)) = place else { return };
        reactions.clone_from(&change.reactions);
        if is_mine {
            mine.retain(|emoji| *emoji != change.emoji);
            if added {
                mine.push(change.emoji.clone());
            }
        }
    }

    /// What is shown of the links of a text is another.
    pub(crate) fn previewed(&mut self, change: &PreviewChange, seq: u64, changes: &mut Changes) {
        let previews = match change.target {
            ReactionTarget::Post(id) => {
                changes.posts.insert(id);
                let held = self.posts.get_mut(&id).and_then(|held| held.at(seq));
                held.map(|post| &mut post.previews)
            }
            ReactionTarget::Comment(id) => {
                changes.comments.insert(id);
                let held = self.comments.get_mut(&id).and_then(|held| held.at(seq));
                held.map(|comment| &mut comment.previews)
            }
            ReactionTarget::Message(_) => None,
        };
        if let Some(previews) = previews {
            previews.clone_from(&change.previews);
        }
    }

    /// Somebody's name, handle or colour changed, or they are a former member now.
    pub(crate) fn person_changed(
        &mut self,
        person: &Person,
        workspace: WorkspaceId,
        seq: u64,
        changes: &mut Changes,
    ) {
        for (id, held) in &mut self.posts {
            let theirs = held.row.workspace == workspace && held.row.author.id == person.id;
            if theirs && let Some(post) = held.at(seq) {
                post.author.clone_from(person);
                changes.posts.insert(*id);
            }
        }
        for thread in self.threads.values().filter(|thread| thread.workspace == workspace) {
            for id in thread.all() {
                let held = self.comments.get_mut(&id).filter(|held| held.row.author.id == person.id);
                if let Some(comment) = held.and_then(|held| held.at(seq)) {
                    comment.author.clone_from(person);
                    changes.comments.insert(id);
                }
            }
        }
    }

    /// Nothing of this workspace may be shown any longer.
    pub(crate) fn leave(&mut self, workspace: WorkspaceId, changes: &mut Changes) {
        self.feeds.remove(&workspace);
        changes.feeds.insert(workspace);
        let gone: Vec<PostId> = self
            .posts
            .values()
            .filter(|held| held.row.workspace == workspace)
            .map(|held| held.row.id)
            .collect();
        for post in gone {
            self.posts.remove(&post);
            changes.posts.insert(post);
            changes.threads.insert(post);
            self.close_thread(post, changes);
        }
    }

    /// Events of this workspace were missed: rows say nothing about how new they are any longer,
    /// and what is on screen has to be loaded again.
    pub(crate) fn set_stale(&mut self, workspace: WorkspaceId, changes: &mut Changes) {
        for held in self.posts.values_mut().filter(|held| held.row.workspace == workspace) {
            held.as_of = STALE;
        }
        if let Some(feed) = self.feeds.get_mut(&workspace) {
            feed.set_stale();
            changes.want(Wanted::Feed(workspace));
        }
        for (post, thread) in self.threads.iter_mut().filter(|(_, thread)| thread.workspace == workspace) {
            thread.set_stale();
            for id in thread.all() {
                if let Some(held) = self.comments.get_mut(&id) {
                    held.as_of = STALE;
                }
            }
            changes.want(Wanted::Thread(*post));
        }
    }
}

/// A row as it was first written, unless something newer is known of it.
fn written<K: Eq + Hash, T>(rows: &mut HashMap<K, Held<T>>, id: K, held: Held<T>) {
    if rows.get(&id).is_none_or(|known| known.as_of == STALE) {
        rows.insert(id, held);
    }
}

/// Takes the text out of a deleted comment.
pub(crate) fn empty(comment: &mut Comment) {
    comment.deleted = true;
    comment.body.clear();
    comment.html.clear();
    comment.previews.clear();
    comment.reactions.clear();
    comment.mine.clear();
}

/// Adds or removes one reaction of the person themself, unless it is so already.
pub(crate) fn react(reactions: &mut Vec<ReactionCount>, mine: &mut Vec<String>, emoji: &str, on: bool) {
    if mine.iter().any(|own| own == emoji) == on {
        return;
    }
    let count = reactions.iter_mut().find(|count| count.emoji == emoji);
    match (count, on) {
        (Some(count), true) => count.count += 1,
        (None, true) => reactions.push(ReactionCount { emoji: emoji.to_owned(), count: 1 }),
        (Some(count), false) => count.count = count.count.saturating_sub(1),
        (None, false) => {}
    }
    reactions.retain(|count| 0 < count.count);
    mine.retain(|own| own != emoji);
    if on {
        mine.push(emoji.to_owned());
    }
}
