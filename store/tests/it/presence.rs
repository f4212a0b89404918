//! What people say of themselves, and what they let others see of them.

use crate::community::{Community, PASSWORD, refusal};
use crate::harness::{START, on_both};
use protocol::conversation::ConversationKind;
use protocol::message::Broadcast;
use protocol::presence::{NewPresence, NewStatus, PresenceChoice, SeenAs, StatusEnd};
use protocol::workspace::{Member, Role, RoleChange};
use protocol::{Code, ConversationId, EventKind, Topic, UserId};
use std::time::Duration;
use store::Caller;

fn status(emoji: &str, text: &str, ends: StatusEnd) -> NewStatus {
    NewStatus { emoji: emoji.to_owned(), text: text.to_owned(), ends, ..NewStatus::default() }
}

/// What the lists of the workspace say of somebody: all members, these, and those of the frame.
async fn said_of(c: &Community, reader: &Caller, user: UserId) -> Vec<Option<String>> {
    let members = c.members(reader, c.workspace, None, None).await.unwrap().items;
    let people = c.people(reader, c.workspace, vec![user]).await.unwrap();
    let mine = c.me(reader).await.unwrap().workspaces;
    let framed = mine.into_iter().find(|one| one.workspace.id == c.workspace).unwrap().with_status;
    let of = |list: Vec<Member>| {
        let member = list.into_iter().find(|member| member.person.id == user);
        member.and_then(|member| member.status).map(|status| format!("{} {}", status.emoji, status.text))
    };
    vec![of(members), of(people), of(framed)]
}

async fn sees_as(c: &Community, who: &Caller, seen_as: SeenAs, minutes: u32) -> PresenceChoice {
    c.set_presence(who, NewPresence { seen_as, minutes }).await.unwrap()
}

/// How far Ada sees that somebody has read.
async fn seen(c: &Community, group: ConversationId, of: &Caller) -> Option<u64> {
    let receipts = c.receipts(&c.ada, group).await.unwrap();
    receipts.iter().find(|one| one.person.id == of.user).map(|one| one.seq)
}

#[test]
fn a_status_is_shown_to_the_workspace_until_its_end() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let set =
            c.set_status(&c.ben, status("🌴", " Back on Monday ", StatusEnd::Hour)).await.unwrap().unwrap();
        assert_eq!(
            (set.text.as_str(), set.until),
            ("Back on Monday", Some(START + Duration::from_secs(3600)))
        );
        let EventKind::MemberUpdated(member) = c.last_event().await else { panic!("others hear of it") };
        assert_eq!((member.person.id, member.status), (c.ben.user, Some(set.clone())));
        let shown = Some("🌴 Back on Monday".to_owned());
        assert_eq!(said_of(&c, &c.gus, c.ben.user).await, [shown.clone(), shown.clone(), shown]);
        assert_eq!(c.me(&c.ben).await.unwrap().status, Some(set));
        let zoes = c.me(&c.zoe).await.unwrap().workspaces;
        assert!(zoes.iter().all(|one| one.with_status.is_empty()), "she shares no workspace with him");

        // Other changes keep it, and it ends by itself: without an event, in every answer.
        let change = RoleChange { workspace: c.workspace, user: c.ben.user, role: Role::Admin };
        c.set_member_role(&c.ada, change).await.unwrap();
        let log = c.log().await;
        let last = log.iter().rev().find_map(|event| match &event.kind {
            EventKind::MemberUpdated(member) => member.status.clone(),
            _ => None,
        });
        assert!(last.is_some());
        let heads = c.heads_now().await;
        c.test.clock.advance(Duration::from_secs(3600));
        assert_eq!(said_of(&c, &c.ada, c.ben.user).await, [None, None, None]);
        assert_eq!(c.me(&c.ben).await.unwrap().status, None);
        assert_eq!(c.heads_now().await, heads);
    });
}

#[test]
fn a_status_that_is_set_again_is_no_event_and_nothing_clears_it() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        for _ in 0..2 {
            c.set_status(&c.ben, status("📅", "In a meeting", StatusEnd::Never)).await.unwrap();
        }
        let of_ben = |log: Vec<protocol::Event>| {
            log.iter().filter(|event| matches!(&event.kind, EventKind::MemberUpdated(_))).count()
        };
        assert_eq!(of_ben(c.log().await), 1);
        c.set_status(&c.ben, NewStatus::default()).await.unwrap();
        assert_eq!(said_of(&c, &c.ada, c.ben.user).await, [None, None, None]);
        let EventKind::MemberUpdated(member) = c.last_event().await else { panic!("others hear of it") };
        assert_eq!(member.status, None);
    });
}

#[test]
fn a_status_of_anything_else_is_refused() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let heads = c.heads_now().await;
        for bad in [
            status("ben", "hello", StatusEnd::Never),
            status("🌴🌴", "hello", StatusEnd::Never),
            status("<b>", "hello", StatusEnd::Never),
            status("🌴", &"x".repeat(101), StatusEnd::Never),
            status("🌴", "over\u{202E}ride", StatusEnd::Never),
            NewStatus { utc_offset_minutes: i32::MIN, ..status("🌴", "far", StatusEnd::Today) },
        ] {
            assert_eq!(refusal(c.set_status(&c.ben, bad).await), Code::Invalid);
        }
        assert_eq!(c.heads_now().await, heads);
    });
}

#[test]
fn of_a_deleted_account_no_status_stays_anywhere() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        c.set_status(&c.ben, status("🤒", "A secret illness", StatusEnd::Never)).await.unwrap();
        assert!(c.everything_logged().await.contains("secret illness"));
        c.delete_account(&c.ben, PASSWORD.to_owned()).await.unwrap();
        assert!(!c.everything_logged().await.contains("secret illness"));
        assert_eq!(said_of(&c, &c.ada, c.ben.user).await, [None, None, None]);
    });
}

#[test]
fn a_choice_is_known_to_all_devices_and_their_sockets_look_again() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let own = Topic::User(c.ben.user);
        let epoch = c.heads(&[own]).await.unwrap()[0].permission_epoch;
        let busy = sees_as(&c, &c.ben, SeenAs::Busy, 30).await;
        let until = START + Duration::from_secs(30 * 60);
        assert_eq!(busy, PresenceChoice { quiet_until: Some(until), ..PresenceChoice::default() });
        assert_eq!(c.access(&c.ben).await.unwrap().choice, busy);
        assert_eq!(c.me(&c.ben).await.unwrap().choice, busy);
        assert_eq!(c.quiet_until(&c.ben).await.unwrap(), Some(until), "devices are quiet as long");
        let head = c.heads(&[own]).await.unwrap()[0];
        assert!(epoch < head.permission_epoch);
        assert!(
            matches!(c.own_log(&c.ben).await.pop().unwrap().kind, EventKind::PresenceChosen(it) if it == busy)
        );
        sees_as(&c, &c.ben, SeenAs::Busy, 30).await;
        assert_eq!(c.heads(&[own]).await.unwrap()[0], head, "the same again is no event");

        let invisible = sees_as(&c, &c.ben, SeenAs::Invisible, 0).await;
        assert!(invisible.invisible && invisible.quiet_until == Some(until), "devices stay quiet");
        c.set_quiet(&c.ben, 0).await.unwrap();
        assert!(c.me(&c.ben).await.unwrap().choice.invisible, "one setting leaves the other alone");
        assert_eq!(sees_as(&c, &c.ben, SeenAs::Online, 0).await, PresenceChoice::default());
        let wrong = NewPresence { seen_as: SeenAs::Busy, minutes: 0 };
        assert_eq!(refusal(c.set_presence(&c.ben, wrong).await), Code::Invalid);
        // Nobody else hears of any of it.
        let theirs = c.own_log(&c.ada).await.into_iter().chain(c.log().await);
        assert!(theirs.into_iter().all(|event| !matches!(event.kind, EventKind::PresenceChosen(_))));
    });
}

#[test]
fn receipts_stand_still_while_somebody_is_invisible() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let group = c.begins(ConversationKind::Group, "", &[c.ben, c.gus]).await;
        let topic = Topic::Conversation(group);
        let first = c.says(&c.ada, group, "one").await.order;
        c.move_read(&c.ben, topic, first).await.unwrap();
        assert_eq!(seen(&c, group, &c.ben).await, Some(first));
        sees_as(&c, &c.ben, SeenAs::Invisible, 0).await;
        assert_eq!(seen(&c, group, &c.ben).await, Some(first), "as of somebody who left");
        let second = c.says(&c.ada, group, "two").await.order;
        c.move_read(&c.ben, topic, second).await.unwrap();
        c.read_all(&c.ben, c.workspace).await.unwrap();
        assert_eq!(c.unread_in(&c.ben, group).await.0, 0, "he has read it himself");
        assert_eq!(seen(&c, group, &c.ben).await, Some(first));
        assert!(c.seen_up_to(&[group]).await.unwrap().iter().all(|one| one.user != c.ben.user));
        sees_as(&c, &c.ben, SeenAs::Online, 0).await;
        assert_eq!(seen(&c, group, &c.ben).await, Some(second));
        // Marked unread, it was seen nevertheless.
        c.set_read(&c.ben, group, 0).await.unwrap();
        assert_eq!(seen(&c, group, &c.ben).await, Some(second));
        let told = c.seen_up_to(&[group, c.general().await.id]).await.unwrap();
        assert!(told.iter().any(|one| one.user == c.ben.user && one.seq == second));
        assert!(told.iter().all(|one| one.conversation == group), "never of rooms");
    });
}

#[test]
fn who_does_not_show_what_they_read_does_not_see_it_of_others() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let group = c.begins(ConversationKind::Group, "", &[c.ben, c.gus]).await;
        assert_eq!(c.receipts(&c.ben, group).await.unwrap().len(), 2);
        c.set_receipts(&c.ben, false).await.unwrap();
        assert!(c.receipts(&c.ben, group).await.unwrap().is_empty());
        assert_eq!(seen(&c, group, &c.ben).await, None);
        assert!(c.seen_up_to(&[group]).await.unwrap().iter().all(|one| one.user != c.ben.user));
        c.set_receipts(&c.ben, true).await.unwrap();
        assert_eq!(c.receipts(&c.ben, group).await.unwrap().len(), 2);
    });
}

#[test]
fn to_lists_and_broadcasts_somebody_invisible_left_when_they_became_so() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let phone = c.sign_in(
            protocol::account::SignIn { handle: "ben".to_owned(), password: PASSWORD.to_owned() },
            "Phone",
            "192.0.2.7",
        );
        let phone = phone.await.unwrap();
        let room = c.begins(ConversationKind::Room, "harbour", &[c.ben]).await;
        let seen_at = async |c: &Community| {
            let people = c.admin_people(&c.ada, None, None).await.unwrap().items;
            people.into_iter().find(|one| one.person.id == c.ben.user).unwrap().seen_at
        };
        sees_as(&c, &c.ben, SeenAs::Invisible, 0).await;
        let left = seen_at(&c).await;
        c.test.clock.advance(Duration::from_secs(16 * 60));
        // Noted as used: his devices list says so, nobody else's does.
        c.authenticate(&phone.token, "192.0.2.7").await.unwrap();
        assert_eq!(c.devices(&c.ben).await.unwrap()[0].used_at, START + Duration::from_secs(16 * 60));
        assert_eq!(seen_at(&c).await, left);
        assert_eq!(c.reach(&c.ada, room, Broadcast::Here).await.unwrap(), 0);
        assert!(c.name_in(&c.ben, Topic::Conversation(room)).await.is_err(), "nobody sees him type");
        sees_as(&c, &c.ben, SeenAs::Online, 0).await;
        assert_eq!(c.reach(&c.ada, room, Broadcast::Here).await.unwrap(), 1);
        assert_eq!(c.name_in(&c.ben, Topic::Conversation(room)).await.unwrap(), "Ben");
        assert!(left < seen_at(&c).await);
    });
}
