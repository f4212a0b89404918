//! Replies get lost, so every command may come twice, and the second time changes nothing.

use crate::community::{Community, refusal};
use crate::harness::{START, on_both};
use proptest::prelude::*;
use protocol::comment::CommentEdit;
use protocol::draft::{Draft, DraftPlace};
use protocol::notification::ReadMark;
use protocol::post::PostEdit;
use protocol::reaction::{Reaction, ReactionTarget};
use protocol::{Code, CommentId, PostId, Topic};
use std::sync::{Arc, Mutex};
use store::Caller;

/// A command; numbers choose among the people and among what is there.
#[derive(Clone, Debug)]
enum Step {
    Post(u8),
    EditPost(u8, u8, u32),
    DeletePost(u8, u8),
    Pin(u8, u8, bool),
    Comment(u8, u8, Option<u8>),
    EditComment(u8, u8, u32),
    DeleteComment(u8, u8),
    React(u8, bool, u8, bool),
    Draft(u8, u8, bool),
    ReadAll(u8),
    MoveRead(u8, u64),
}

fn step() -> impl Strategy<Value = Step> {
    let who = 0..4_u8;
    let which = any::<u8>;
    prop_oneof![
        4 => who.clone().prop_map(Step::Post),
        3 => (who.clone(), which(), 1..4_u32).prop_map(|(by, post, base)| Step::EditPost(by, post, base)),
        1 => (who.clone(), which()).prop_map(|(by, post)| Step::DeletePost(by, post)),
        1 => (which(), any::<bool>()).prop_map(|(post, pinned)| Step::Pin(0, post, pinned)),
        5 => (who.clone(), which(), any::<Option<u8>>()).prop_map(|(by, post, to)| Step::Comment(by, post, to)),
        3 => (who.clone(), which(), 1..4_u32).prop_map(|(by, comment, base)| Step::EditComment(by, comment, base)),
        2 => (who.clone(), which()).prop_map(|(by, comment)| Step::DeleteComment(by, comment)),
        5 => (who.clone(), any::<bool>(), which(), any::<bool>()).prop_map(|(by, post, of, set)| Step::React(by, post, of, set)),
        2 => (who.clone(), which(), any::<bool>()).prop_map(|(by, post, empty)| Step::Draft(by, post, empty)),
        1 => who.clone().prop_map(Step::ReadAll),
        1 => (who, 0..40_u64).prop_map(|(by, seq)| Step::MoveRead(by, seq)),
    ]
}

/// What was made so far, deleted things included.
#[derive(Default)]
struct Made {
    posts: Vec<PostId>,
    comments: Vec<(PostId, CommentId)>,
}

impl Made {
    fn post(&self, which: u8) -> PostId {
        self.posts
            .get(usize::from(which) % self.posts.len().max(1))
            .copied()
            .unwrap_or(PostId(uuid::Uuid::nil()))
    }

    fn comment(&self, which: u8) -> (PostId, CommentId) {
        let nothing = (PostId(uuid::Uuid::nil()), CommentId(uuid::Uuid::nil()));
        self.comments.get(usize::from(which) % self.comments.len().max(1)).copied().unwrap_or(nothing)
    }
}

/// Runs a command and tells its answer as text.
async fn run(c: &Community, made: &Made, step: &Step, ids: (PostId, CommentId), number: usize) -> String {
    let people = [c.ada, c.ben, c.cleo, c.gus];
    let by = |who: u8| people[usize::from(who)];
    let text = format!("words {number} @ben @gus");
    fn told<T: std::fmt::Debug>(result: store::Result<T>) -> String {
        format!("{:?}", result.map_err(protocol::Error::from))
    }
    match *step {
        Step::Post(who) => {
            let mut new = c.new_post(&format!("Post {number}"), &text);
            new.id = ids.0;
            told(c.create_post(&by(who), new).await)
        }
        Step::EditPost(who, post, base) => {
            let edit = PostEdit { id: made.post(post), base, title: None, body: Some(text) };
            told(c.update_post(&by(who), edit).await)
        }
        Step::DeletePost(who, post) => told(c.delete_post(&by(who), made.post(post)).await),
        Step::Pin(who, post, pinned) => told(c.pin_post(&by(who), made.post(post), pinned).await),
        Step::Comment(who, post, to) => {
            let (of, parent) = match to {
                Some(to) => {
                    let (of, parent) = made.comment(to);
                    (of, Some(parent))
                }
                None => (made.post(post), None),
            };
            let mut new = Community::new_comment(of, parent, &text);
            new.id = ids.1;
            told(c.create_comment(&by(who), new).await)
        }
        Step::EditComment(who, comment, base) => {
            let edit = CommentEdit { id: made.comment(comment).1, base, body: text };
            told(c.update_comment(&by(who), edit).await)
        }
        Step::DeleteComment(who, comment) => told(c.delete_comment(&by(who), made.comment(comment).1).await),
        Step::React(who, is_post, which, set) => {
            let target = if is_post {
                ReactionTarget::Post(made.post(which))
            } else {
                ReactionTarget::Comment(made.comment(which).1)
            };
            let reaction = Reaction { target, emoji: ["👍", "🎉"][usize::from(which % 2)].to_owned() };
            if set {
                told(c.add_reaction(&by(who), reaction).await)
            } else {
                told(c.remove_reaction(&by(who), reaction).await)
            }
        }
        Step::Draft(who, post, empty) => {
            let body = if empty { String::new() } else { text };
            let at = START + std::time::Duration::from_secs(number as u64);
            let draft = Draft { place: DraftPlace::Comment(made.post(post)), title: String::new(), body, at };
            told(c.save_draft(&by(who), draft).await)
        }
        Step::ReadAll(who) => told(c.read_notification(&by(who), ReadMark::UpTo(START)).await),
        Step::MoveRead(who, seq) => told(c.move_read(&by(who), Topic::Workspace(c.workspace), seq).await),
    }
}

/// Everything that anybody can see, and every log's head.
async fn everything(c: &Community, made: &Made) -> String {
    let mut seen = format!("{:?}", c.heads_now().await);
    for caller in [&c.ada, &c.ben, &c.cleo, &c.gus] {
        let feed = c.feed(caller, c.workspace, None).await.unwrap();
        seen.push_str(&format!("{feed:?}\n{:?}\n{:?}\n", c.inbox(caller).await, c.me(caller).await.unwrap()));
        for post in &made.posts {
            if let Ok(page) = c.comments(caller, *post, None).await {
                seen.push_str(&format!("{page:?}\n"));
            }
        }
    }
    seen
}

/// Counts what the deletions and edits left true in the counters.
async fn check_counters(c: &Community, by: &Caller) {
    for post in c.feed(by, c.workspace, None).await.unwrap().posts {
        let comments = c.comments(by, post.id, None).await.unwrap();
        if comments.next.is_none() {
            let alive = comments.items.iter().filter(|comment| !comment.deleted).count();
            assert_eq!(post.comments as usize, alive);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, max_shrink_iters: 60, ..ProptestConfig::default() })]
    #[test]
    fn every_command_twice_is_every_command_once(steps in proptest::collection::vec(step(), 1..40)) {
        let failed: Arc<Mutex<Option<String>>> = Arc::default();
        on_both(|test| {
            let (steps, failed) = (steps.clone(), Arc::clone(&failed));
            async move {
                let c = Community::in_(test).await;
                let mut made = Made::default();
                for (number, step) in steps.iter().enumerate() {
                    c.later();
                    let ids = (PostId::new(START), CommentId::new(START));
                    let first = run(&c, &made, step, ids, number).await;
                    let before = everything(&c, &made).await;
                    let second = run(&c, &made, step, ids, number).await;
                    if first != second || before != everything(&c, &made).await {
                        let story = format!("{step:?} was not the same twice:\n{first}\n{second}");
                        failed.lock().expect("nobody panics with it").replace(story);
                        return;
                    }
                    if first.starts_with("Ok") {
                        match step {
                            Step::Post(_) => made.posts.push(ids.0),
                            Step::Comment(_, post, to) => {
                                let post = to.map_or_else(|| made.post(*post), |to| made.comment(to).0);
                                made.comments.push((post, ids.1));
                            }
                            _ => {}
                        }
                    }
                }
                check_counters(&c, &c.gus).await;
            }
        });
        let failed = failed.lock().expect("nobody panics with it").take();
        prop_assert!(failed.is_none(), "{}", failed.unwrap_or_default());
    }
}

#[test]
fn an_id_belongs_to_who_used_it_first() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let new = c.new_post("Lunch", "");
        let post = c.create_post(&c.ben, new.clone()).await.unwrap();
        assert_eq!(c.create_post(&c.ben, new.clone()).await.unwrap(), post);
        assert_eq!(refusal(c.create_post(&c.cleo, new.clone()).await), Code::Taken);
        let comment = Community::new_comment(post.id, None, "When?");
        let made = c.create_comment(&c.ben, comment.clone()).await.unwrap();
        assert_eq!(c.create_comment(&c.ben, comment.clone()).await.unwrap(), made);
        assert_eq!(refusal(c.create_comment(&c.cleo, comment.clone()).await), Code::Taken);
        // What was deleted does not come back by a late repeat.
        c.delete_post(&c.ben, post.id).await.unwrap();
        c.delete_post(&c.ben, post.id).await.unwrap();
        assert_eq!(refusal(c.create_post(&c.ben, new).await), Code::NotFound);
        assert_eq!(refusal(c.create_comment(&c.ben, comment).await), Code::NotFound);
    });
}

#[test]
fn the_same_post_many_times_at_once_is_one_post() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let new = c.new_post("Lunch", "");
        let again = (0..20).map(|_| {
            let (store, by, new) = (c.test.store.clone(), c.ben, new.clone());
            async move { store.create_post(&by, new).await.unwrap() }
        });
        let posts = futures::future::join_all(again).await;
        assert!(posts.iter().all(|post| *post == posts[0] && post.order != 0));
        assert_eq!(c.feed(&c.ben, c.workspace, None).await.unwrap().posts, [posts[0].clone()]);
    });
}
