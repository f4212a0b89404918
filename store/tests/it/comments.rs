//! Comments and replies.

use crate::community::{Community, refusal};
use crate::harness::{START, on_both};
use protocol::comment::CommentEdit;
use protocol::{Code, CommentId, EventKind};

#[test]
fn a_reply_to_a_reply_stands_beside_it() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let post = c.posts(&c.ben, "Lunch", "").await;
        let first = c.comments_on(&c.gus, &post, "When?").await;
        let reply = c.replies(&c.ben, &first, "At noon").await;
        let answer = c.replies(&c.cleo, &reply, "Too early").await;
        assert_eq!((first.parent, reply.parent, answer.parent), (None, Some(first.id), Some(first.id)));
        assert_eq!(c.last_event().await, EventKind::CommentCreated { comment: answer.clone(), comments: 3 });
        let list = c.comments(&c.gus, post.id, None).await.unwrap();
        assert_eq!(list.items, [first, reply, answer]);
        assert_eq!(c.post(&c.gus, post.id).await.unwrap().post.comments, 3);
    });
}

#[test]
fn a_reply_answers_a_living_comment_of_the_same_post() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let (one, other) = (c.posts(&c.ben, "One", "").await, c.posts(&c.ben, "Other", "").await);
        let comment = c.comments_on(&c.ada, &one, "here").await;
        let astray = Community::new_comment(other.id, Some(comment.id), "there");
        assert_eq!(refusal(c.create_comment(&c.ben, astray).await), Code::NotFound);
        c.delete_comment(&c.ada, comment.id).await.unwrap();
        let late = Community::new_comment(one.id, Some(comment.id), "late");
        assert_eq!(refusal(c.create_comment(&c.ben, late).await), Code::NotFound);
        let nowhere = Community::new_comment(one.id, Some(CommentId::new(START)), "where?");
        assert_eq!(refusal(c.create_comment(&c.ben, nowhere).await), Code::NotFound);
        c.delete_post(&c.ben, other.id).await.unwrap();
        let gone = Community::new_comment(other.id, None, "gone");
        assert_eq!(refusal(c.create_comment(&c.ben, gone).await), Code::NotFound);
    });
}

#[test]
fn a_deleted_comment_stands_while_replies_to_it_do() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let post = c.posts(&c.ben, "Lunch", "").await;
        let first = c.comments_on(&c.ada, &post, "secret plans").await;
        let reply = c.replies(&c.ben, &first, "Sounds good").await;
        let alone = c.comments_on(&c.cleo, &post, "unrelated").await;

        c.delete_comment(&c.cleo, alone.id).await.unwrap();
        c.delete_comment(&c.ada, first.id).await.unwrap();
        let event = EventKind::CommentDeleted { id: first.id, post: post.id, comments: 1 };
        assert_eq!(c.last_event().await, event);
        let list = c.comments(&c.gus, post.id, None).await.unwrap().items;
        assert_eq!(list.len(), 2);
        assert!(list[0].deleted && list[0].body.is_empty() && list[0].html.is_empty());
        assert_eq!(list[1].id, reply.id);

        c.delete_comment(&c.ben, reply.id).await.unwrap();
        assert!(c.comments(&c.gus, post.id, None).await.unwrap().items.is_empty());
        assert_eq!(c.post(&c.gus, post.id).await.unwrap().post.comments, 0);
    });
}

#[test]
fn comments_come_in_pages_in_the_order_in_which_they_were_written() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let post = c.posts(&c.ben, "Busy", "").await;
        let mut expected = Vec::new();
        for number in 0..120 {
            expected.push(c.comments_on(&c.ada, &post, &format!("{number}")).await.id);
        }
        let (mut seen, mut sizes, mut key) = (Vec::new(), Vec::new(), None);
        loop {
            let page = c.comments(&c.cleo, post.id, key).await.unwrap();
            sizes.push(page.items.len());
            seen.extend(page.items.iter().map(|comment| comment.id));
            key = page.next;
            if key.is_none() {
                break;
            }
        }
        assert_eq!((seen, sizes), (expected, vec![50, 50, 20]));
    });
}

#[test]
fn comments_are_edited_by_their_authors_and_by_admins() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let post = c.posts(&c.ben, "Lunch", "").await;
        let comment = c.comments_on(&c.gus, &post, "When?").await;
        let edit = |base, body: &str| CommentEdit { id: comment.id, base, body: body.to_owned() };
        assert_eq!(refusal(c.update_comment(&c.ben, edit(1, "Where?")).await), Code::Forbidden);
        assert_eq!(refusal(c.delete_comment(&c.ben, comment.id).await), Code::Forbidden);
        assert_eq!(refusal(c.update_comment(&c.gus, edit(1, " ")).await), Code::Invalid);
        let edited = c.update_comment(&c.gus, edit(1, "Where?")).await.unwrap();
        assert_eq!((edited.version, edited.order), (2, comment.order));
        assert_eq!(c.last_event().await, EventKind::CommentUpdated(edited));
        c.update_comment(&c.ada, edit(2, "Where exactly?")).await.unwrap();
        let history = c.comment_history(&c.ben, comment.id).await.unwrap();
        let told: Vec<_> =
            history.iter().map(|v| (v.version, v.editor.handle.as_str(), v.body.as_str())).collect();
        assert_eq!(told, [(3, "ada", "Where exactly?"), (2, "gus", "Where?"), (1, "gus", "When?")]);
    });
}
