//! A page and the events after it show what a fresh page shows: the real store, the page's own state,
//! every kind of event.
//!
//! Several people do random things. Ben's page is loaded meanwhile, list by list, each at its own moment
//! of the log; then the events after those positions are applied to it in pieces, as they were committed
//! or as the log has them now, while answers to what the page asks for arrive late. In the end nothing
//! may tell it from a page that is opened now.

mod acts;
mod alike;
mod causes;
mod fresh;
mod programs;
mod talk;

use acts::Town;
use app::live::{Changes, State, Target, TimelineId, Wanted};
use causes::causes;
use protocol::conversation::{ConversationMember, ConversationState};
use protocol::custom_event::{Activity, EventFilter};
use protocol::frame::{CloseCode, ServerFrame};
use protocol::message::{ThreadPage, Timeline, Window};
use protocol::notification::Notification;
use protocol::page::Page;
use protocol::post::{Feed, PostPage};
use protocol::workspace::Member;
use protocol::{ConversationId, Event, EventKind, MessageId, Position, PostId, Topic, WorkspaceId};
use rand::rngs::StdRng;
use rand::seq::IteratorRandom;
use rand::{Rng, SeedableRng};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use store::LogEvent;

/// Lives: each is a database of its own.
const LIVES: u64 = 12;
/// The first event of a conversation: whoever is brought into one follows it from its head, which lies
/// behind that.
const HEARD_BY_NOBODY: &str = "conversation.created";
/// What happens before, while and after the page is loaded.
const ACTS: usize = 160;

/// An answer on its way to the page.
enum Answer {
    Me(protocol::account::Me),
    Feed(Option<Feed>),
    Post(PostId, Option<PostPage>),
    Thread(PostId, Option<(PostPage, Page<protocol::comment::Comment>)>),
    Members(WorkspaceId, Option<Page<Member>>),
    Notifications(Page<Notification>),
    Activity(WorkspaceId, Option<Activity>),
    Conversation(ConversationId, Option<ConversationState>),
    Conversations(WorkspaceId, Option<Vec<ConversationState>>),
    Participants(ConversationId, Option<Page<ConversationMember>>),
    Timeline(TimelineId, Window, Option<Timeline>),
    MessageThread(MessageId, Window, Option<ThreadPage>),
}

/// How far the socket has brought a topic, and the permission epoch at which the right was checked.
#[derive(Clone, Copy, Debug)]
struct Followed {
    seq: u64,
    checked: u64,
}

/// Ben's page with its socket.
struct BensPage {
    town: Town,
    dice: StdRng,
    state: State,
    followed: BTreeMap<Topic, Followed>,
    answers: VecDeque<Answer>,
    /// Whose members the page has loaded as a whole.
    members_of: BTreeSet<WorkspaceId>,
    applied: BTreeSet<&'static str>,
}

impl BensPage {
    async fn live(seed: u64) -> BTreeSet<&'static str> {
        let mut dice = StdRng::seed_from_u64(seed);
        let mut town = Town::found().await;
        for _ in 0..ACTS / 4 {
            town.acts(&mut dice).await;
        }
        let me = town.store.me(&town.ben).await.expect("Ben");
        let mut page = Self {
            town,
            dice,
            state: State::new(me),
            followed: BTreeMap::new(),
            answers: VecDeque::new(),
            members_of: BTreeSet::new(),
            applied: BTreeSet::new(),
        };
        page.opens().await;
        for _ in 0..ACTS {
            page.town.acts(&mut page.dice).await;
            match page.dice.random_range(0..6) {
                0 | 1 => page.hears(5).await,
                2 => page.hears(usize::MAX).await,
                3 => page.takes_an_answer().await,
                4 => page.looks_elsewhere().await,
                _ => {}
            }
        }
        page.comes_to_rest().await;
        let mut shown = page.state.visible();
        let mut fresh = page.fresh(&shown).await;
        alike::align(&mut shown.talk, &mut fresh.talk);
        assert_eq!(page.comparable(shown), page.comparable(fresh));
        page.applied
    }

    /// Loads everything, while things happen.
    async fn opens(&mut self) {
        let memberships = self.state.memberships();
        for workspace in memberships.iter().map(|membership| membership.workspace.id) {
            self.load_feed(workspace).await;
            self.town.acts(&mut self.dice).await;
            self.load_members(workspace).await;
            self.town.acts(&mut self.dice).await;
            self.ask(Wanted::Activity(workspace)).await;
            self.town.acts(&mut self.dice).await;
            self.takes_an_answer().await;
            self.ask(Wanted::Conversations(workspace)).await;
            self.town.acts(&mut self.dice).await;
            self.takes_an_answer().await;
        }
        for _ in 0..2 {
            self.looks_elsewhere().await;
            self.town.acts(&mut self.dice).await;
            self.takes_an_answer().await;
        }
        for post in self.town.some_posts(&mut self.dice) {
            self.ask(Wanted::Thread(post)).await;
            self.town.acts(&mut self.dice).await;
            self.takes_an_answer().await;
        }
        self.ask(Wanted::Notifications).await;
        self.town.acts(&mut self.dice).await;
        self.takes_an_answer().await;
        for known in self.state.positions() {
            self.follow(known.topic, known.position).await;
        }
    }

    async fn load_feed(&mut self, workspace: WorkspaceId) {
        // He may have left it meanwhile.
        let Ok(mut feed) = self.town.store.feed(&self.town.ben, workspace, None).await else { return };
        let mut next = feed.next.take();
        let changes = self.state.load_feed(Feed { next: next.clone(), ..feed });
        self.take(changes).await;
        while let Some(key) = next {
            let more = self.town.store.feed(&self.town.ben, workspace, Some(key)).await.expect("a page");
            next = more.next.clone();
            let changes = self.state.load_more_feed(more);
            self.take(changes).await;
        }
    }

    async fn load_members(&mut self, workspace: WorkspaceId) {
        let members = self.town.store.members(&self.town.ben, workspace, None, None).await;
        let Ok(members) = members else { return };
        assert_eq!(members.next, None, "they fit one page");
        let changes = self.state.load_members(workspace, members);
        self.take(changes).await;
        self.members_of.insert(workspace);
    }

    /// Ben goes to another conversation, to its members, or to a thread in it.
    async fn looks_elsewhere(&mut self) {
        let talk = self.state.visible().talk;
        let Some(id) = talk.conversations.keys().copied().choose(&mut self.dice) else { return };
        let (changes, window) = self.state.visit(id, Target::Unread);
        self.take(changes).await;
        if let Some(window) = window {
            self.ask(Wanted::Timeline(TimelineId::Conversation(id), window)).await;
        }
        let of = talk.timelines.get(&TimelineId::Conversation(id));
        let root = of.and_then(|(messages, _)| messages.iter().find(|message| !message.replies.is_empty()));
        match self.dice.random_range(0..3) {
            0 => self.ask(Wanted::Participants(id)).await,
            1 => {
                if let Some(root) = root {
                    self.ask(Wanted::Timeline(TimelineId::Thread(root.id), Window::Latest)).await;
                }
            }
            _ => {}
        }
    }

    /// The socket follows a topic from here on.
    async fn follow(&mut self, topic: Topic, position: Position) {
        let head = self.town.store.heads(&[topic]).await.expect("the log")[0];
        let may = self.town.may_read(topic).await;
        if may {
            let checked = head.permission_epoch;
            self.followed.insert(topic, Followed { seq: position.seq, checked });
        } else {
            self.lose(topic).await;
        }
    }

    async fn lose(&mut self, topic: Topic) {
        self.followed.remove(&topic);
        if let Topic::Workspace(workspace) = topic {
            self.members_of.remove(&workspace);
        }
        let changes = self.state.closed(topic, CloseCode::Forbidden.number());
        self.take(changes).await;
    }

    /// The socket brings so many events of each topic; as the server, it looks at the right first.
    async fn hears(&mut self, count: usize) {
        let topics: Vec<Topic> = self.followed.keys().copied().collect();
        for topic in topics {
            for _ in 0..count {
                let Some(followed) = self.followed.get(&topic).copied() else { break };
                let Some(event) = self.next_event(topic, followed.seq).await else { break };
                if followed.checked < event.permission_epoch {
                    let head = self.town.store.heads(&[topic]).await.expect("the log")[0];
                    if !self.town.may_read(topic).await {
                        self.lose(topic).await;
                        break;
                    }
                    self.followed.get_mut(&topic).expect("it is followed").checked = head.permission_epoch;
                    self.follow_what_is_new().await;
                }
                let Ok(ServerFrame::Event(event)) = serde_json::from_str(&event.frame) else {
                    panic!("the log holds events: {}", event.frame)
                };
                self.followed.get_mut(&topic).expect("it is followed").seq = event.seq;
                self.applies(&event).await;
            }
        }
    }

    /// As it was committed, or as the log has it now: redacted, perhaps.
    async fn next_event(&mut self, topic: Topic, after: u64) -> Option<std::sync::Arc<LogEvent>> {
        if self.dice.random_bool(0.5) {
            self.town.committed();
            return self.town.live.get(&(topic, after + 1)).cloned();
        }
        let page = self.town.store.read_after(topic, after, 1, usize::MAX).await.expect("the log");
        page.first().cloned()
    }

    /// Workspaces that Ben joined are followed from their heads.
    async fn follow_what_is_new(&mut self) {
        let access = self.town.store.access(&self.town.ben).await.expect("the database answers");
        for topic in access.topics {
            if !self.followed.contains_key(&topic) {
                let head = self.town.store.heads(&[topic]).await.expect("the log")[0];
                let position = Position { epoch: head.epoch, seq: head.head };
                let known = self.state.position(topic).unwrap_or(position);
                self.followed.insert(topic, Followed { seq: known.seq, checked: head.permission_epoch });
                let changes = self.state.opened(topic, known);
                self.take(changes).await;
            }
        }
    }

    async fn applies(&mut self, event: &Event) {
        let done = causes(&event.kind).iter().any(|act| self.town.done.contains(act));
        assert!(done, "nobody did what brings {}", event.kind.name());
        self.applied.insert(event.kind.name());
        let changes = self.state.apply(event);
        self.take(changes).await;
        if self.state.position(event.topic).is_none() {
            // Ben left: nothing is known of this log any more.
            return;
        }
        let shown = self.state.visible();
        self.state.apply(event);
        assert_eq!(self.state.visible(), shown, "{} once more changes nothing", event.kind.name());
    }

    async fn take(&mut self, changes: Changes) {
        for known in changes.positions {
            if let Some(followed) = self.followed.get_mut(&known.topic) {
                followed.seq = followed.seq.min(known.position.seq);
            }
        }
        for wanted in changes.wanted {
            self.ask(wanted).await;
        }
    }

    /// The server reads an answer now, and it arrives later.
    async fn ask(&mut self, wanted: Wanted) {
        let (store, ben) = (&self.town.store, &self.town.ben);
        let answer = match wanted {
            Wanted::Me => Answer::Me(store.me(ben).await.expect("Ben")),
            Wanted::Feed(id) => Answer::Feed(store.feed(ben, id, None).await.ok()),
            Wanted::Post(id) => Answer::Post(id, store.post(ben, id).await.ok()),
            Wanted::Thread(id) => {
                let post = store.post(ben, id).await.ok();
                let comments = store.comments(ben, id, None).await.ok();
                Answer::Thread(id, post.zip(comments))
            }
            Wanted::Members(id) => Answer::Members(id, store.members(ben, id, None, None).await.ok()),
            Wanted::Notifications => {
                Answer::Notifications(store.notifications(ben, None).await.expect("his own"))
            }
            Wanted::Activity(id) => {
                Answer::Activity(id, store.activity(ben, id, EventFilter::default(), None).await.ok())
            }
            Wanted::Conversation(id) => Answer::Conversation(id, store.conversation(ben, id).await.ok()),
            Wanted::Conversations(id) => Answer::Conversations(id, store.conversations(ben, id).await.ok()),
            Wanted::Participants(id) => {
                Answer::Participants(id, store.participants(ben, id, None, None).await.ok())
            }
            Wanted::Timeline(id @ TimelineId::Conversation(of), window) => {
                let page = store.messages(ben, of, window.clone()).await.ok();
                Answer::Timeline(id, window, page)
            }
            Wanted::Timeline(TimelineId::Thread(root), window) => {
                let page = store.thread(ben, root, window.clone()).await.ok();
                Answer::MessageThread(root, window, page)
            }
            // Nobody looks at a receipt in this town.
            Wanted::Receipts(_) => return,
        };
        self.answers.push_back(answer);
    }

    async fn takes_an_answer(&mut self) {
        let changes = match self.answers.pop_front() {
            None => return,
            Some(Answer::Me(me)) => self.state.load_me(me),
            Some(Answer::Feed(Some(feed))) => self.state.load_feed(feed),
            Some(Answer::Post(_, Some(page))) => self.state.load_post(page),
            Some(Answer::Thread(_, Some((page, comments)))) => {
                assert_eq!(comments.next, None, "they fit one page");
                self.state.load_thread(page, comments)
            }
            Some(Answer::Members(workspace, Some(members))) => self.state.load_members(workspace, members),
            Some(Answer::Notifications(page)) => self.state.load_notifications(page),
            Some(Answer::Activity(workspace, Some(page))) => {
                self.state.load_activity(workspace, EventFilter::default(), page)
            }
            Some(Answer::Post(id, None) | Answer::Thread(id, None)) => self.state.post_is_gone(id),
            Some(Answer::Conversation(_, Some(state))) => self.state.load_conversation(state),
            Some(Answer::Conversation(id, None)) => self.state.conversation_is_gone(id),
            Some(Answer::Conversations(workspace, Some(states))) => {
                self.state.load_conversations(workspace, states)
            }
            Some(Answer::Participants(id, Some(page))) => {
                assert_eq!(page.next, None, "they fit one page");
                self.state.load_participants(id, page)
            }
            Some(Answer::Timeline(id, window, Some(page))) => self.state.load_timeline(id, &window, page),
            Some(Answer::Timeline(id, window, None)) => self.state.timeline_failed(id, &window),
            Some(Answer::MessageThread(_, window, Some(page))) => self.state.load_thread_of(&window, page),
            Some(Answer::MessageThread(root, window, None)) => {
                self.state.timeline_failed(TimelineId::Thread(root), &window)
            }
            Some(
                Answer::Feed(None)
                | Answer::Activity(_, None)
                | Answer::Members(_, None)
                | Answer::Conversations(_, None)
                | Answer::Participants(_, None),
            ) => Changes::default(),
        };
        self.take(changes).await;
    }

    /// Everything arrives, and the pill is pressed.
    async fn comes_to_rest(&mut self) {
        for _ in 0..20 {
            self.hears(usize::MAX).await;
            while !self.answers.is_empty() {
                self.takes_an_answer().await;
            }
        }
        for workspace in self.state.visible().feeds.into_keys() {
            self.state.show_fresh(workspace);
        }
        for id in self.state.visible().talk.conversations.into_keys() {
            self.state.leave_visit(id);
        }
    }
}

#[test]
fn a_page_and_the_events_after_it_show_what_a_fresh_page_shows_for_every_kind_of_event() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let first = std::env::var("HUBBUB_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
    let seeds = first.map_or(0..LIVES, |seed: u64| seed..seed + 1);
    let mut applied = BTreeSet::new();
    for seed in seeds {
        eprintln!("-- HUBBUB_TEST_SEED={seed}");
        applied.extend(runtime.block_on(BensPage::live(seed)));
    }
    let is_missing = |name: &&&str| !applied.contains(**name) && **name != HEARD_BY_NOBODY;
    let missing: Vec<_> = EventKind::NAMES.iter().filter(is_missing).collect();
    assert!(first.is_some() || missing.is_empty(), "never applied: {missing:?}");
}
