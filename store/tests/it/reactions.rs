//! Reactions.

use crate::community::{Community, refusal};
use crate::harness::{on_both, on_postgres};
use protocol::event::ReactionChange;
use protocol::reaction::{Reaction, ReactionCount, ReactionTarget};
use protocol::{Code, EventKind, limits};

fn count(emoji: &str, count: u32) -> ReactionCount {
    ReactionCount { emoji: emoji.to_owned(), count }
}

#[test]
fn reactions_keep_the_order_in_which_they_first_appeared() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let post = c.posts(&c.ben, "Lunch", "").await;
        let target = ReactionTarget::Post(post.id);
        c.reacts(&c.ada, target, "🎉").await;
        c.reacts(&c.cleo, target, "👍").await;
        c.reacts(&c.gus, target, "👍").await;
        c.reacts(&c.cleo, target, "🎉").await;
        // The first one takes theirs back; the emoji stays where it was.
        c.remove_reaction(&c.ada, Reaction { target, emoji: "🎉".to_owned() }).await.unwrap();
        let change = ReactionChange {
            target,
            post: Some(post.id),
            user: c.ada.user,
            emoji: "🎉".to_owned(),
            reactions: vec![count("🎉", 1), count("👍", 2)],
        };
        assert_eq!(c.last_event().await, EventKind::ReactionRemoved(change.clone()));
        let seen = c.post(&c.gus, post.id).await.unwrap().post;
        assert_eq!((seen.reactions, seen.mine), (change.reactions, vec!["👍".to_owned()]));
        let people = c.reactors(&c.ada, target, "👍".to_owned()).await.unwrap();
        assert_eq!(people.iter().map(|person| person.name.as_str()).collect::<Vec<_>>().len(), 2);
    });
}

#[test]
fn a_comment_carries_reactions_too() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let post = c.posts(&c.ben, "Lunch", "").await;
        let comment = c.comments_on(&c.ben, &post, "Pizza?").await;
        let target = ReactionTarget::Comment(comment.id);
        c.reacts(&c.gus, target, "🍕").await;
        let EventKind::ReactionAdded(change) = c.last_event().await else { panic!("it was added") };
        assert_eq!((change.post, change.reactions), (Some(post.id), vec![count("🍕", 1)]));
        let list = c.comments(&c.gus, post.id, None).await.unwrap().items;
        assert_eq!(list[0].mine, ["🍕"]);
        c.delete_comment(&c.ben, comment.id).await.unwrap();
        let late = Reaction { target, emoji: "🍕".to_owned() };
        assert_eq!(refusal(c.add_reaction(&c.ada, late).await), Code::NotFound);
    });
}

#[test]
fn only_emoji_are_reactions_and_only_so_many_kinds() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let post = c.posts(&c.ben, "Lunch", "").await;
        let target = ReactionTarget::Post(post.id);
        for text in ["", "+1", "<b>", "👍👍", "👍 ", "a", "\u{200B}", "!!"] {
            let reaction = Reaction { target, emoji: text.to_owned() };
            assert_eq!(refusal(c.add_reaction(&c.ada, reaction).await), Code::Invalid, "{text:?}");
        }
        let emoji: Vec<&str> =
            emojis::iter().map(emojis::Emoji::as_str).take(limits::REACTION_KINDS_MAX + 1).collect();
        let (one_more, fitting) = emoji.split_last().unwrap();
        for emoji in fitting {
            c.reacts(&c.ada, target, emoji).await;
        }
        let reaction = Reaction { target, emoji: (*one_more).to_owned() };
        assert_eq!(refusal(c.add_reaction(&c.cleo, reaction).await), Code::Invalid);
        c.reacts(&c.cleo, target, fitting[0]).await;
    });
}

#[test]
fn counts_are_true_in_the_order_of_the_log_when_two_nodes_write_at_once() {
    on_postgres(|test| async move {
        let c = Community::in_(test).await;
        let (other, _committed) = c.test.open_again().await;
        let post = c.posts(&c.ada, "Lunch", "").await;
        let target = ReactionTarget::Post(post.id);
        let before = c.unread(&c.ada).await;
        let writes = (0..24).map(|number| {
            let store = if number % 2 == 0 { c.test.store.clone() } else { other.clone() };
            let by = [c.ben, c.cleo, c.gus][number % 3];
            let emoji = ["👍", "🎉", "🚀", "🍕", "👋", "🔥", "🎁", "✅"][number / 3].to_owned();
            async move {
                store.add_reaction(&by, Reaction { target, emoji }).await.unwrap();
                store.create_comment(&by, Community::new_comment(post.id, None, "!")).await.unwrap();
            }
        });
        futures::future::join_all(writes).await;
        let (mut reactions, mut comments) = (0, 0);
        for event in c.log().await {
            match event.kind {
                EventKind::ReactionAdded(change) => {
                    reactions += 1;
                    let total: u32 = change.reactions.iter().map(|one| one.count).sum();
                    assert_eq!(total, reactions);
                }
                EventKind::CommentCreated { comments: now, .. } => {
                    comments += 1;
                    assert_eq!(now, comments);
                }
                _ => {}
            }
        }
        assert_eq!((reactions, comments), (24, 24));
        let mut unread = before;
        for event in c.own_log(&c.ada).await {
            if let EventKind::NotificationCreated { notification, unread: now } = event.kind {
                let is_new = notification.actor_count == 1
                    && notification.emoji.as_deref().is_none_or(|_| now != unread);
                unread += u32::from(is_new);
                assert_eq!(now, unread);
            }
        }
        assert_eq!(unread, c.unread(&c.ada).await);
    });
}
