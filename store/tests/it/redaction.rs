//! What is deleted is gone: from lists, versions, notifications and every log.

use crate::community::{Community, refusal};
use crate::harness::on_both;
use protocol::comment::CommentEdit;
use protocol::conversation::ConversationKind;
use protocol::post::PostEdit;
use protocol::reaction::ReactionTarget;
use protocol::{Code, CommentId, EventKind, PostId};
use store::Caller;

#[test]
fn a_deleted_post_leaves_no_word_behind() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let kept = c.posts(&c.ben, "Stays", "@cleo innocent").await;
        let post = c.posts(&c.ben, "Secret title", "@cleo secret body").await;
        let edit = PostEdit { id: post.id, base: 1, title: None, body: Some("@cleo secret edit".to_owned()) };
        c.update_post(&c.ben, edit).await.unwrap();
        let comment = c.comments_on(&c.cleo, &post, "secret comment").await;
        let reply = c.replies(&c.gus, &comment, "secret reply").await;
        let edit = CommentEdit { id: reply.id, base: 1, body: "secret change".to_owned() };
        c.update_comment(&c.gus, edit).await.unwrap();
        c.reacts(&c.ada, ReactionTarget::Post(post.id), "👍").await;
        c.reacts(&c.ada, ReactionTarget::Comment(comment.id), "👍").await;
        assert!(c.everything_logged().await.to_lowercase().contains("secret"));

        c.delete_post(&c.ben, post.id).await.unwrap();
        let logged = c.everything_logged().await;
        assert!(!logged.to_lowercase().contains("secret"));
        assert!(logged.contains("innocent"), "others keep their text");
        for caller in [&c.ben, &c.cleo] {
            for one in c.inbox(caller).await {
                let is_empty = one.title.is_empty() && one.excerpt.is_empty();
                assert_eq!(is_empty, one.post == Some(post.id), "{one:?}");
            }
        }
        assert_eq!(refusal(c.post_history(&c.ben, post.id).await), Code::NotFound);
        assert_eq!(refusal(c.comment_history(&c.gus, reply.id).await), Code::NotFound);
        let target = ReactionTarget::Comment(comment.id);
        assert_eq!(refusal(c.reactors(&c.ada, target, "👍".to_owned()).await), Code::NotFound);
        let feed = c.feed(&c.ada, c.workspace, None).await.unwrap();
        assert_eq!(feed.posts.iter().map(|post| post.id).collect::<Vec<_>>(), [kept.id]);
    });
}

#[test]
fn a_deleted_comment_leaves_no_word_behind() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let post = c.posts(&c.ben, "Public", "words").await;
        let comment = c.comments_on(&c.cleo, &post, "secret @gus").await;
        c.replies(&c.ada, &comment, "I do not repeat it").await;
        c.delete_comment(&c.cleo, comment.id).await.unwrap();
        assert!(!c.everything_logged().await.contains("secret"));
        let told = c.inbox(&c.gus).await;
        assert_eq!((told[0].title.as_str(), told[0].excerpt.as_str()), ("Public", ""));
        assert_eq!(logged(&c, &c.gus).await, [("Public".to_owned(), String::new())], "as the list says");
        assert_eq!(c.comments(&c.ada, post.id, None).await.unwrap().items.len(), 2);
    });
}

#[test]
fn a_deleted_message_leaves_no_word_behind_and_takes_no_name_along() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let room = c.begins(ConversationKind::Room, "garden", &[c.ben, c.cleo]).await;
        let said = c.says(&c.cleo, room, "secret @ben").await;
        c.delete_message(&c.cleo, said.id).await.unwrap();
        assert!(!c.everything_logged().await.contains("secret"));
        let told = c.inbox(&c.ben).await;
        assert_eq!((told[0].title.as_str(), told[0].excerpt.as_str()), ("garden", ""));
        assert_eq!(logged(&c, &c.ben).await, [("garden".to_owned(), String::new())], "as the list says");
        // Sent and deleted in one group: nothing of it was in the log before.
        let release = c.test_hold().await;
        let new = Community::new_message(room, None, "secret @ben");
        let (sent, gone) = tokio::join!(c.send_message(&c.cleo, new.clone()), async {
            while c.test_waiting() == 0 {
                tokio::task::yield_now().await;
            }
            let deleting = c.delete_message(&c.cleo, new.id);
            let releasing = async {
                while c.test_waiting() < 2 {
                    tokio::task::yield_now().await;
                }
                let _ = release.send(());
            };
            tokio::join!(deleting, releasing).0
        });
        sent.unwrap();
        gone.unwrap();
        assert!(!c.everything_logged().await.contains("secret"));
        let last = logged(&c, &c.ben).await.pop();
        assert_eq!(last, Some(("garden".to_owned(), String::new())));
    });
}

/// Titles and words of what somebody's log tells them.
async fn logged(c: &Community, who: &Caller) -> Vec<(String, String)> {
    let told = c.own_log(who).await.into_iter().filter_map(|event| match event.kind {
        EventKind::NotificationCreated { notification, .. } => {
            Some((notification.title, notification.excerpt))
        }
        _ => None,
    });
    told.collect()
}

#[test]
fn nobody_redacts_others_by_taking_their_id() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let post = c.posts(&c.ben, "Mine", "my words").await;
        let comment = c.comments_on(&c.ben, &post, "my comment").await;
        let mut as_comment = Community::new_comment(post.id, None, "x");
        as_comment.id = CommentId(post.id.0);
        assert_eq!(refusal(c.create_comment(&c.gus, as_comment.clone()).await), Code::Taken);
        assert_eq!(refusal(c.create_comment(&c.ben, as_comment).await), Code::Taken);
        let mut as_post = c.new_post("x", "");
        as_post.id = PostId(comment.id.0);
        assert_eq!(refusal(c.create_post(&c.cleo, as_post).await), Code::Taken);
    });
}

#[test]
fn a_busy_post_is_deleted_in_as_few_statements_as_a_quiet_one() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let mut statements = Vec::new();
        for comments in [1, 30] {
            let post = c.posts(&c.ben, "Busy", "").await;
            for number in 0..comments {
                let comment = c.comments_on(&c.ada, &post, &format!("{number}")).await;
                c.reacts(&c.cleo, ReactionTarget::Comment(comment.id), "👍").await;
            }
            statements.push(c.statements(c.delete_post(&c.ben, post.id)).await);
        }
        assert_eq!(statements[0], statements[1]);
    });
}
