//! What is deleted is gone: from lists, versions, notifications and every log.

use crate::community::{Community, refusal};
use crate::harness::on_both;
use protocol::comment::CommentEdit;
use protocol::post::PostEdit;
use protocol::reaction::ReactionTarget;
use protocol::{Code, CommentId, PostId};

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
        assert_eq!(c.comments(&c.ada, post.id, None).await.unwrap().items.len(), 2);
    });
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
