//! Who is told of what, and how often.

use crate::community::{Community, refusal};
use crate::harness::{START, on_both};
use protocol::notification::{NotificationKind, ReadMark};
use protocol::post::PostEdit;
use protocol::reaction::{Reaction, ReactionTarget};
use protocol::workspace::{Role, RoleChange};
use protocol::{Code, EventKind, NotificationId, limits};
use store::Caller;

async fn kinds(c: &Community, of: &Caller) -> Vec<NotificationKind> {
    c.inbox(of).await.into_iter().map(|one| one.kind).collect()
}

#[test]
fn a_mention_tells_members_once_and_never_the_author() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let post =
            c.posts(&c.ben, "Lunch", "@cleo @Cleo @ben @zoe @nobody `@gus` [@ada](https://a.org)").await;
        let inbox = c.inbox(&c.cleo).await;
        assert_eq!(inbox.len(), 1);
        let one = &inbox[0];
        assert_eq!(
            (one.kind, one.post, one.title.as_str()),
            (NotificationKind::Mention, Some(post.id), "Lunch")
        );
        assert_eq!((one.actors[0].handle.as_str(), one.actor_count, one.read), ("ben", 1, false));
        assert_eq!(one.slug, "engine-room");
        assert!(one.excerpt.starts_with("@cleo @Cleo"), "{}", one.excerpt);
        let event = c.own_log(&c.cleo).await.pop().unwrap().kind;
        assert_eq!(event, EventKind::NotificationCreated { notification: one.clone(), unread: 1 });
        for nobody in [&c.ada, &c.ben, &c.gus, &c.zoe] {
            assert!(c.inbox(nobody).await.is_empty());
        }
    });
}

#[test]
fn a_comment_tells_each_person_once_for_the_best_reason() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let post = c.posts(&c.ada, "Lunch", "").await;
        let first = c.comments_on(&c.ben, &post, "When?").await;
        assert_eq!(kinds(&c, &c.ada).await, [NotificationKind::Comment]);
        c.later();
        let reply = c.replies(&c.cleo, &first, "Noon, @ada").await;
        assert_eq!(kinds(&c, &c.ada).await, [NotificationKind::Mention, NotificationKind::Comment]);
        assert_eq!(kinds(&c, &c.ben).await, [NotificationKind::Reply]);
        c.later();
        // An answer to a reply concerns both who wrote that and who began.
        c.replies(&c.gus, &reply, "Fine").await;
        assert_eq!(kinds(&c, &c.ben).await.len(), 2);
        assert_eq!(kinds(&c, &c.cleo).await, [NotificationKind::Reply]);
        c.later();
        c.replies(&c.cleo, &reply, "I answer myself, @cleo").await;
        assert_eq!(kinds(&c, &c.cleo).await, [NotificationKind::Reply]);
        assert_eq!(c.unread(&c.ben).await, 3);
    });
}

#[test]
fn an_edit_tells_only_those_whom_it_newly_mentions() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let post = c.posts(&c.ben, "Lunch", "@cleo").await;
        let edit =
            |base, body: &str| PostEdit { id: post.id, base, title: None, body: Some(body.to_owned()) };
        c.update_post(&c.ben, edit(1, "@cleo and @gus")).await.unwrap();
        assert_eq!((c.inbox(&c.cleo).await.len(), c.inbox(&c.gus).await.len()), (1, 1));
        c.update_post(&c.ben, edit(2, "nobody")).await.unwrap();
        c.update_post(&c.ben, edit(3, "@cleo again")).await.unwrap();
        assert_eq!((c.inbox(&c.cleo).await.len(), c.inbox(&c.gus).await.len()), (1, 1));
    });
}

#[test]
fn reactions_to_one_thing_are_one_notification() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let post = c.posts(&c.ada, "Lunch", "Noon").await;
        let target = ReactionTarget::Post(post.id);
        c.reacts(&c.ada, target, "👍").await;
        assert!(c.inbox(&c.ada).await.is_empty(), "nobody is told of their own");
        for (by, emoji) in [(&c.ben, "👍"), (&c.cleo, "🎉"), (&c.gus, "👍"), (&c.gus, "🎉")] {
            c.later();
            c.reacts(by, target, emoji).await;
        }
        let inbox = c.inbox(&c.ada).await;
        assert_eq!((inbox.len(), inbox[0].actor_count, inbox[0].emoji.as_deref()), (1, 3, Some("🎉")));
        let handles: Vec<_> = inbox[0].actors.iter().map(|actor| actor.handle.as_str()).collect();
        assert_eq!(handles, ["gus", "cleo", "ben"], "the latest first");
        assert_eq!(c.unread(&c.ada).await, 1);

        let id = inbox[0].id;
        c.read_notification(&c.ada, ReadMark::One(id)).await.unwrap();
        let heads = c.own_log(&c.ada).await.len();
        let thumb = Reaction { target, emoji: "👍".to_owned() };
        c.remove_reaction(&c.ben, thumb.clone()).await.unwrap();
        c.reacts(&c.ben, target, "👍").await;
        assert_eq!(c.own_log(&c.ada).await.len(), heads, "set again, it is no news");
        assert_eq!(c.unread(&c.ada).await, 0);

        c.later();
        c.reacts(&c.ben, target, "🚀").await;
        let inbox = c.inbox(&c.ada).await;
        assert_eq!((inbox[0].id, inbox[0].read, inbox[0].actors[0].handle.as_str()), (id, false, "ben"));
        let event = c.own_log(&c.ada).await.pop().unwrap().kind;
        assert_eq!(event, EventKind::NotificationCreated { notification: inbox[0].clone(), unread: 1 });
    });
}

#[test]
fn reactions_to_a_post_and_to_a_comment_are_apart() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let post = c.posts(&c.ada, "Lunch", "Noon").await;
        let comment = c.comments_on(&c.ada, &post, "Or one?").await;
        c.reacts(&c.ben, ReactionTarget::Post(post.id), "👍").await;
        c.reacts(&c.ben, ReactionTarget::Comment(comment.id), "👍").await;
        let inbox = c.inbox(&c.ada).await;
        assert_eq!((inbox[0].comment, inbox[0].excerpt.as_str()), (Some(comment.id), "Or one?"));
        assert_eq!((inbox[1].comment, inbox[1].excerpt.as_str()), (None, "Noon"));
    });
}

#[test]
fn a_new_role_is_told_to_who_has_it() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let change = RoleChange { workspace: c.workspace, user: c.ben.user, role: Role::Admin };
        c.set_member_role(&c.ada, change).await.unwrap();
        let inbox = c.inbox(&c.ben).await;
        assert_eq!((inbox[0].kind, inbox[0].role), (NotificationKind::Role, Some(Role::Admin)));
        assert_eq!(inbox[0].actors[0].handle, "ada");
    });
}

#[test]
fn reading_one_or_all_counts_down() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        for number in 0..4 {
            c.later();
            c.posts(&c.ben, &format!("Post {number}"), "@cleo").await;
        }
        let inbox = c.inbox(&c.cleo).await;
        let mark = ReadMark::One(inbox[0].id);
        c.read_notification(&c.cleo, mark).await.unwrap();
        let event = c.own_log(&c.cleo).await.pop().unwrap().kind;
        assert_eq!(event, EventKind::NotificationRead { mark, unread: 3 });
        assert_eq!(refusal(c.read_notification(&c.ben, mark).await), Code::NotFound, "it is not his");
        let nowhere = ReadMark::One(NotificationId::new(START));
        assert_eq!(refusal(c.read_notification(&c.cleo, nowhere).await), Code::NotFound);
        c.read_notification(&c.cleo, ReadMark::UpTo(inbox[2].at)).await.unwrap();
        assert_eq!(c.unread(&c.cleo).await, 1);
        let heads = c.heads_now().await;
        c.read_notification(&c.cleo, ReadMark::UpTo(inbox[2].at)).await.unwrap();
        assert_eq!(c.heads_now().await, heads);
    });
}

#[test]
fn notifications_come_in_pages() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        // All in one millisecond: the order holds nevertheless.
        for number in 0..70 {
            c.posts(&c.ben, &format!("{number}"), "@cleo").await;
        }
        let (mut titles, mut sizes, mut key) = (Vec::new(), Vec::new(), None);
        loop {
            let page = c.notifications(&c.cleo, key).await.unwrap();
            sizes.push(page.items.len());
            titles.extend(page.items.into_iter().map(|one| one.title));
            key = page.next;
            if key.is_none() {
                break;
            }
        }
        let expected: Vec<String> = (0..70).rev().map(|number| number.to_string()).collect();
        assert_eq!((titles, sizes), (expected, vec![30, 30, 10]));
    });
}

#[test]
fn who_left_sees_and_counts_no_more_of_it() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let post = c.posts(&c.ben, "Lunch", "@cleo").await;
        c.comments_on(&c.cleo, &post, "Bye").await;
        c.leave_workspace(&c.cleo, c.workspace).await.unwrap();
        assert!(c.inbox(&c.cleo).await.is_empty());
        assert_eq!(c.unread(&c.cleo).await, 0);
        c.posts(&c.ben, "Dinner", "@cleo").await;
        let comments = c.comments(&c.ben, post.id, None).await.unwrap().items;
        c.replies(&c.ben, &comments[0], "Come back").await;
        c.reacts(&c.ben, ReactionTarget::Comment(comments[0].id), "👋").await;
        let told = c.own_log(&c.cleo).await;
        let told =
            told.iter().filter(|event| matches!(event.kind, EventKind::NotificationCreated { .. })).count();
        assert_eq!(told, 1, "only what was written while she was there");
    });
}

#[test]
fn a_mention_bomb_tells_only_so_many() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let mut crowd = Vec::new();
        for number in 0..limits::MENTIONS_MAX + 5 {
            crowd.push(c.joins(Role::Member, &format!("person{number}")).await);
        }
        let mut body: String = (0..crowd.len()).map(|number| format!("@person{number} ")).collect();
        // The rest of the 64 KiB names people who do not exist.
        let mut number = 0;
        while body.len() < limits::POST_BODY_BYTES_MAX - 20 {
            body.push_str(&format!("@nobody{number} "));
            number += 1;
        }
        let post = c.posts(&c.ben, "Everybody!", &body).await;
        let mut told = 0;
        for caller in &crowd {
            told += c.inbox(caller).await.len();
        }
        assert_eq!(told, limits::MENTIONS_MAX);
        assert_eq!(post.html.matches("class=\"mention\"").count(), crowd.len(), "all of them are links");
    });
}

#[test]
fn old_notifications_go_and_the_number_beside_the_bell_stays_true() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let post = c.posts(&c.ada, "Lunch", "@ben").await;
        c.comments_on(&c.cleo, &post, "Soup").await;
        c.later();
        c.posts(&c.ada, "Dinner", "@ben").await;
        let (day, later) = (START + std::time::Duration::from_millis(1), START + limits::SESSION_LIFETIME);
        assert_eq!((c.unread(&c.ben).await, c.unread(&c.ada).await), (2, 1));
        assert_eq!(c.prune_notifications(START).await.unwrap(), 0, "what is exactly that old stays");
        assert_eq!(c.prune_notifications(day).await.unwrap(), 2);
        assert_eq!((c.unread(&c.ben).await, c.unread(&c.ada).await), (1, 0));
        assert_eq!(c.inbox(&c.ben).await[0].title, "Dinner");
        let mark = ReadMark::UpTo(START);
        let told = c.own_log(&c.ben).await.pop().unwrap().kind;
        assert_eq!(told, EventKind::NotificationRead { mark, unread: 1 });
        assert_eq!(c.prune_notifications(day).await.unwrap(), 0);
        assert_eq!(c.prune_notifications(later).await.unwrap(), 1);
    });
}
