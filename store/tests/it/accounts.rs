//! First run, signing up and in, passwords, profiles, and deleting an account.

use crate::community::{Community, PASSWORD, refusal};
use crate::harness::{START, TestStore, on_both};
use protocol::account::{NewAccount, NewInstance, ProfileEdit, SignIn};
use protocol::draft::{Draft, DraftPlace};
use protocol::person::InstanceRole;
use protocol::reaction::ReactionTarget;
use protocol::workspace::{Role, RoleChange};
use protocol::{Code, EventKind, Person, Topic};
use std::time::Duration;
use store::{Settings, SignedIn, Store};

fn founder(handle: &str) -> NewInstance {
    NewInstance {
        name: "Ada Lovelace".to_owned(),
        handle: handle.to_owned(),
        password: PASSWORD.to_owned(),
        workspace_name: "Engine room".to_owned(),
    }
}

fn newcomer(handle: &str, invitation: &str) -> NewAccount {
    NewAccount {
        name: "Somebody New".to_owned(),
        handle: handle.to_owned(),
        password: PASSWORD.to_owned(),
        invitation: invitation.to_owned(),
    }
}

async fn signs_in(store: &Store, handle: &str, password: &str) -> store::Result<SignedIn> {
    let sign_in = SignIn { handle: handle.to_owned(), password: password.to_owned() };
    store.sign_in(sign_in, "Firefox on Linux", "192.0.2.7").await
}

#[test]
fn the_first_account_runs_the_instance_and_owns_the_first_workspace() {
    on_both(|test| async move {
        assert!(!test.status().await.unwrap().is_set_up);
        let signed_in = test.set_up(founder("@Ada"), "Firefox on Linux", "192.0.2.7").await.unwrap();
        assert!(test.status().await.unwrap().is_set_up);
        let me = test.me(&signed_in.caller).await.unwrap();
        assert_eq!((me.person.handle.as_str(), me.role), ("ada", InstanceRole::Admin));
        assert_eq!(me.workspaces.len(), 1);
        assert_eq!(
            (me.workspaces[0].workspace.slug.as_str(), me.workspaces[0].role),
            ("engine-room", Role::Owner)
        );
        let again = test.authenticate(&signed_in.token, "192.0.2.7").await.unwrap();
        assert_eq!(again.map(|again| again.caller), Some(signed_in.caller));

        assert_eq!(refusal(test.set_up(founder("eve"), "", "").await), Code::Forbidden);
        assert_eq!(test.admin_workspaces(&signed_in.caller).await.unwrap().len(), 1, "nothing of it stayed");
    });
}

#[test]
fn of_many_who_set_an_instance_up_at_once_one_does() {
    on_both(|test| async move {
        let (second_node, _commits) = test.open_again().await;
        let tries = (0..6).map(|n| {
            let store = if n % 2 == 0 { test.store.clone() } else { second_node.clone() };
            async move { store.set_up(founder(&format!("ada{n}")), "", "").await }
        });
        let results = futures::future::join_all(tries).await;
        let (done, refused): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
        assert_eq!((done.len(), refused.len()), (1, 5));
        let caller = done.into_iter().next().unwrap().unwrap().caller;
        assert_eq!(test.admin_people(&caller, None, None).await.unwrap().items.len(), 1);
    });
}

#[test]
fn nobody_registers_without_an_invitation_unless_it_is_open() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        assert_eq!(refusal(c.sign_up(newcomer("eve", ""), "", "").await), Code::Forbidden);
        let guessed = "A".repeat(43);
        assert_eq!(refusal(c.sign_up(newcomer("eve", &guessed), "", "").await), Code::NotFound);

        let settings = Settings { open_registration: true, ..c.test.settings.clone() };
        let (open, _commits) = Store::open(&settings).await.unwrap();
        let eve = open.sign_up(newcomer("eve", ""), "", "").await.unwrap().caller;
        let me = open.me(&eve).await.unwrap();
        assert_eq!(
            (me.role, me.workspaces.len()),
            (InstanceRole::Member, 0),
            "in no workspace, no administrator"
        );
        assert_eq!(refusal(open.feed(&eve, c.workspace, None).await), Code::NotFound);
    });
}

#[test]
fn open_registration_does_not_make_the_first_account() {
    on_both(|test| async move {
        let settings = Settings { open_registration: true, ..test.settings.clone() };
        let (open, _commits) = Store::open(&settings).await.unwrap();
        assert_eq!(refusal(open.sign_up(newcomer("eve", ""), "", "").await), Code::Forbidden);
        assert!(!test.status().await.unwrap().is_set_up);
    });
}

#[test]
fn a_handle_belongs_to_one_person() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let settings = Settings { open_registration: true, ..c.test.settings.clone() };
        let (open, _commits) = Store::open(&settings).await.unwrap();
        assert_eq!(refusal(open.sign_up(newcomer("Ben", ""), "", "").await), Code::Taken);
        let at_once = ["eve"; 4].map(|handle| open.sign_up(newcomer(handle, ""), "", ""));
        let results = futures::future::join_all(at_once).await;
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
        for result in results.into_iter().filter(Result::is_err) {
            assert_eq!(refusal(result), Code::Taken);
        }
        let edit = ProfileEdit { handle: Some("ben".to_owned()), ..ProfileEdit::default() };
        assert_eq!(refusal(c.update_profile(&c.cleo, edit).await), Code::Taken);
    });
}

#[test]
fn a_wrong_name_and_a_wrong_password_look_the_same() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let wrong = protocol::Error::from(signs_in(&c, "ben", "not his password").await.unwrap_err());
        for (handle, password) in
            [("nobody", PASSWORD), ("not a handle!", PASSWORD), ("ben", &"x".repeat(600))]
        {
            let other = protocol::Error::from(signs_in(&c, handle, password).await.unwrap_err());
            assert_eq!(other, wrong, "{handle}");
        }
        assert_eq!(wrong.code, Code::Unauthenticated);
        let ben = signs_in(&c, " @Ben", PASSWORD).await.unwrap();
        assert_eq!(ben.caller.user, c.ben.user);
        assert_ne!(ben.caller.session, c.ben.session, "every sign-in is a session of its own");

        let audit = c.admin_audit(&c.ada, None).await.unwrap().items;
        let refused: Vec<_> = audit.iter().filter(|line| line.action == "sign_in.refused").collect();
        assert_eq!(refused.len(), 3, "the overlong password was not even compared");
        assert!(refused.iter().all(|line| line.address == "192.0.2.7" && line.actor.is_none()));
        let text = serde_json::to_string(&audit).unwrap();
        assert!(
            !text.contains("nobody") && !text.contains("not a handle"),
            "what was typed may be a password"
        );
    });
}

#[test]
fn a_deactivated_person_hears_so_only_with_the_right_password() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        c.admin_deactivate(&c.ada, c.ben.user).await.unwrap();
        assert_eq!(refusal(signs_in(&c, "ben", "not his password").await), Code::Unauthenticated);
        assert_eq!(refusal(signs_in(&c, "ben", PASSWORD).await), Code::Forbidden);
        c.admin_reactivate(&c.ada, c.ben.user).await.unwrap();
        signs_in(&c, "ben", PASSWORD).await.unwrap();
    });
}

#[test]
fn a_new_password_needs_the_present_one_and_ends_the_other_sessions() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let phone = signs_in(&c, "ben", PASSWORD).await.unwrap();
        let change = |current: &str, new: &str| c.change_password(&c.ben, current.to_owned(), new.to_owned());
        assert_eq!(refusal(change("not his password", "another password").await), Code::Invalid);
        assert_eq!(refusal(change(PASSWORD, "short").await), Code::Invalid);
        assert!(c.access(&phone.caller).await.unwrap().active, "nothing happened yet");

        change(PASSWORD, "another password").await.unwrap();
        assert!(!c.access(&phone.caller).await.unwrap().active);
        assert_eq!(c.authenticate(&phone.token, "").await.unwrap(), None);
        assert!(c.access(&c.ben).await.unwrap().active, "this device stays signed in");
        let ended = EventKind::SessionEnded { session: Some(phone.caller.session) };
        assert_eq!(c.own_log(&c.ben).await.pop().unwrap().kind, ended);
        assert_eq!(refusal(signs_in(&c, "ben", PASSWORD).await), Code::Unauthenticated);
        signs_in(&c, "ben", "another password").await.unwrap();
        assert_eq!(refusal(change(PASSWORD, "another password").await), Code::Invalid, "repeated");
    });
}

#[test]
fn a_profile_changes_for_everybody_in_the_persons_workspaces_once() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let edit = ProfileEdit {
            name: Some(" Benjamin ".to_owned()),
            handle: Some("@Benj".to_owned()),
            hue: Some(7),
        };
        let person = c.update_profile(&c.ben, edit.clone()).await.unwrap();
        let expected = Person {
            id: c.ben.user,
            name: "Benjamin".to_owned(),
            handle: "benj".to_owned(),
            hue: 7,
            former: false,
            bot: false,
        };
        assert_eq!(person, expected);
        assert!(
            matches!(c.last_event().await, EventKind::MemberUpdated(member) if member.person == expected)
        );
        assert_eq!(c.me(&c.ben).await.unwrap().person, expected);
        let found = c.members(&c.ada, c.workspace, Some("@benj".to_owned()), None).await.unwrap().items;
        assert_eq!(found.len(), 1, "found by the new handle");

        let heads = c.heads_now().await;
        assert_eq!(c.update_profile(&c.ben, edit).await.unwrap(), expected);
        assert_eq!(c.heads_now().await, heads, "repeated, it changes nothing");
        for bad in [
            ProfileEdit { hue: Some(13), ..ProfileEdit::default() },
            ProfileEdit { name: Some("  ".to_owned()), ..ProfileEdit::default() },
            ProfileEdit { handle: Some("b b".to_owned()), ..ProfileEdit::default() },
        ] {
            assert_eq!(refusal(c.update_profile(&c.ben, bad).await), Code::Invalid);
        }
    });
}

#[test]
fn a_deleted_account_leaves_its_posts_and_nothing_else() {
    on_both(|test| async move {
        let mut c = Community::in_(test).await;
        let phone = signs_in(&c, "ben", PASSWORD).await.unwrap();
        let post = c.posts(&c.ben, "Tide tables", "High water at noon.").await;
        let own = Topic::User(c.ben.user);
        let epoch_before = c.heads(&[own]).await.unwrap()[0].permission_epoch;
        let wrong = c.delete_account(&c.ben, "not his password".to_owned()).await;
        assert_eq!(refusal(wrong), Code::Invalid);
        let head = c.heads(&[own]).await.unwrap()[0].head;

        c.delete_account(&c.ben, PASSWORD.to_owned()).await.unwrap();
        let former = Person::former(c.ben.user);
        assert_eq!(c.post(&c.ada, post.id).await.unwrap().post.author, former);
        assert!(matches!(c.last_event().await, EventKind::MemberLeft(member) if member.person == former));
        assert!(epoch_before < c.heads(&[own]).await.unwrap()[0].permission_epoch, "sockets look again");
        let last = c.read_after(own, head, usize::MAX, usize::MAX).await.unwrap();
        let kinds: Vec<_> = last.iter().map(|event| event.kind.as_ref()).collect();
        assert_eq!(kinds, ["session.ended", "workspace.left"]);
        for caller in [c.ben, phone.caller] {
            assert!(!c.access(&caller).await.unwrap().active);
        }
        assert_eq!(c.authenticate(&phone.token, "").await.unwrap(), None);
        assert_eq!(refusal(signs_in(&c, "ben", PASSWORD).await), Code::Unauthenticated);
        assert!(c.people(&c.ada, c.workspace, vec![c.ben.user]).await.unwrap().is_empty());
        let people = c.admin_people(&c.ada, None, None).await.unwrap().items;
        assert!(people.iter().all(|account| account.person.id != c.ben.user));
        let again = c.delete_account(&c.ben, PASSWORD.to_owned()).await;
        assert_eq!(refusal(again), Code::Invalid, "repeated, there is no password to confirm");

        let ben = c.joins(Role::Member, "Ben").await;
        assert_ne!(ben.user, c.ben.user, "the handle is free again, for another person");
        c.ben = ben;
        assert_eq!(c.post(&c.ada, post.id).await.unwrap().post.author, former);
    });
}

#[test]
fn a_deleted_account_takes_its_name_and_its_drafts_out_of_every_log() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let of_ada = c.posts(&c.ada, "Coal", "").await;
        c.posts(&c.ben, "Tide tables", "").await;
        c.comments_on(&c.ben, &of_ada, "Which one?").await;
        c.reacts(&c.ben, ReactionTarget::Post(of_ada.id), "👍").await;
        let draft = Draft {
            place: DraftPlace::Post(c.workspace),
            title: String::new(),
            body: "what nobody shall read".to_owned(),
            at: START,
        };
        c.save_draft(&c.ben, draft).await.unwrap();
        let name = r#""name":"Ben""#;
        let before = c.everything_logged().await;
        assert!(before.contains(name) && before.contains("what nobody shall read"));
        let of_cleo = before.matches(r#""name":"Cleo""#).count();

        c.delete_account(&c.ben, PASSWORD.to_owned()).await.unwrap();
        let own = c.heads(&[Topic::User(c.ben.user)]).await.unwrap()[0];
        let kept = c.read_after(own.topic, own.floor, usize::MAX, usize::MAX).await.unwrap();
        assert_eq!(kept.len() as u64, own.head - own.floor, "without a gap");
        let after = c.everything_logged().await;
        let own: String = kept.iter().map(|event| event.frame.as_ref()).collect();
        for gone in [name, r#""handle":"ben""#, "what nobody shall read"] {
            assert!(!after.contains(gone) && !own.contains(gone), "{gone}");
        }
        assert!(after.contains("Which one?") && after.contains("Tide tables"), "what he wrote stays");
        assert_eq!(after.matches(r#""name":"Cleo""#).count(), of_cleo, "nobody else's name");
    });
}

#[test]
fn the_last_owner_and_the_last_administrator_cannot_delete_their_account() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let delete = || c.delete_account(&c.ada, PASSWORD.to_owned());
        let sentence = protocol::Error::from(delete().await.unwrap_err()).message;
        assert!(sentence.contains("last administrator"), "{sentence}");
        let role = InstanceRole::Admin;
        c.set_user_role_from_cli("cleo", role).await.unwrap();
        let sentence = protocol::Error::from(delete().await.unwrap_err()).message;
        assert!(sentence.contains("no other owner"), "{sentence}");
        for (workspace, user) in [(c.workspace, c.cleo.user), (c.elsewhere, c.zoe.user)] {
            assert!(delete().await.is_err());
            c.set_member_role(&c.ada, RoleChange { workspace, user, role: Role::Owner }).await.unwrap();
        }
        delete().await.unwrap();
    });
}

#[test]
fn two_last_administrators_on_two_nodes_cannot_both_go() {
    on_both(|test: TestStore| async move {
        let one = test.set_up(founder("ada"), "", "").await.unwrap().caller;
        test.create_user_from_cli("Ben", "ben", PASSWORD.to_owned(), InstanceRole::Admin).await.unwrap();
        let two = signs_in(&test, "ben", PASSWORD).await.unwrap().caller;
        let (second_node, _commits) = test.open_again().await;
        let down = |user| protocol::admin::InstanceRoleChange { user, role: InstanceRole::Member };
        let (first, second) = futures::future::join(
            test.admin_set_role(&one, down(one.user)),
            second_node.admin_set_role(&two, down(two.user)),
        )
        .await;
        assert_eq!([first.is_ok(), second.is_ok()].iter().filter(|ok| **ok).count(), 1);
    });
}

#[test]
fn everybody_is_back_after_a_restart() {
    on_both(|test| async move {
        let signed_in = test.set_up(founder("ada"), "", "").await.unwrap();
        test.clock.advance(Duration::from_secs(3600));
        let (again, _commits) = test.open_again().await;
        let known = again.authenticate(&signed_in.token, "").await.unwrap();
        assert_eq!(known.map(|known| known.caller), Some(signed_in.caller));
        assert!(again.status().await.unwrap().is_set_up);
    });
}
