//! Roles in a workspace: every attempt to reach above oneself is refused, and leaving ends every right.

use crate::community::{Community, refusal};
use crate::harness::{START, on_both};
use protocol::notification::NotificationKind;
use protocol::page::PageKey;
use protocol::person::InstanceRole;
use protocol::workspace::{NewInvitation, Role, RoleChange};
use protocol::{Code, EventKind, InvitationId, Topic, UserId};
use store::Caller;

async fn gives(c: &Community, by: &Caller, user: UserId, role: Role) -> store::Result<()> {
    c.set_member_role(by, RoleChange { workspace: c.workspace, user, role }).await
}

async fn role_of(c: &Community, user: UserId) -> Option<Role> {
    c.people(&c.ada, c.workspace, vec![user]).await.unwrap().pop().map(|member| member.role)
}

/// One person of each role, beside the founder.
async fn one_of_each(c: &Community) -> [(Role, Caller); 4] {
    let (admin, owner) = (c.joins(Role::Admin, "Nia").await, c.joins(Role::Member, "Oda").await);
    gives(c, &c.ada, owner.user, Role::Owner).await.unwrap();
    [(Role::Guest, c.gus), (Role::Member, c.ben), (Role::Admin, admin), (Role::Owner, owner)]
}

#[test]
fn nobody_gives_a_role_above_their_own_or_reaches_above_themselves() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let actors = one_of_each(&c).await;
        for (own, by) in actors {
            for (whose, whom) in actors {
                for role in Role::ALL {
                    let is_allowed = Role::Admin <= own && whose <= own && role <= own;
                    // Tried on somebody of that role who comes for it, so that the next try finds it as it was.
                    let subject = if by.user == whom.user { whom } else { c.joins_with(whose).await };
                    let result = gives(&c, &by, subject.user, role).await;
                    if is_allowed {
                        result.unwrap();
                        assert_eq!(role_of(&c, subject.user).await, Some(role));
                        gives(&c, &c.ada, subject.user, whose).await.unwrap();
                    } else {
                        assert_eq!(refusal(result), Code::Forbidden, "{own:?} makes {whose:?} {role:?}");
                        assert_eq!(role_of(&c, subject.user).await, Some(whose));
                    }
                }
            }
        }
        assert_eq!(refusal(gives(&c, &c.zoe, c.ben.user, Role::Admin).await), Code::NotFound);
        assert_eq!(
            refusal(gives(&c, &c.ada, c.zoe.user, Role::Member).await),
            Code::NotFound,
            "she is no member"
        );
    });
}

#[test]
fn only_admins_remove_and_nobody_above_them() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let actors = one_of_each(&c).await;
        for (own, by) in actors {
            for whose in Role::ALL {
                let subject = c.joins_with(whose).await;
                let result = c.remove_member(&by, c.workspace, subject.user).await;
                if Role::Admin <= own && whose <= own {
                    result.unwrap();
                    assert_eq!(role_of(&c, subject.user).await, None);
                    let heads = c.heads_now().await;
                    c.remove_member(&by, c.workspace, subject.user).await.unwrap();
                    assert_eq!(c.heads_now().await, heads, "once more does nothing");
                } else {
                    assert_eq!(refusal(result), Code::Forbidden, "{own:?} removes {whose:?}");
                    assert_eq!(role_of(&c, subject.user).await, Some(whose));
                }
            }
        }
        assert_eq!(refusal(c.remove_member(&c.zoe, c.workspace, c.ben.user).await), Code::NotFound);
    });
}

#[test]
fn an_instance_administrator_is_nobody_in_a_workspace_of_others() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        c.set_user_role_from_cli("zoe", InstanceRole::Admin).await.unwrap();
        let zoe = Caller { role: InstanceRole::Admin, ..c.zoe };
        assert_eq!(refusal(gives(&c, &zoe, c.ben.user, Role::Admin).await), Code::NotFound);
        assert_eq!(refusal(c.remove_member(&zoe, c.workspace, c.ben.user).await), Code::NotFound);
        assert_eq!(refusal(c.workspace(&zoe, "engine-room").await), Code::NotFound);
    });
}

#[test]
fn a_change_of_role_is_announced_once_and_rights_are_checked_again() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let topic = Topic::Workspace(c.workspace);
        let before = c.heads(&[topic]).await.unwrap()[0];
        gives(&c, &c.ada, c.ben.user, Role::Admin).await.unwrap();
        let after = c.heads(&[topic]).await.unwrap()[0];
        assert_eq!((after.head, after.permission_epoch), (before.head + 1, before.permission_epoch + 1));
        let event = c.log().await.pop().unwrap();
        assert_eq!(event.actor, Some(c.ada.user));
        assert!(
            matches!(event.kind, EventKind::MemberUpdated(m) if m.person.id == c.ben.user && m.role == Role::Admin)
        );
        let told = c.inbox(&c.ben).await;
        assert_eq!((told.len(), told[0].kind, told[0].role), (1, NotificationKind::Role, Some(Role::Admin)));

        let heads = c.heads_now().await;
        gives(&c, &c.ada, c.ben.user, Role::Admin).await.unwrap();
        assert_eq!(c.heads_now().await, heads, "once more does nothing");
        assert_eq!(c.inbox(&c.ben).await.len(), 1);
    });
}

#[test]
fn the_last_owner_stays() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let leave = || c.leave_workspace(&c.ada, c.workspace);
        assert_eq!(refusal(leave().await), Code::Forbidden);
        assert_eq!(refusal(c.remove_member(&c.ada, c.workspace, c.ada.user).await), Code::Forbidden);
        for role in [Role::Guest, Role::Member, Role::Admin] {
            assert_eq!(refusal(gives(&c, &c.ada, c.ada.user, role).await), Code::Forbidden);
        }
        gives(&c, &c.ada, c.ben.user, Role::Owner).await.unwrap();
        leave().await.unwrap();
        assert_eq!(
            refusal(c.leave_workspace(&c.ben, c.workspace).await),
            Code::Forbidden,
            "now he is the last"
        );
    });
}

#[test]
fn two_last_owners_on_two_nodes_cannot_both_leave() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        gives(&c, &c.ada, c.ben.user, Role::Owner).await.unwrap();
        let (second_node, _commits) = c.test.open_again().await;
        let leaving = futures::future::join(
            c.leave_workspace(&c.ada, c.workspace),
            second_node.leave_workspace(&c.ben, c.workspace),
        );
        let (one, two) = leaving.await;
        assert_eq!([one.is_ok(), two.is_ok()].iter().filter(|left| **left).count(), 1);
    });
}

#[test]
fn leaving_ends_every_right_on_both_topics_and_twice_is_once() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let topics = [Topic::Workspace(c.workspace), Topic::User(c.ben.user)];
        let epochs = || async {
            let mut heads = c.heads(&topics).await.unwrap();
            heads.sort_by_key(|head| head.topic);
            heads.into_iter().map(|head| head.permission_epoch).collect::<Vec<_>>()
        };
        let before = epochs().await;
        c.leave_workspace(&c.ben, c.workspace).await.unwrap();
        let after = epochs().await;
        assert!(before.iter().zip(&after).all(|(before, after)| before + 1 == *after));
        assert!(matches!(c.last_event().await, EventKind::MemberLeft(m) if m.person.id == c.ben.user));
        let own = c.own_log(&c.ben).await.pop().unwrap().kind;
        assert_eq!(own, EventKind::WorkspaceLeft { workspace: c.workspace });
        assert_eq!(refusal(c.feed(&c.ben, c.workspace, None).await), Code::NotFound);
        assert_eq!(refusal(c.create_post(&c.ben, c.new_post("Still here", "")).await), Code::NotFound);
        assert!(!c.may_read(c.ben.user, topics[0]).await.unwrap());
        let heads = c.heads_now().await;
        c.leave_workspace(&c.ben, c.workspace).await.unwrap();
        assert_eq!(c.heads_now().await, heads);
    });
}

#[test]
fn who_was_removed_or_lowered_keeps_no_link_to_come_back_by() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let nia = c.joins(Role::Admin, "Nia").await;
        let link = |by: Caller, role| {
            let new = NewInvitation {
                id: InvitationId::new(START),
                workspace: c.workspace,
                role,
                days: 9,
                uses_max: 9,
            };
            let c = &c;
            async move { c.create_invitation(&by, new).await.unwrap().path.replace("/join/", "") }
        };
        let (as_admin, as_member) = (link(nia, Role::Admin).await, link(nia, Role::Member).await);
        let of_ben = link(c.ben, Role::Member).await;
        gives(&c, &c.ada, nia.user, Role::Member).await.unwrap();
        assert_eq!(refusal(c.invitation(&as_admin).await), Code::NotFound, "she could not make it any more");
        c.invitation(&as_member).await.unwrap();
        c.remove_member(&c.ada, c.workspace, nia.user).await.unwrap();
        assert_eq!(refusal(c.accept_invitation(&nia, &as_member).await), Code::NotFound);
        gives(&c, &c.ada, c.ben.user, Role::Guest).await.unwrap();
        assert_eq!(refusal(c.accept_invitation(&nia, &of_ben).await), Code::NotFound, "guests invite nobody");
    });
}

#[test]
fn members_are_listed_by_name_in_pages_that_miss_and_repeat_nobody() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        for n in 0..55 {
            c.joins(Role::Member, &format!("P{:02}", 54 - n)).await;
        }
        let mut names = Vec::new();
        let (mut after, mut pages) = (None, 0);
        loop {
            let page = c.members(&c.gus, c.workspace, None, after).await.unwrap();
            assert_eq!(page.as_of.unwrap().topic, Topic::Workspace(c.workspace));
            names.extend(page.items.into_iter().map(|member| member.person.name));
            (after, pages) = (page.next, pages + 1);
            if after.is_none() {
                break;
            }
            if pages == 1 {
                // Somebody who joins meanwhile shifts nothing.
                c.joins(Role::Member, "Aaron").await;
            }
        }
        let mut expected =
            vec!["Ada Lovelace".to_owned(), "Ben".to_owned(), "Cleo".to_owned(), "Gus".to_owned()];
        expected.extend((0..55).map(|n| format!("P{n:02}")));
        assert_eq!((names, pages), (expected, 2));

        let find = |query: &str| c.members(&c.gus, c.workspace, Some(query.to_owned()), None);
        let found = |page: protocol::page::Page<protocol::workspace::Member>| {
            page.items.into_iter().map(|member| member.person.name).collect::<Vec<_>>()
        };
        assert_eq!(found(find("LOVE").await.unwrap()), ["Ada Lovelace"]);
        assert_eq!(found(find("@ben").await.unwrap()), ["Ben"]);
        assert!(found(find("zoe").await.unwrap()).is_empty(), "she is elsewhere");
        assert!(found(find("%").await.unwrap()).is_empty(), "a percent sign is a percent sign");
        let forged = c.members(&c.gus, c.workspace, None, Some(PageKey("forged".to_owned()))).await;
        assert_eq!(refusal(forged), Code::BadRequest);
    });
}

#[test]
fn people_are_looked_up_within_the_workspace_only() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let found = c.people(&c.gus, c.workspace, vec![c.zoe.user, c.ben.user, c.ben.user]).await.unwrap();
        assert_eq!(found.iter().map(|member| member.person.id).collect::<Vec<_>>(), [c.ben.user]);
        assert_eq!(refusal(c.people(&c.gus, c.workspace, vec![c.ben.user; 201]).await), Code::Invalid);
    });
}

impl Community {
    /// Somebody comes and gets this role.
    async fn joins_with(&self, role: Role) -> Caller {
        static NAMES: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let number = NAMES.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let caller = self.joins(role.min(Role::Admin), &format!("Somebody{number}")).await;
        if role == Role::Owner {
            gives(self, &self.ada, caller.user, Role::Owner).await.unwrap();
        }
        caller
    }
}
