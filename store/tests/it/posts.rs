//! Posts and the feed.

use crate::community::{Community, refusal};
use crate::harness::on_both;
use protocol::conversation::{ConversationEdit, ConversationKind};
use protocol::page::PageKey;
use protocol::post::PostEdit;
use protocol::reaction::{Reaction, ReactionTarget};
use protocol::workspace::{Role, RoleChange};
use protocol::{Code, EventKind, limits};

#[test]
fn a_post_is_rendered_numbered_and_announced() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let post = c.posts(&c.ben, "Lunch", "At **noon**, @cleo?").await;
        assert_eq!((post.author.handle.as_str(), post.version), ("ben", 1));
        assert!(
            post.html.contains("<strong>noon</strong>") && post.html.contains("/w/engine-room/people/cleo")
        );
        let event = c.log().await.pop().unwrap();
        assert_eq!(post.order, event.seq, "a post's order is the number of its event");
        assert_eq!(event.kind, EventKind::PostCreated(post.clone()));
        assert_eq!(c.post(&c.gus, post.id).await.unwrap().post, post);
        assert_eq!(c.feed(&c.gus, c.workspace, None).await.unwrap().posts, [post]);
    });
}

#[test]
fn guests_read_but_write_no_posts() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        assert_eq!(refusal(c.create_post(&c.gus, c.new_post("Hello", "")).await), Code::Forbidden);
        assert!(c.feed(&c.gus, c.workspace, None).await.unwrap().posts.is_empty());
    });
}

#[test]
fn to_strangers_nothing_exists() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let post = c.posts(&c.ben, "Ours", "alone").await;
        let comment = c.comments_on(&c.cleo, &post, "yes").await;
        let heads = c.heads_now().await;
        let zoe = &c.zoe;
        let edit =
            PostEdit { id: post.id, base: 1, title: Some("Mine".to_owned()), body: Some("x".to_owned()) };
        let comment_edit =
            protocol::comment::CommentEdit { id: comment.id, base: 1, body: "mine".to_owned() };
        let mut refusals = vec![
            refusal(c.feed(zoe, c.workspace, None).await),
            refusal(c.post(zoe, post.id).await),
            refusal(c.create_post(zoe, c.new_post("Hello", "@ada")).await),
            refusal(c.update_post(zoe, edit).await),
            refusal(c.delete_post(zoe, post.id).await),
            refusal(c.pin_post(zoe, post.id, true).await),
            refusal(c.post_history(zoe, post.id).await),
            refusal(c.comments(zoe, post.id, None).await),
            refusal(c.create_comment(zoe, Community::new_comment(post.id, Some(comment.id), "hi")).await),
            refusal(c.update_comment(zoe, comment_edit).await),
            refusal(c.delete_comment(zoe, comment.id).await),
            refusal(c.comment_history(zoe, comment.id).await),
            refusal(c.move_read(zoe, protocol::Topic::Workspace(c.workspace), 1).await),
            refusal(c.move_read(zoe, protocol::Topic::User(c.ada.user), 1).await),
        ];
        for target in [ReactionTarget::Post(post.id), ReactionTarget::Comment(comment.id)] {
            let reaction = Reaction { target, emoji: "👍".to_owned() };
            refusals.push(refusal(c.add_reaction(zoe, reaction.clone()).await));
            refusals.push(refusal(c.remove_reaction(zoe, reaction).await));
            refusals.push(refusal(c.reactors(zoe, target, "👍".to_owned()).await));
        }
        for place in [
            protocol::draft::DraftPlace::Post(c.workspace),
            protocol::draft::DraftPlace::Comment(post.id),
            protocol::draft::DraftPlace::Reply(comment.id),
        ] {
            let draft = protocol::draft::Draft {
                place,
                title: String::new(),
                body: "x".to_owned(),
                at: crate::harness::START,
            };
            refusals.push(refusal(c.save_draft(zoe, draft).await));
        }
        assert_eq!(refusals, vec![Code::NotFound; refusals.len()]);
        assert_eq!(c.heads_now().await, heads, "and nothing happened");
    });
}

#[test]
fn the_feed_comes_in_pages_without_gaps_or_repeats() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let mut expected = Vec::new();
        for number in 0..45 {
            expected.insert(0, c.posts(&c.ben, &format!("Post {number}"), "").await.id);
        }
        c.pin_post(&c.ada, expected[40], true).await.unwrap();
        c.pin_post(&c.ada, expected[30], true).await.unwrap();
        let (mut seen, mut sizes, mut key) = (Vec::new(), Vec::new(), None);
        loop {
            let page = c.feed(&c.cleo, c.workspace, key.clone()).await.unwrap();
            let pinned: Vec<_> = page.pinned.iter().map(|post| post.id).collect();
            let on_top = if key.is_none() { vec![expected[30], expected[40]] } else { Vec::new() };
            assert_eq!(pinned, on_top, "pinned posts come with the first page, the newest pin first");
            sizes.push(page.posts.len());
            seen.extend(page.posts.iter().map(|post| post.id));
            // Somebody writes while the reader pages.
            c.posts(&c.ben, "Meanwhile", "").await;
            key = page.next;
            if key.is_none() {
                break;
            }
        }
        assert_eq!((seen, sizes), (expected, vec![20, 20, 5]));
        let nonsense = Some(PageKey("nonsense".to_owned()));
        assert_eq!(refusal(c.feed(&c.cleo, c.workspace, nonsense).await), Code::Invalid);
    });
}

#[test]
fn lists_take_the_same_number_of_statements_however_long_they_are() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let post = c.posts(&c.ben, "First", "").await;
        let comment = c.comments_on(&c.ada, &post, "first").await;
        let feed = c.statements(c.feed(&c.ben, c.workspace, None)).await;
        let comments = c.statements(c.comments(&c.ben, post.id, None)).await;
        let inbox = c.statements(c.notifications(&c.ben, None)).await;
        for number in 0..25 {
            let more = c.posts(&c.ben, &format!("Post {number}"), "").await;
            for (by, emoji) in [(&c.ada, "👍"), (&c.cleo, "🎉"), (&c.ben, "👍")] {
                c.reacts(by, ReactionTarget::Post(more.id), emoji).await;
            }
            let reply = c.replies(&c.cleo, &comment, "more").await;
            c.reacts(&c.ada, ReactionTarget::Comment(reply.id), "👍").await;
            if number % 4 == 0 && number < 20 {
                c.pin_post(&c.ada, more.id, true).await.unwrap();
            }
        }
        assert_eq!(c.statements(c.feed(&c.ben, c.workspace, None)).await, feed);
        assert_eq!(c.statements(c.comments(&c.ben, post.id, None)).await, comments);
        assert_eq!(c.statements(c.notifications(&c.ben, None)).await, inbox);
        assert!(feed <= 6 && comments <= 6 && inbox <= 4, "{feed} {comments} {inbox}");
        let page = c.feed(&c.ben, c.workspace, None).await.unwrap();
        assert!(page.posts.iter().all(|post| post.mine == ["👍"] && post.reactions.len() == 2));
    });
}

#[test]
fn a_body_may_have_64_kib_and_not_a_byte_more() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let body = "🦀 ferris ".repeat(limits::POST_BODY_BYTES_MAX / 12);
        let body = format!("{body}{}", "x".repeat(limits::POST_BODY_BYTES_MAX - body.len()));
        assert_eq!(c.posts(&c.ben, "Long", &body).await.body, body);
        let too_long = c.create_post(&c.ben, c.new_post("Longer", &format!("{body}x"))).await;
        assert_eq!(refusal(too_long), Code::TooLarge);
    });
}

#[test]
fn only_admins_pin_and_only_so_many() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let mut posts = Vec::new();
        for number in 0..=limits::PINNED_POSTS_MAX {
            posts.push(c.posts(&c.ben, &format!("Post {number}"), "").await.id);
        }
        assert_eq!(refusal(c.pin_post(&c.ben, posts[0], true).await), Code::Forbidden);
        for id in &posts[1..] {
            c.pin_post(&c.ada, *id, true).await.unwrap();
        }
        assert_eq!(refusal(c.pin_post(&c.ada, posts[0], true).await), Code::Invalid);
        let heads = c.heads_now().await;
        c.pin_post(&c.ada, posts[1], true).await.unwrap();
        assert_eq!(c.heads_now().await, heads, "what is pinned already is no event");
        c.pin_post(&c.ada, posts[1], false).await.unwrap();
        assert_eq!(c.last_event().await, EventKind::PostPinned { id: posts[1], pinned: false });
        c.pin_post(&c.ada, posts[0], true).await.unwrap();
        let feed = c.feed(&c.gus, c.workspace, None).await.unwrap();
        assert_eq!(feed.pinned.len(), limits::PINNED_POSTS_MAX);
        assert_eq!(feed.pinned[0].id, posts[0]);
        assert!(feed.pinned.iter().all(|post| post.pinned));
    });
}

#[test]
fn posts_are_edited_and_deleted_by_their_authors_and_by_admins() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let post = c.posts(&c.ben, "Lunch", "At noon").await;
        let edit =
            |base, body: &str| PostEdit { id: post.id, base, title: None, body: Some(body.to_owned()) };
        assert_eq!(refusal(c.update_post(&c.cleo, edit(1, "At one")).await), Code::Forbidden);
        assert_eq!(refusal(c.delete_post(&c.cleo, post.id).await), Code::Forbidden);
        c.later();
        let edited = c.update_post(&c.ben, edit(1, "At one")).await.unwrap();
        assert_eq!((edited.version, edited.order), (2, post.order));
        assert!(edited.edited_at.is_some_and(|at| post.at < at) && edited.html.contains("At one"));
        assert_eq!(c.last_event().await, EventKind::PostUpdated(edited));
        c.later();
        c.update_post(&c.ada, edit(2, "At two")).await.unwrap();
        let history = c.post_history(&c.gus, post.id).await.unwrap();
        let told: Vec<_> =
            history.iter().map(|v| (v.version, v.editor.handle.as_str(), v.body.as_str())).collect();
        assert_eq!(told, [(3, "ada", "At two"), (2, "ben", "At one"), (1, "ben", "At noon")]);
        c.delete_post(&c.ada, post.id).await.unwrap();
        assert_eq!(c.last_event().await, EventKind::PostDeleted { id: post.id });
        assert_eq!(refusal(c.post(&c.ben, post.id).await), Code::NotFound);
        assert_eq!(refusal(c.comments(&c.ben, post.id, None).await), Code::NotFound);
        assert_eq!(refusal(c.update_post(&c.ben, edit(3, "At three")).await), Code::NotFound);
    });
}

#[test]
fn an_author_who_became_a_guest_still_edits_their_own() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let post = c.posts(&c.ben, "Lunch", "").await;
        let guest = RoleChange { workspace: c.workspace, user: c.ben.user, role: Role::Guest };
        c.set_member_role(&c.ada, guest).await.unwrap();
        let edit = PostEdit { id: post.id, base: 1, title: Some("Dinner".to_owned()), body: None };
        assert_eq!(c.update_post(&c.ben, edit).await.unwrap().title, "Dinner");
        assert_eq!(refusal(c.create_post(&c.ben, c.new_post("More", "")).await), Code::Forbidden);
    });
}

#[test]
fn reading_moves_forward_and_not_beyond_the_head() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let post = c.posts(&c.ben, "Lunch", "").await;
        let topic = protocol::Topic::Workspace(c.workspace);
        c.move_read(&c.cleo, topic, post.order).await.unwrap();
        let moved = EventKind::ReadMoved { topic, seq: post.order, unread: None };
        assert_eq!(c.own_log(&c.cleo).await.pop().unwrap().kind, moved);
        let heads = c.heads_now().await;
        c.move_read(&c.cleo, topic, post.order - 1).await.unwrap();
        c.move_read(&c.cleo, topic, post.order).await.unwrap();
        c.move_read(&c.cleo, topic, u64::MAX).await.unwrap();
        assert_eq!(c.heads_now().await, heads, "back, in place and beyond is no move");
        let membership = c.workspace(&c.cleo, "engine-room").await.unwrap();
        assert_eq!((membership.read, membership.newest), (post.order, post.order));
    });
}

#[test]
fn rooms_are_linked_by_those_who_may_see_them_and_groups_by_nobody() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let plans = c.begins(ConversationKind::Room, "plans", &[]).await;
        c.begins(ConversationKind::Group, "secret", &[c.ben]).await;
        let links = |html: &str| html.matches("class=\"room\"").count();
        let post = c.posts(&c.ben, "Where", "See #plans, #Plans, `#plans`, #secret and #general").await;
        assert_eq!(links(&post.html), 3, "{}", post.html);
        assert!(post.html.contains(&format!("/c/{plans}\"")), "{}", post.html);
        let comment = c.comments_on(&c.gus, &post, "#plans and #secret?").await;
        assert_eq!(links(&comment.html), 0, "a guest does not find out which rooms there are");
        assert_eq!(links(&c.comments_on(&c.cleo, &post, "#plans").await.html), 1);
        let previewed = c.preview(&c.gus, c.workspace, "#plans".to_owned()).await.unwrap();
        assert_eq!(links(&previewed.html), 0);
        // The link leads to the room, whatever it is called later.
        let edit = ConversationEdit {
            id: plans,
            name: Some("ideas".to_owned()),
            topic_line: None,
            is_default: None,
        };
        c.update_conversation(&c.ada, edit).await.unwrap();
        let kept = c.post(&c.ada, post.id).await.unwrap().post;
        assert!(kept.html.contains(&format!("/c/{plans}\"")), "{}", kept.html);
        assert_eq!(links(&c.comments_on(&c.cleo, &post, "#plans").await.html), 0);
    });
}
