//! A server as small as it can be: the same rows and the same events as the real one, and
//! snapshots of them at their position in the log.

use super::make;
use protocol::account::Me;
use protocol::comment::Comment;
use protocol::draft::{Draft, DraftPlace};
use protocol::event::ReactionChange;
use protocol::notification::{Notification, NotificationKind, ReadMark};
use protocol::page::{Page, PageKey};
use protocol::position::TopicPosition;
use protocol::post::{Feed, Post, PostPage};
use protocol::reaction::{ReactionCount, ReactionTarget};
use protocol::workspace::{Member, Role, Workspace};
use protocol::{CommentId, Event, EventKind, Person, PostId, Timestamp, Topic, UserId};
use std::collections::{BTreeMap, HashMap};

/// What somebody does. Numbers choose among what is there.
#[derive(Clone, Copy, Debug)]
pub(super) enum Act {
    Post { by: u64 },
    Edit { post: usize },
    Delete { post: usize },
    Pin { post: usize, on: bool },
    Comment { by: u64, post: usize, reply: bool },
    EditComment { comment: usize },
    DeleteComment { comment: usize },
    React { by: u64, on_comment: bool, which: usize, heart: bool, on: bool },
    Join { who: u64 },
    Leave { who: u64, former: bool },
    Rename { who: u64 },
    RenameWorkspace,
    Notify { by: u64, post: usize, merge: bool },
    Read { which: usize, all: bool },
    Type { empty: bool },
    ReadFeed,
}

pub(super) struct Model {
    pub(super) log: BTreeMap<Topic, Vec<Event>>,
    /// Rows on a page.
    rows: usize,
    people: HashMap<UserId, Person>,
    members: BTreeMap<UserId, Member>,
    workspace: Workspace,
    posts: Vec<Post>,
    pinned: Vec<PostId>,
    comments: Vec<Comment>,
    reactions: Vec<(ReactionTarget, UserId, String)>,
    notifications: Vec<Notification>,
    drafts: BTreeMap<String, Draft>,
    read: u64,
    made: u64,
}

impl Model {
    pub(super) fn new(rows: usize) -> Self {
        let members = (1..=3).map(|n| (make::person(n).id, make::member(n))).collect();
        Self {
            log: [(make::workspace_topic(), Vec::new()), (Self::mine(), Vec::new())].into(),
            rows,
            people: (1..=4).map(|n| (make::person(n).id, make::person(n))).collect(),
            members,
            workspace: make::workspace(1, "Garden"),
            posts: Vec::new(),
            pinned: Vec::new(),
            comments: Vec::new(),
            reactions: Vec::new(),
            notifications: Vec::new(),
            drafts: BTreeMap::new(),
            read: 0,
            made: 0,
        }
    }

    fn mine() -> Topic {
        Topic::User(make::person(1).id)
    }

    fn person(&self, n: u64) -> Person {
        self.people[&make::person(n).id].clone()
    }

    fn fresh(&mut self) -> u64 {
        self.made += 1;
        self.made
    }

    fn now(&self) -> Timestamp {
        Timestamp(10_000 + self.made as i64)
    }

    pub(super) fn head(&self, topic: Topic) -> u64 {
        self.log[&topic].len() as u64
    }

    fn next_seq(&self) -> u64 {
        self.head(make::workspace_topic()) + 1
    }

    fn tell(&mut self, topic: Topic, kind: EventKind) {
        let log = self.log.get_mut(&topic).expect("both logs exist");
        log.push(make::event(topic, log.len() as u64 + 1, kind));
    }

    fn announce(&mut self, kind: EventKind) {
        self.tell(make::workspace_topic(), kind);
    }

    pub(super) fn act(&mut self, act: Act) {
        match act {
            Act::Post { by } => {
                let (n, order) = (self.fresh(), self.next_seq());
                let post = make::post(n, &self.person(by), order);
                self.posts.push(post.clone());
                self.announce(EventKind::PostCreated(Post { order: 0, ..post }));
            }
            Act::Edit { post } => {
                let n = self.fresh();
                if let Some(index) = pick(post, self.posts.len()) {
                    let post = &mut self.posts[index];
                    post.title = format!("Edited {n}");
                    post.version += 1;
                    post.edited_at = Some(Timestamp(n as i64));
                    let id = post.id;
                    let post = Post { mine: Vec::new(), ..self.post_of(id).expect("it was just changed") };
                    self.announce(EventKind::PostUpdated(post));
                }
            }
            Act::Delete { post } => {
                if let Some(index) = pick(post, self.posts.len()) {
                    let id = self.posts.remove(index).id;
                    self.pinned.retain(|pinned| *pinned != id);
                    self.comments.retain(|comment| comment.post != id);
                    for row in self.notifications.iter_mut().filter(|row| row.post == Some(id)) {
                        row.title.clear();
                        row.excerpt.clear();
                    }
                    self.redact(id);
                    self.announce(EventKind::PostDeleted { id });
                }
            }
            Act::Pin { post, on } => {
                if let Some(index) = pick(post, self.posts.len())
                    && self.posts[index].pinned != on
                {
                    let id = self.posts[index].id;
                    self.posts[index].pinned = on;
                    self.pinned.retain(|pinned| *pinned != id);
                    if on {
                        self.pinned.insert(0, id);
                    }
                    self.announce(EventKind::PostPinned { id, pinned: on });
                }
            }
            Act::Comment { by, post, reply } => {
                let (n, order) = (self.fresh(), self.next_seq());
                if let Some(index) = pick(post, self.posts.len()) {
                    let post = self.posts[index].id;
                    let roots = self.comments.iter().filter(|row| row.post == post && row.parent.is_none());
                    let mut standing = roots.filter(|row| !row.deleted).map(|row| row.id);
                    let parent = standing.next_back().filter(|_| reply);
                    let comment = Comment { parent, ..make::comment(n, post, &self.person(by), order) };
                    self.comments.push(comment.clone());
                    let comments = self.count(post);
                    self.announce(EventKind::CommentCreated {
                        comment: Comment { order: 0, ..comment },
                        comments,
                    });
                }
            }
            Act::EditComment { comment } => {
                let n = self.fresh();
                if let Some(id) = self.living(comment) {
                    let comment = self.comments.iter_mut().find(|row| row.id == id).expect("it lives");
                    comment.body = format!("Edited {n}");
                    comment.version += 1;
                    comment.edited_at = Some(Timestamp(n as i64));
                    let mut comment = comment.clone();
                    comment.author.clone_from(&self.people[&comment.author.id]);
                    self.announce(EventKind::CommentUpdated(comment));
                }
            }
            Act::DeleteComment { comment } => {
                if let Some(id) = self.living(comment) {
                    let row = self.comments.iter_mut().find(|row| row.id == id).expect("it lives");
                    crate::live::content::empty(row);
                    let post = row.post;
                    self.reactions.retain(|(target, _, _)| *target != ReactionTarget::Comment(id));
                    let comments = self.count(post);
                    self.announce(EventKind::CommentDeleted { id, post, comments });
                }
            }
            Act::React { by, on_comment, which, heart, on } => self.react(by, on_comment, which, heart, on),
            Act::Join { who } => {
                let member = Member { person: self.person(who), ..make::member(who) };
                if !member.person.former && !self.members.contains_key(&member.person.id) {
                    self.members.insert(member.person.id, member.clone());
                    self.announce(EventKind::MemberJoined(member));
                }
            }
            Act::Leave { who, former } => {
                let id = make::person(who).id;
                if who != 1
                    && let Some(mut member) = self.members.remove(&id)
                {
                    if former {
                        member.person = Person::former(id);
                        self.people.insert(id, member.person.clone());
                    }
                    self.announce(EventKind::MemberLeft(member));
                }
            }
            Act::Rename { who } => {
                let n = self.fresh();
                let id = make::person(who).id;
                if let Some(member) = self.members.get_mut(&id) {
                    member.person.name = format!("Renamed {n}");
                    member.role = if n.is_multiple_of(2) { Role::Admin } else { Role::Member };
                    let member = member.clone();
                    self.people.insert(id, member.person.clone());
                    self.announce(EventKind::MemberUpdated(member));
                }
            }
            Act::RenameWorkspace => {
                let n = self.fresh();
                self.workspace.name = format!("Garden {n}");
                self.announce(EventKind::WorkspaceUpdated(self.workspace.clone()));
            }
            Act::Notify { by, post, merge } => self.notify(by, post, merge),
            Act::Read { which, all } => {
                let Some(index) = pick(which, self.notifications.len()) else { return };
                let mark = match all {
                    true => ReadMark::UpTo(self.notifications[index].at),
                    false => ReadMark::One(self.notifications[index].id),
                };
                for row in &mut self.notifications {
                    let meant = match mark {
                        ReadMark::One(id) => row.id == id,
                        ReadMark::UpTo(at) => row.at <= at,
                    };
                    row.read |= meant;
                }
                let unread = self.unread();
                self.tell(Self::mine(), EventKind::NotificationRead { mark, unread });
            }
            Act::Type { empty } => {
                let n = self.fresh();
                let place = DraftPlace::Post(make::workspace_id());
                let body = if empty { String::new() } else { format!("Draft {n}") };
                let draft = Draft { place, title: String::new(), body, at: self.now() };
                self.drafts.insert(place.to_string(), draft.clone());
                self.tell(Self::mine(), EventKind::DraftUpdated(draft));
            }
            Act::ReadFeed => {
                let seq = self.head(make::workspace_topic());
                if self.read < seq {
                    self.read = seq;
                    self.tell(
                        Self::mine(),
                        EventKind::ReadMoved { topic: make::workspace_topic(), seq, unread: None },
                    );
                }
            }
        }
    }

    fn react(&mut self, by: u64, on_comment: bool, which: usize, heart: bool, on: bool) {
        let (target, post) = if on_comment {
            let Some(id) = self.living(which) else { return };
            let comment = self.comments.iter().find(|row| row.id == id).expect("it lives");
            (ReactionTarget::Comment(id), Some(comment.post))
        } else {
            let Some(index) = pick(which, self.posts.len()) else { return };
            (ReactionTarget::Post(self.posts[index].id), Some(self.posts[index].id))
        };
        let user = make::person(by).id;
        let emoji = if heart { "❤️" } else { "👍" }.to_owned();
        let row = (target, user, emoji.clone());
        if self.reactions.contains(&row) == on {
            return;
        }
        if on {
            self.reactions.push(row);
        } else {
            self.reactions.retain(|other| *other != row);
        }
        let change = ReactionChange { target, post, user, emoji, reactions: self.counts(target) };
        self.announce(if on { EventKind::ReactionAdded(change) } else { EventKind::ReactionRemoved(change) });
    }

    fn notify(&mut self, by: u64, post: usize, merge: bool) {
        let n = self.fresh();
        let at = self.now();
        let Some(index) = pick(post, self.posts.len()) else { return };
        let post = self.posts[index].id;
        let known = self.notifications.iter().position(|row| row.post == Some(post)).filter(|_| merge);
        let mut notification = match known {
            Some(index) => {
                let row = self.notifications.remove(index);
                Notification { at, read: false, actor_count: row.actor_count + 1, ..row }
            }
            None => Notification {
                kind: NotificationKind::Comment,
                ..make::mention(n, &self.person(by), post, at)
            },
        };
        self.name_actors(&mut notification);
        self.notifications.push(notification.clone());
        let unread = self.unread();
        self.tell(Self::mine(), EventKind::NotificationCreated { notification, unread });
    }

    /// What was deleted is taken out of the log as well.
    fn redact(&mut self, post: PostId) {
        for event in self.log.values_mut().flatten() {
            if let EventKind::NotificationCreated { notification, .. } = &mut event.kind
                && notification.post == Some(post)
            {
                notification.title.clear();
                notification.excerpt.clear();
            }
        }
    }

    /// The server joins the people's names whenever it reads.
    fn name_actors(&self, notification: &mut Notification) {
        for actor in &mut notification.actors {
            actor.clone_from(&self.people[&actor.id]);
        }
    }

    fn living(&self, which: usize) -> Option<CommentId> {
        let living: Vec<CommentId> =
            self.comments.iter().filter(|row| !row.deleted).map(|row| row.id).collect();
        pick(which, living.len()).map(|index| living[index])
    }

    fn count(&self, post: PostId) -> u32 {
        self.comments.iter().filter(|row| row.post == post && !row.deleted).count() as u32
    }

    fn unread(&self) -> u32 {
        self.notifications.iter().filter(|row| !row.read).count() as u32
    }

    fn counts(&self, target: ReactionTarget) -> Vec<ReactionCount> {
        let mut counts: Vec<ReactionCount> = Vec::new();
        for (_, _, emoji) in self.reactions.iter().filter(|row| row.0 == target) {
            match counts.iter_mut().find(|count| count.emoji == *emoji) {
                Some(count) => count.count += 1,
                None => counts.push(ReactionCount { emoji: emoji.clone(), count: 1 }),
            }
        }
        counts
    }

    fn own(&self, target: ReactionTarget) -> Vec<String> {
        let me = make::person(1).id;
        self.reactions.iter().filter(|row| row.0 == target && row.1 == me).map(|row| row.2.clone()).collect()
    }

    fn post_of(&self, id: PostId) -> Option<Post> {
        let post = self.posts.iter().find(|post| post.id == id)?;
        Some(Post {
            author: self.people[&post.author.id].clone(),
            comments: self.count(id),
            reactions: self.counts(ReactionTarget::Post(id)),
            mine: self.own(ReactionTarget::Post(id)),
            ..post.clone()
        })
    }

    fn as_of(&self, topic: Topic) -> TopicPosition {
        make::as_of(topic, self.head(topic))
    }
}

/// Snapshots, each at its position.
impl Model {
    pub(super) fn me(&self) -> Me {
        let me = make::person(1).id;
        let theirs = self.posts.iter().filter(|post| post.author.id != me);
        let mut answer = make::me();
        let membership = &mut answer.workspaces[0];
        membership.workspace.clone_from(&self.workspace);
        membership.role = self.members[&me].role;
        membership.position = self.as_of(make::workspace_topic()).position;
        membership.read = self.read;
        membership.newest = theirs.map(|post| post.order).max().unwrap_or(0);
        answer.person = self.person(1);
        answer.unread = self.unread();
        answer.drafts = self.drafts.values().filter(|draft| !draft.is_empty()).cloned().collect();
        answer.position = self.as_of(Self::mine()).position;
        answer
    }

    pub(super) fn feed(&self, before: Option<PageKey>) -> Feed {
        let below: u64 = before.as_ref().map_or(u64::MAX, |key| key.0.parse().expect("our own key"));
        let older = self.posts.iter().rev().filter(|post| post.order < below);
        let posts: Vec<Post> = older.take(self.rows).filter_map(|post| self.post_of(post.id)).collect();
        let last = posts.last().map_or(0, |post| post.order);
        let next = self.posts.iter().any(|post| post.order < last).then(|| PageKey(last.to_string()));
        let pinned =
            self.pinned.iter().filter_map(|id| self.post_of(*id)).filter(|_| before.is_none()).collect();
        Feed { pinned, posts, next, as_of: self.as_of(make::workspace_topic()) }
    }

    pub(super) fn post(&self, id: PostId) -> Option<PostPage> {
        Some(PostPage { post: self.post_of(id)?, as_of: self.as_of(make::workspace_topic()) })
    }

    pub(super) fn first_post(&self) -> Option<PostId> {
        self.posts.first().map(|post| post.id)
    }

    pub(super) fn comments(&self, post: PostId, after: Option<PageKey>) -> Page<Comment> {
        let above: u64 = after.map_or(0, |key| key.0.parse().expect("our own key"));
        let stands = |row: &&Comment| {
            let answered = self.comments.iter().any(|reply| reply.parent == Some(row.id) && !reply.deleted);
            row.post == post && (!row.deleted || answered)
        };
        let all: Vec<&Comment> =
            self.comments.iter().filter(stands).filter(|row| above < row.order).collect();
        let items: Vec<Comment> = all
            .iter()
            .take(self.rows)
            .map(|row| Comment {
                author: self.people[&row.author.id].clone(),
                reactions: self.counts(ReactionTarget::Comment(row.id)),
                mine: self.own(ReactionTarget::Comment(row.id)),
                ..(*row).clone()
            })
            .collect();
        let last = items.last().filter(|_| items.len() < all.len());
        let next = last.map(|row| PageKey(row.order.to_string()));
        Page { items, next, as_of: Some(self.as_of(make::workspace_topic())) }
    }

    pub(super) fn notifications(&self) -> Page<Notification> {
        let rows = self.notifications.iter().rev().cloned().map(|mut row| {
            self.name_actors(&mut row);
            row
        });
        Page { items: rows.collect(), next: None, as_of: Some(self.as_of(Self::mine())) }
    }

    pub(super) fn members(&self) -> Page<Member> {
        let items = self.members.values().cloned().collect();
        Page { items, next: None, as_of: Some(self.as_of(make::workspace_topic())) }
    }
}

fn pick(which: usize, of: usize) -> Option<usize> {
    which.checked_rem(of)
}
