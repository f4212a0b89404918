//! Whatever the order in which pages and events arrive: in the end the page shows what a fresh
//! page would show.

use super::make;
use super::model::{Act, Model};
use crate::live::{Changes, State, Visible, Wanted};
use proptest::prelude::*;
use protocol::account::Me;
use protocol::comment::Comment;
use protocol::notification::Notification;
use protocol::page::Page;
use protocol::post::{Feed, PostPage};
use protocol::workspace::Member;
use protocol::{PostId, Topic};
use std::collections::{BTreeMap, VecDeque};

/// What happens between the server and the page.
#[derive(Clone, Copy, Debug)]
enum Step {
    Act(Act),
    /// The socket brings so many events.
    Deliver(usize),
    /// The socket brings an event that it has brought already.
    Repeat,
    /// The server reads an answer that arrives later.
    Ask(Question),
    /// The oldest answer arrives.
    Answer,
    /// The log cannot be continued.
    Reset(bool),
    Scroll(bool),
}

#[derive(Clone, Copy, Debug)]
enum Question {
    Me,
    Feed,
    Thread,
    Notifications,
    Members,
}

enum Answer {
    Me(Me),
    Feed(Feed),
    Post(PostPage),
    Thread(PostPage, Page<Comment>),
    Notifications(Page<Notification>),
    Members(Page<Member>),
    NotFound(PostId),
}

/// The page, its socket and what is on its way.
struct Page1 {
    model: Model,
    state: State,
    sent: BTreeMap<Topic, u64>,
    answers: VecDeque<Answer>,
    stopped: Vec<Topic>,
}

impl Page1 {
    fn open(model: Model) -> Self {
        let mut page = Self {
            state: State::new(model.me()),
            model,
            sent: BTreeMap::new(),
            answers: VecDeque::new(),
            stopped: Vec::new(),
        };
        for question in [Question::Feed, Question::Thread, Question::Notifications, Question::Members] {
            page.ask(question);
            page.arrive();
        }
        page.sent =
            page.state.positions().into_iter().map(|known| (known.topic, known.position.seq)).collect();
        page
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Act(act) => self.model.act(act),
            Step::Deliver(count) => self.deliver(count),
            Step::Repeat => {
                for (topic, sent) in self.sent.clone() {
                    let last = sent.checked_sub(1).and_then(|last| self.model.log[&topic].get(last as usize));
                    if let Some(event) = last.filter(|_| !self.stopped.contains(&topic)) {
                        let before = self.state.visible();
                        let changes = self.state.apply(event);
                        assert!(changes.wanted.is_empty());
                        assert_eq!(self.state.visible(), before, "an event that was applied changes nothing");
                    }
                }
            }
            Step::Ask(question) => self.ask(question),
            Step::Answer => self.arrive(),
            Step::Reset(mine) => {
                // Resets are minutes apart; what was asked before one is there by the next.
                while !self.answers.is_empty() {
                    self.arrive();
                }
                let topic = *self.model.log.keys().nth(usize::from(mine)).expect("there are two");
                if !self.stopped.contains(&topic) {
                    self.stopped.push(topic);
                }
                let changes = self.state.reset(topic);
                self.take(changes);
            }
            Step::Scroll(at_top) => {
                self.state.at_top(make::workspace_id(), at_top);
            }
        }
    }

    fn deliver(&mut self, count: usize) {
        for topic in self.model.log.keys().copied().collect::<Vec<_>>() {
            for _ in 0..count {
                let sent = self.sent.get(&topic).copied().unwrap_or(0);
                if self.stopped.contains(&topic) {
                    break;
                }
                let Some(event) = self.model.log[&topic].get(sent as usize).cloned() else { break };
                self.sent.insert(topic, sent + 1);
                let changes = self.state.apply(&event);
                self.take(changes);
            }
        }
    }

    fn take(&mut self, changes: Changes) {
        for known in changes.positions {
            let sent = self.sent.entry(known.topic).or_insert(0);
            let stopped = self.stopped.contains(&known.topic);
            *sent = if stopped { known.position.seq } else { (*sent).min(known.position.seq) };
            self.stopped.retain(|topic| *topic != known.topic);
        }
        for wanted in changes.wanted {
            match wanted {
                Wanted::Me => self.ask(Question::Me),
                Wanted::Feed(_) => self.ask(Question::Feed),
                Wanted::Post(id) => self.answers.extend(self.model.post(id).map(Answer::Post)),
                Wanted::Thread(id) if self.model.post(id).is_none() => {
                    self.answers.push_back(Answer::NotFound(id))
                }
                Wanted::Thread(_) => self.ask(Question::Thread),
                Wanted::Members(_) => self.ask(Question::Members),
                Wanted::Notifications => self.ask(Question::Notifications),
                // Conversations have tests of their own; what programs publish stands in those of the server.
                Wanted::Activity(_)
                | Wanted::Conversation(_)
                | Wanted::Conversations(_)
                | Wanted::Participants(_)
                | Wanted::Receipts(_)
                | Wanted::Timeline(..) => {}
            }
        }
    }

    fn ask(&mut self, question: Question) {
        let answer = match question {
            Question::Me => Some(Answer::Me(self.model.me())),
            Question::Feed => Some(Answer::Feed(self.model.feed(None))),
            Question::Thread => self.thread().and_then(|post| {
                Some(Answer::Thread(self.model.post(post)?, self.model.comments(post, None)))
            }),
            Question::Notifications => Some(Answer::Notifications(self.model.notifications())),
            Question::Members => Some(Answer::Members(self.model.members())),
        };
        self.answers.extend(answer);
    }

    /// The thread that is open, or the one to open.
    fn thread(&self) -> Option<PostId> {
        self.state.visible().threads.keys().next().copied().or_else(|| self.model.first_post())
    }

    fn arrive(&mut self) {
        let changes = match self.answers.pop_front() {
            None => return,
            Some(Answer::Me(me)) => self.state.load_me(me),
            Some(Answer::Feed(feed)) => self.state.load_feed(feed),
            Some(Answer::NotFound(post)) => self.state.post_is_gone(post),
            Some(Answer::Post(page)) => self.state.load_post(page),
            Some(Answer::Thread(page, comments)) => self.state.load_thread(page, comments),
            Some(Answer::Notifications(page)) => self.state.load_notifications(page),
            Some(Answer::Members(page)) => self.state.load_members(make::workspace_id(), page),
        };
        self.take(changes);
    }

    /// Everything arrives, and every further page is loaded.
    fn settle(&mut self) -> Visible {
        for _ in 0..100 {
            self.deliver(usize::MAX >> 1);
            self.arrive();
        }
        assert!(self.answers.is_empty(), "the page asks for ever");
        self.state.show_fresh(make::workspace_id());
        load_the_rest(&mut self.state, &self.model);
        self.state.visible()
    }
}

fn load_the_rest(state: &mut State, model: &Model) {
    while let Some(key) = state.content.feeds.get(&make::workspace_id()).and_then(|feed| feed.next().cloned())
    {
        state.load_more_feed(model.feed(Some(key)));
    }
    for post in state.visible().threads.into_keys() {
        while let Some(key) = state.content.threads.get(&post).and_then(|thread| thread.next().cloned()) {
            state.load_more_comments(post, model.comments(post, Some(key)));
        }
    }
}

/// What somebody sees who opens the page now.
fn fresh(model: &Model, threads: impl Iterator<Item = PostId>) -> Visible {
    let mut state = State::new(model.me());
    state.load_feed(model.feed(None));
    for post in threads {
        if let Some(page) = model.post(post) {
            state.load_thread(page, model.comments(post, None));
        }
    }
    state.load_notifications(model.notifications());
    state.load_members(make::workspace_id(), model.members());
    load_the_rest(&mut state, model);
    state.visible()
}

fn act() -> impl Strategy<Value = Act> {
    let who = 1..=3_u64;
    prop_oneof![
        4 => who.clone().prop_map(|by| Act::Post { by }),
        2 => any::<usize>().prop_map(|post| Act::Edit { post }),
        1 => any::<usize>().prop_map(|post| Act::Delete { post }),
        1 => any::<(usize, bool)>().prop_map(|(post, on)| Act::Pin { post, on }),
        4 => (who.clone(), 0..3_usize, any::<bool>()).prop_map(|(by, post, reply)| Act::Comment { by, post, reply }),
        1 => any::<usize>().prop_map(|comment| Act::EditComment { comment }),
        2 => any::<usize>().prop_map(|comment| Act::DeleteComment { comment }),
        3 => (who, any::<(bool, usize, bool, bool)>()).prop_map(|(by, (on_comment, which, heart, on))| {
            Act::React { by, on_comment, which, heart, on }
        }),
        1 => (2..=4_u64).prop_map(|who| Act::Join { who }),
        1 => (2..=4_u64, any::<bool>()).prop_map(|(who, former)| Act::Leave { who, former }),
        1 => (1..=4_u64).prop_map(|who| Act::Rename { who }),
        1 => Just(Act::RenameWorkspace),
        2 => (2..=3_u64, 0..3_usize, any::<bool>()).prop_map(|(by, post, merge)| Act::Notify { by, post, merge }),
        1 => any::<(usize, bool)>().prop_map(|(which, all)| Act::Read { which, all }),
        1 => any::<bool>().prop_map(|empty| Act::Type { empty }),
        1 => Just(Act::ReadFeed),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let question = prop_oneof![
        Just(Question::Me),
        Just(Question::Feed),
        Just(Question::Thread),
        Just(Question::Notifications),
        Just(Question::Members),
    ];
    prop_oneof![
        12 => act().prop_map(Step::Act),
        5 => (1..6_usize).prop_map(Step::Deliver),
        1 => Just(Step::Repeat),
        2 => question.prop_map(Step::Ask),
        3 => Just(Step::Answer),
        1 => any::<bool>().prop_map(Step::Scroll),
    ]
}

fn comparable(mut visible: Visible) -> Visible {
    // Which of the older posts is the newest of somebody else is not known while they are not loaded.
    for (_, membership) in &mut visible.workspaces {
        membership.newest = 0;
    }
    visible
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_page_and_the_events_after_it_show_what_a_fresh_page_shows(
        before in prop::collection::vec(act(), 0..25),
        after in prop::collection::vec(act(), 0..40),
    ) {
        let mut model = Model::new(100);
        before.into_iter().for_each(|act| model.act(act));
        let mut page = Page1::open(model);
        for act in after {
            page.step(Step::Act(act));
            page.step(Step::Deliver(9));
        }
        let shown = page.settle();
        prop_assert_eq!(&shown, &fresh(&page.model, shown.threads.keys().copied()));
    }

    #[test]
    fn pages_that_arrive_late_or_twice_change_nothing_in_the_end(
        before in prop::collection::vec(act(), 0..20),
        steps in prop::collection::vec(step(), 0..80),
    ) {
        let mut model = Model::new(3);
        before.into_iter().for_each(|act| model.act(act));
        let mut page = Page1::open(model);
        steps.into_iter().for_each(|step| page.step(step));
        let shown = page.settle();
        let fresh = fresh(&page.model, shown.threads.keys().copied());
        prop_assert_eq!(comparable(shown), comparable(fresh));
    }

    #[test]
    fn a_reset_loads_again_and_misses_nothing(
        before in prop::collection::vec(act(), 0..20),
        steps in prop::collection::vec(prop_oneof![9 => step(), 1 => any::<bool>().prop_map(Step::Reset)], 0..60),
    ) {
        let mut model = Model::new(4);
        before.into_iter().for_each(|act| model.act(act));
        let mut page = Page1::open(model);
        steps.into_iter().for_each(|step| page.step(step));
        let shown = page.settle();
        let fresh = fresh(&page.model, shown.threads.keys().copied());
        prop_assert_eq!(comparable(shown), comparable(fresh));
    }
}
