//! Search finds for everybody only what they may read, at this moment.

use crate::community::{Community, refusal};
use crate::harness::on_both;
use crate::search::{finds, query};
use protocol::Code;
use protocol::conversation::ConversationKind;
use protocol::search::{SearchOrder, SearchQuery};
use protocol::workspace::Role;

const NOTHING: [&str; 0] = [];

#[test]
fn a_group_is_found_by_those_who_are_in_it_and_by_nobody_else() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let group = c.begins(ConversationKind::Group, "The setters", &[c.ben]).await;
        c.says(&c.ada, group, "secret of the group").await;
        let direct = c.open_direct(&c.ada, c.workspace, c.cleo.user).await.unwrap().conversation.id;
        c.says(&c.ada, direct, "secret of the two").await;
        let alone = c.open_direct(&c.ben, c.workspace, c.ben.user).await.unwrap().conversation.id;
        c.says(&c.ben, alone, "secret of ben").await;
        for (who, found) in [
            (&c.ada, &["secret of the two", "secret of the group"][..]),
            (&c.ben, &["secret of ben", "secret of the group"]),
            (&c.cleo, &["secret of the two"]),
            (&c.gus, &[]),
        ] {
            for q in ["secret", "\"secret of\"", "of", "secr", "secret in:#general"] {
                let expected = if q.contains("in:") { &[][..] } else { found };
                assert_eq!(finds(&c, who, q).await, expected, "{q}");
            }
            let by_time = finds(&c, who, "after:2020").await;
            assert!(
                by_time
                    .iter()
                    .filter(|text| text.contains("secret"))
                    .all(|text| found.contains(&text.as_str()))
            );
        }
        assert_eq!(finds(&c, &c.cleo, "from:@ben").await, NOTHING);
        for order in [SearchOrder::Best, SearchOrder::Newest] {
            let asked = SearchQuery { order, ..query(&c, "secret") };
            assert_eq!(
                refusal(c.search(&c.zoe, asked).await),
                Code::NotFound,
                "a workspace that she is not in"
            );
        }
        // Her own workspace finds nothing of this one.
        let elsewhere = SearchQuery { workspace: c.elsewhere, ..query(&c, "secret") };
        assert_eq!(c.search(&c.zoe, elsewhere.clone()).await.unwrap().hits, []);
        assert_eq!(c.search(&c.ada, elsewhere).await.unwrap().hits, [], "nor for somebody who is in both");
    });
}

#[test]
fn a_room_is_found_before_joining_but_not_by_guests_who_are_not_in_it() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let room = c.begins(ConversationKind::Room, "plans", &[]).await;
        c.says(&c.ada, room, "plan of the room").await;
        assert_eq!(finds(&c, &c.cleo, "plan").await, ["plan of the room"]);
        assert_eq!(finds(&c, &c.cleo, "plan in:#plans").await, ["plan of the room"]);
        assert_eq!(finds(&c, &c.gus, "plan").await, NOTHING);
        assert_eq!(finds(&c, &c.gus, "in:#plans").await, NOTHING);
        c.add_participants(&c.ada, room, vec![c.gus.user]).await.unwrap();
        assert_eq!(finds(&c, &c.gus, "plan").await, ["plan of the room"]);
        c.archive_conversation(&c.ada, room, true).await.unwrap();
        for who in [&c.cleo, &c.gus] {
            assert_eq!(finds(&c, who, "plan").await, ["plan of the room"], "archived rooms can be read");
        }
    });
}

#[test]
fn whoever_left_or_was_removed_finds_nothing_from_that_moment() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let group = c.begins(ConversationKind::Group, "", &[c.ben, c.cleo]).await;
        c.says(&c.ada, group, "secret").await;
        c.posts(&c.ada, "A post", "word of the feed").await;
        assert_eq!(finds(&c, &c.ben, "secret").await, ["secret"]);
        c.remove_participant(&c.ada, group, c.ben.user).await.unwrap();
        assert_eq!(finds(&c, &c.ben, "secret").await, NOTHING);
        c.leave_conversation(&c.cleo, group).await.unwrap();
        assert_eq!(finds(&c, &c.cleo, "secret").await, NOTHING);
        assert_eq!(finds(&c, &c.gus, "feed").await, ["A post"], "guests read the feed");
        c.remove_member(&c.ada, c.workspace, c.ben.user).await.unwrap();
        assert_eq!(refusal(c.search(&c.ben, query(&c, "feed")).await), Code::NotFound);
        // A member who becomes a guest loses the rooms that they are not in.
        let room = c.begins(ConversationKind::Room, "plans", &[]).await;
        c.says(&c.ada, room, "plan").await;
        assert_eq!(finds(&c, &c.cleo, "plan").await, ["plan"]);
        let change =
            protocol::workspace::RoleChange { workspace: c.workspace, user: c.cleo.user, role: Role::Guest };
        c.set_member_role(&c.ada, change).await.unwrap();
        assert_eq!(finds(&c, &c.cleo, "plan").await, NOTHING);
    });
}
