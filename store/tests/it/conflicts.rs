//! Two people edit one text.

use crate::community::Community;
use crate::harness::on_both;
use protocol::comment::CommentEdit;
use protocol::post::{Conflict, FieldConflict, PostEdit};
use protocol::{Code, PostId};

fn edit(id: PostId, base: u32, title: Option<&str>, body: Option<&str>) -> PostEdit {
    PostEdit { id, base, title: title.map(str::to_owned), body: body.map(str::to_owned) }
}

fn conflict<T: std::fmt::Debug>(result: store::Result<T>) -> Conflict {
    let error = protocol::Error::from(result.expect_err("both changed it"));
    assert_eq!(error.code, Code::Conflict);
    *error.conflict.expect("a conflict says how")
}

#[test]
fn changes_to_different_fields_merge() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let id = c.posts(&c.ben, "Lunch", "At noon").await.id;
        c.update_post(&c.ada, edit(id, 1, Some("Dinner"), None)).await.unwrap();
        let post = c.update_post(&c.ben, edit(id, 1, None, Some("At eight"))).await.unwrap();
        assert_eq!((post.title.as_str(), post.body.as_str(), post.version), ("Dinner", "At eight", 3));
    });
}

#[test]
fn a_field_that_was_sent_but_not_changed_overwrites_nothing() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let id = c.posts(&c.ben, "Lunch", "At noon").await.id;
        c.update_post(&c.ada, edit(id, 1, Some("Dinner"), None)).await.unwrap();
        let post = c.update_post(&c.ben, edit(id, 1, Some("Lunch"), Some("At eight"))).await.unwrap();
        assert_eq!((post.title.as_str(), post.body.as_str()), ("Dinner", "At eight"));
    });
}

#[test]
fn a_field_that_both_changed_comes_back_with_all_three_texts() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let id = c.posts(&c.ben, "Lunch", "At noon in the park").await.id;
        c.later();
        let theirs = c.update_post(&c.ada, edit(id, 1, None, Some("At one in the park"))).await.unwrap();
        let heads = c.heads_now().await;
        let mine = edit(id, 1, Some("Dinner"), Some("At noon in the hall"));
        let seen = conflict(c.update_post(&c.ben, mine).await);
        assert_eq!((seen.version, seen.editor.handle.as_str(), Some(seen.at)), (2, "ada", theirs.edited_at));
        let field = FieldConflict {
            field: "body".to_owned(),
            base: "At noon in the park".to_owned(),
            theirs: "At one in the park".to_owned(),
            mine: "At noon in the hall".to_owned(),
            merged: Some("At one in the hall".to_owned()),
        };
        assert_eq!(seen.fields, [field]);
        assert_eq!(c.heads_now().await, heads, "nothing was changed, the title neither");
        // The person takes the merged text and goes on from what stands now.
        let resolved = edit(id, 2, Some("Dinner"), Some("At one in the hall"));
        assert_eq!(c.update_post(&c.ben, resolved).await.unwrap().version, 3);
    });
}

#[test]
fn words_that_both_changed_are_not_merged() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let id = c.posts(&c.ben, "At noon", "").await.id;
        c.update_post(&c.ada, edit(id, 1, Some("At one"), None)).await.unwrap();
        let seen = conflict(c.update_post(&c.ben, edit(id, 1, Some("At two"), None)).await);
        assert_eq!((seen.fields[0].field.as_str(), seen.fields[0].merged.as_deref()), ("title", None));
    });
}

#[test]
fn what_is_there_already_is_a_success_even_after_others_went_on() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let id = c.posts(&c.ben, "Lunch", "At noon").await.id;
        c.update_post(&c.ben, edit(id, 1, None, Some("At one"))).await.unwrap();
        // The answer was lost, and Ada changed it once more before Ben's program tries again.
        c.update_post(&c.ada, edit(id, 2, None, Some("At two"))).await.unwrap();
        let heads = c.heads_now().await;
        let again = c.update_post(&c.ben, edit(id, 1, None, Some("At one"))).await.unwrap();
        assert_eq!((again.body.as_str(), again.version), ("At two", 3));
        // Two people who wrote the same do not clash either.
        c.update_post(&c.ben, edit(id, 2, None, Some("At two"))).await.unwrap();
        assert_eq!(c.heads_now().await, heads);
    });
}

#[test]
fn a_base_that_never_was_is_refused() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let id = c.posts(&c.ben, "Lunch", "").await.id;
        for base in [0, 2, u32::MAX] {
            let error = c.update_post(&c.ben, edit(id, base, Some("Dinner"), None)).await.unwrap_err();
            assert_eq!(protocol::Error::from(error).field.as_deref(), Some("base"));
        }
    });
}

#[test]
fn comments_clash_like_posts() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let post = c.posts(&c.ben, "Lunch", "").await;
        let id = c.comments_on(&c.gus, &post, "one two three four").await.id;
        let edit = |base, body: &str| CommentEdit { id, base, body: body.to_owned() };
        c.update_comment(&c.ada, edit(1, "ONE two three four")).await.unwrap();
        let seen = conflict(c.update_comment(&c.gus, edit(1, "one two three FOUR")).await);
        assert_eq!(seen.fields[0].merged.as_deref(), Some("ONE two three FOUR"));
        assert_eq!(seen.editor.handle, "ada");
        assert_eq!(c.update_comment(&c.gus, edit(2, "ONE two three FOUR")).await.unwrap().version, 3);
    });
}

#[test]
fn edits_at_once_lose_nothing() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let id = c.posts(&c.ben, "Lunch", "").await.id;
        let edits = (0..8).map(|number| {
            let by = if number % 2 == 0 { c.ada } else { c.ben };
            let store = c.test.store.clone();
            async move { store.update_post(&by, edit(id, 1, Some(&format!("Title {number}")), None)).await }
        });
        let results = futures::future::join_all(edits).await;
        let (done, clashed): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
        assert_eq!((done.len(), clashed.len()), (1, 7), "one wins, everybody else is asked");
        for result in clashed {
            conflict(result);
        }
    });
}
