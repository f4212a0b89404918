//! Administration of the instance: refused to everybody else, harmless when repeated, written down.

use crate::community::{Community, PASSWORD, refusal};
use crate::harness::on_both;
use protocol::account::SignIn;
use protocol::admin::InstanceRoleChange;
use protocol::page::PageKey;
use protocol::person::InstanceRole;
use protocol::workspace::{Role, RoleChange};
use protocol::{Code, EventKind, Topic, UserId};
use std::time::Duration;

fn change(user: UserId, role: InstanceRole) -> InstanceRoleChange {
    InstanceRoleChange { user, role }
}

#[test]
fn everything_is_refused_to_others_owners_of_workspaces_included() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let owner = RoleChange { workspace: c.workspace, user: c.ben.user, role: Role::Owner };
        c.set_member_role(&c.ada, owner).await.unwrap();
        let audit = c.admin_audit(&c.ada, None).await.unwrap();
        for by in [&c.ben, &c.gus, &c.zoe] {
            let codes = [
                refusal(c.admin_people(by, None, None).await),
                refusal(c.admin_set_role(by, change(by.user, InstanceRole::Admin)).await),
                refusal(c.admin_set_role(by, change(c.ada.user, InstanceRole::Member)).await),
                refusal(c.admin_deactivate(by, c.cleo.user).await),
                refusal(c.admin_reactivate(by, c.cleo.user).await),
                refusal(c.admin_end_sessions(by, c.cleo.user).await),
                refusal(c.admin_workspaces(by).await),
                refusal(c.admin_audit(by, None).await),
                refusal(c.admin_size_bytes(by).await),
            ];
            assert_eq!(codes, [Code::Forbidden; 9]);
        }
        assert_eq!(c.admin_audit(&c.ada, None).await.unwrap(), audit, "nothing happened");
        assert!(c.access(&c.cleo).await.unwrap().active);
    });
}

#[test]
fn deactivation_ends_every_session_at_once_and_reactivation_brings_none_back() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let sign_in = SignIn { handle: "ben".to_owned(), password: PASSWORD.to_owned() };
        let phone = c.sign_in(sign_in, "", "").await.unwrap();
        let own = Topic::User(c.ben.user);
        let before = c.heads(&[own]).await.unwrap()[0];
        c.admin_deactivate(&c.ada, c.ben.user).await.unwrap();
        let after = c.heads(&[own]).await.unwrap()[0];
        assert_eq!((after.head, after.permission_epoch), (before.head + 1, before.permission_epoch + 1));
        let event = c.own_log(&c.ben).await.pop().unwrap();
        assert_eq!((event.actor, event.kind), (Some(c.ada.user), EventKind::SessionEnded { session: None }));
        for caller in [c.ben, phone.caller] {
            assert!(!c.access(&caller).await.unwrap().active);
        }
        assert_eq!(c.authenticate(&phone.token, "").await.unwrap(), None);
        c.admin_deactivate(&c.ada, c.ben.user).await.unwrap();
        assert_eq!(c.heads(&[own]).await.unwrap()[0], after, "once more does nothing");

        c.admin_reactivate(&c.ada, c.ben.user).await.unwrap();
        c.admin_reactivate(&c.ada, c.ben.user).await.unwrap();
        assert_eq!(c.authenticate(&phone.token, "").await.unwrap(), None);
        assert!(!c.access(&c.ben).await.unwrap().active);
        let actions: Vec<String> =
            c.admin_audit(&c.ada, None).await.unwrap().items.into_iter().map(|line| line.action).collect();
        let count = |name: &str| actions.iter().filter(|action| *action == name).count();
        assert_eq!((count("account.deactivated"), count("account.reactivated")), (1, 1));
    });
}

#[test]
fn nobody_deactivates_themselves_and_the_last_administrator_stays() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        assert_eq!(refusal(c.admin_deactivate(&c.ada, c.ada.user).await), Code::Forbidden);
        let down = change(c.ada.user, InstanceRole::Member);
        assert_eq!(refusal(c.admin_set_role(&c.ada, down).await), Code::Forbidden);
        assert_eq!(refusal(c.set_user_role_from_cli("ada", InstanceRole::Member).await), Code::Forbidden);
        c.admin_set_role(&c.ada, change(c.ben.user, InstanceRole::Admin)).await.unwrap();
        let ben = store::Caller { role: InstanceRole::Admin, ..c.ben };
        c.admin_deactivate(&ben, c.ada.user).await.unwrap();
        let down = change(c.ben.user, InstanceRole::Member);
        assert_eq!(
            refusal(c.admin_set_role(&ben, down).await),
            Code::Forbidden,
            "a deactivated one does not count"
        );
    });
}

#[test]
fn a_role_takes_effect_with_the_next_request_and_twice_is_once() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let sign_in = || SignIn { handle: "ben".to_owned(), password: PASSWORD.to_owned() };
        let token = c.sign_in(sign_in(), "", "").await.unwrap().token;
        for _ in 0..2 {
            c.admin_set_role(&c.ada, change(c.ben.user, InstanceRole::Admin)).await.unwrap();
        }
        assert_eq!(c.authenticate(&token, "").await.unwrap().unwrap().caller.role, InstanceRole::Admin);
        c.admin_set_role(&c.ada, change(c.ben.user, InstanceRole::Member)).await.unwrap();
        assert_eq!(c.authenticate(&token, "").await.unwrap().unwrap().caller.role, InstanceRole::Member);
        let audit = c.admin_audit(&c.ada, None).await.unwrap().items;
        let changes: Vec<_> = audit.iter().filter(|line| line.action == "account.role_changed").collect();
        let subjects: Vec<_> = changes.iter().map(|line| line.subject.as_ref().unwrap().id).collect();
        assert_eq!(subjects, [c.ben.user, c.ben.user]);
        let nobody = change(UserId::new(crate::harness::START), InstanceRole::Admin);
        assert_eq!(refusal(c.admin_set_role(&c.ada, nobody).await), Code::NotFound);
    });
}

#[test]
fn signing_somebody_out_everywhere_leaves_them_their_account() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        c.admin_end_sessions(&c.ada, c.ben.user).await.unwrap();
        assert!(!c.access(&c.ben).await.unwrap().active);
        let heads = c.heads_now().await;
        c.admin_end_sessions(&c.ada, c.ben.user).await.unwrap();
        assert_eq!(c.heads_now().await, heads, "once more does nothing");
        let sign_in = SignIn { handle: "ben".to_owned(), password: PASSWORD.to_owned() };
        c.sign_in(sign_in, "", "").await.unwrap();
    });
}

#[test]
fn people_are_found_with_what_their_account_does() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        c.test.clock.advance(Duration::from_secs(3600));
        let sign_in = SignIn { handle: "ben".to_owned(), password: PASSWORD.to_owned() };
        c.sign_in(sign_in, "", "").await.unwrap();
        c.admin_deactivate(&c.ada, c.cleo.user).await.unwrap();
        let people = c.admin_people(&c.ada, None, None).await.unwrap().items;
        let names: Vec<_> = people.iter().map(|account| account.person.name.as_str()).collect();
        assert_eq!(names, ["Ada Lovelace", "Ben", "Cleo", "Gus", "Zoe"]);
        assert_eq!((people[0].role, people[1].role), (InstanceRole::Admin, InstanceRole::Member));
        assert_eq!((people[1].sessions, people[1].active), (2, true));
        assert_eq!(people[1].seen_at, Some(crate::harness::START + Duration::from_secs(3600)));
        assert_eq!((people[2].sessions, people[2].active), (0, false));
        let found = c.admin_people(&c.ada, Some("@zo".to_owned()), None).await.unwrap().items;
        assert_eq!(found.len(), 1);

        let figures = c.admin_workspaces(&c.ada).await.unwrap();
        let figures: Vec<_> =
            figures.iter().map(|one| (one.workspace.slug.as_str(), one.members, one.posts)).collect();
        assert_eq!(figures, [("elsewhere", 2, 0), ("engine-room", 4, 0)]);
        assert!(0 < c.admin_size_bytes(&c.ada).await.unwrap());
    });
}

#[test]
fn the_audit_log_is_read_newest_first_in_pages_without_a_gap() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        for _ in 0..60 {
            c.later();
            let sign_in = SignIn { handle: "ben".to_owned(), password: "not his password".to_owned() };
            c.sign_in(sign_in, "", "192.0.2.7").await.unwrap_err();
        }
        let (mut lines, mut before) = (Vec::new(), None);
        loop {
            let page = c.admin_audit(&c.ada, before).await.unwrap();
            assert!(page.items.len() <= 50);
            lines.extend(page.items);
            before = page.next;
            if before.is_none() {
                break;
            }
        }
        assert!(lines.windows(2).all(|pair| pair[1].at <= pair[0].at));
        let ids: std::collections::HashSet<_> = lines.iter().map(|line| line.id).collect();
        assert_eq!(ids.len(), lines.len());
        let refused: Vec<_> = lines.iter().filter(|line| line.action == "sign_in.refused").collect();
        assert_eq!(refused.len(), 60);
        assert_eq!(refused[0].subject.as_ref().unwrap().id, c.ben.user);
        let first = lines.iter().find(|line| line.action == "instance.set_up").unwrap();
        assert_eq!((first.actor.as_ref().unwrap().id, first.address.as_str()), (c.ada.user, "127.0.0.1"));
        let forged = c.admin_audit(&c.ada, Some(PageKey("x".to_owned()))).await;
        assert_eq!(refusal(forged), Code::BadRequest);
    });
}

#[test]
fn what_workspace_admins_do_is_written_down_with_their_address() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let nia = c.joins(Role::Admin, "Nia").await;
        c.test.clock.advance(Duration::from_secs(60));
        let user = c.ben.user;
        c.set_member_role(&nia, RoleChange { workspace: c.workspace, user, role: Role::Guest })
            .await
            .unwrap();
        c.later();
        c.remove_member(&nia, c.workspace, user).await.unwrap();
        let audit = c.admin_audit(&c.ada, None).await.unwrap().items;
        let done: Vec<_> =
            audit[..2].iter().map(|line| (line.action.as_str(), line.detail.as_str())).collect();
        assert_eq!(done, [("member.removed", "Engine room"), ("member.role_changed", "member → guest")]);
        for line in &audit[..2] {
            assert_eq!(line.actor.as_ref().unwrap().id, nia.user);
            assert_eq!(line.subject.as_ref().unwrap().id, user);
            assert_eq!(line.address, "127.0.0.1");
        }
    });
}

#[test]
fn the_command_line_makes_the_first_account_and_gives_roles_and_passwords() {
    on_both(|test| async move {
        let create = |handle: &'static str, role| {
            let test = &test;
            async move { test.create_user_from_cli("Ada", handle, PASSWORD.to_owned(), role).await }
        };
        create("ada", InstanceRole::Admin).await.unwrap();
        assert!(test.status().await.unwrap().is_set_up, "nobody else can set it up now");
        assert_eq!(refusal(create("ada", InstanceRole::Admin).await), Code::Taken);
        create("ben", InstanceRole::Member).await.unwrap();
        let sign_in = |handle: &str, password: &str| {
            let (test, sign_in) =
                (&test, SignIn { handle: handle.to_owned(), password: password.to_owned() });
            async move { test.sign_in(sign_in, "", "").await }
        };
        let ben = sign_in("ben", PASSWORD).await.unwrap();
        assert_eq!(ben.caller.role, InstanceRole::Member);

        test.set_user_role_from_cli("@Ben", InstanceRole::Admin).await.unwrap();
        test.set_user_password_from_cli("ben", "another password".to_owned()).await.unwrap();
        assert_eq!(test.authenticate(&ben.token, "").await.unwrap(), None, "signed out everywhere");
        assert_eq!(refusal(sign_in("ben", PASSWORD).await), Code::Unauthenticated);
        let ben = sign_in("ben", "another password").await.unwrap();
        assert_eq!(ben.caller.role, InstanceRole::Admin);
        assert_eq!(
            refusal(test.set_user_password_from_cli("eve", PASSWORD.to_owned()).await),
            Code::NotFound
        );
        assert_eq!(refusal(test.set_user_password_from_cli("ben", "short".to_owned()).await), Code::Invalid);
        let audit = test.admin_audit(&ben.caller, None).await.unwrap().items;
        let of_it: Vec<_> = audit.iter().filter(|line| line.detail.contains("command line")).collect();
        assert_eq!(of_it.len(), 4);
        assert!(of_it.iter().all(|line| line.actor.is_none() && line.subject.is_some()));
    });
}

#[test]
fn old_lines_of_the_audit_log_go() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let before = c.admin_audit(&c.ada, None).await.unwrap().items;
        c.later();
        c.admin_end_sessions(&c.ada, c.cleo.user).await.unwrap();
        let pruned = c.prune_audit(before[0].at + Duration::from_millis(1)).await.unwrap();
        assert_eq!(pruned, before.len() as u64);
        let left = c.admin_audit(&c.ada, None).await.unwrap().items;
        assert!(!left.is_empty() && left.iter().all(|line| before[0].at < line.at), "{left:?}");
    });
}
