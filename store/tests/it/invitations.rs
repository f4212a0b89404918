//! Invitation links: who makes them, what they allow, and when they stop holding.

use crate::community::{Community, PASSWORD, refusal};
use crate::harness::{START, on_both};
use protocol::account::NewAccount;
use protocol::workspace::{NewInvitation, Role};
use protocol::{Code, EventKind, InvitationId, WorkspaceId};
use std::time::Duration;
use store::Caller;

fn new(workspace: WorkspaceId, role: Role, uses_max: u32) -> NewInvitation {
    NewInvitation { id: InvitationId::new(START), workspace, role, days: 7, uses_max }
}

/// The secret of a fresh link of Ada's to the workspace.
async fn link(c: &Community, role: Role, uses_max: u32) -> (InvitationId, String) {
    let link = c.create_invitation(&c.ada, new(c.workspace, role, uses_max)).await.unwrap();
    (link.invitation.id, link.path.strip_prefix("/join/").unwrap().to_owned())
}

fn account(handle: &str, secret: &str) -> NewAccount {
    NewAccount {
        name: handle.to_owned(),
        handle: handle.to_owned(),
        password: PASSWORD.to_owned(),
        invitation: secret.to_owned(),
    }
}

#[test]
fn people_invite_up_to_their_own_role_and_guests_not_at_all() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let nia = c.joins(Role::Admin, "Nia").await;
        for (own, by) in
            [(Role::Guest, c.gus), (Role::Member, c.ben), (Role::Admin, nia), (Role::Owner, c.ada)]
        {
            for role in [Role::Guest, Role::Member, Role::Admin] {
                let result = c.create_invitation(&by, new(c.workspace, role, 1)).await;
                if Role::Member <= own && role <= own {
                    assert_eq!(result.unwrap().invitation.role, role);
                } else {
                    assert_eq!(refusal(result), Code::Forbidden, "{own:?} invites {role:?}");
                }
            }
            assert_eq!(
                refusal(c.create_invitation(&by, new(c.workspace, Role::Owner, 1)).await),
                Code::Invalid
            );
        }
        assert_eq!(
            refusal(c.create_invitation(&c.zoe, new(c.workspace, Role::Guest, 1)).await),
            Code::NotFound
        );
        for bad in [
            NewInvitation { days: 0, ..new(c.workspace, Role::Guest, 1) },
            NewInvitation { days: 91, ..new(c.workspace, Role::Guest, 1) },
            new(c.workspace, Role::Guest, 0),
            new(c.workspace, Role::Guest, 1001),
        ] {
            assert_eq!(refusal(c.create_invitation(&c.ada, bad).await), Code::Invalid);
        }
    });
}

#[test]
fn a_link_shows_where_it_leads_and_lets_a_new_person_in_with_its_role() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let (_, secret) = link(&c, Role::Guest, 2).await;
        let preview = c.invitation(&secret).await.unwrap();
        assert_eq!((preview.workspace.id, preview.by.id), (c.workspace, c.ada.user));
        assert_eq!((preview.role, preview.members), (Role::Guest, 4));
        let eve = c.sign_up(account("eve", &secret), "", "").await.unwrap().caller;
        assert_eq!(c.me(&eve).await.unwrap().workspaces[0].role, Role::Guest);
        let event = c.log().await.pop().unwrap();
        assert!(
            matches!(&event.kind, EventKind::MemberJoined(m) if m.person.id == eve.user && m.role == Role::Guest)
        );
        let joined = c.own_log(&eve).await.remove(0).kind;
        assert!(
            matches!(joined, EventKind::WorkspaceJoined { workspace, role: Role::Guest } if workspace.id == c.workspace)
        );
    });
}

#[test]
fn accepting_twice_joins_once_and_changes_no_role() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let (_, secret) = link(&c, Role::Member, 1).await;
        let joined = c.accept_invitation(&c.zoe, &secret).await.unwrap();
        assert_eq!(joined.id, c.workspace);
        let heads = c.heads_now().await;
        assert_eq!(c.accept_invitation(&c.zoe, &secret).await.unwrap(), joined, "although it is used up");
        assert_eq!(c.accept_invitation(&c.gus, &secret).await.unwrap(), joined);
        assert_eq!(c.heads_now().await, heads);
        assert_eq!(c.me(&c.gus).await.unwrap().workspaces[0].role, Role::Guest, "no way up");
        let listed = c.invitations(&c.ada, c.workspace).await.unwrap();
        let used = listed
            .iter()
            .find(|one| one.uses_max == 1 && one.by.id == c.ada.user && one.role == Role::Member);
        assert_eq!(used.unwrap().uses, 1);
    });
}

#[test]
fn no_more_come_in_than_may_however_many_try_at_once() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let (_, secret) = link(&c, Role::Member, 3).await;
        let (second_node, _commits) = c.test.open_again().await;
        let tries = (0..8).map(|n| {
            let store = if n % 2 == 0 { c.test.store.clone() } else { second_node.clone() };
            let account = account(&format!("eve{n}"), &secret);
            async move { store.sign_up(account, "", "").await }
        });
        let results = futures::future::join_all(tries).await;
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 3);
        for result in results.into_iter().filter(Result::is_err) {
            assert_eq!(refusal(result), Code::NotFound);
        }
        let people = c.admin_people(&c.ada, Some("eve".to_owned()), None).await.unwrap().items;
        assert_eq!(people.len(), 3, "who was refused left no account behind");
        let members = c.members(&c.ada, c.workspace, Some("eve".to_owned()), None).await.unwrap().items;
        assert_eq!(members.len(), 3);
    });
}

#[test]
fn a_sign_up_that_fails_uses_nothing_up() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let (_, secret) = link(&c, Role::Member, 1).await;
        assert_eq!(refusal(c.sign_up(account("ben", &secret), "", "").await), Code::Taken);
        c.sign_up(account("eve", &secret), "", "").await.unwrap();
        assert_eq!(refusal(c.sign_up(account("eve", &secret), "", "").await), Code::NotFound, "repeated");
    });
}

#[test]
fn a_link_that_ran_out_was_revoked_or_never_was_does_not_hold() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let (id, revoked) = link(&c, Role::Member, 9).await;
        c.revoke_invitation(&c.ada, id).await.unwrap();
        let (_, expired) = link(&c, Role::Member, 9).await;
        c.test.clock.advance(Duration::from_secs(7 * 24 * 3600));
        let unknown = "A".repeat(43);
        for secret in [revoked.as_str(), &expired, &unknown, "", "/", &id.to_string()] {
            assert_eq!(refusal(c.invitation(secret).await), Code::NotFound);
            assert_eq!(refusal(c.accept_invitation(&c.zoe, secret).await), Code::NotFound);
            if !secret.is_empty() {
                assert_eq!(refusal(c.sign_up(account("eve", secret), "", "").await), Code::NotFound);
            }
        }
        assert!(c.invitations(&c.ada, c.workspace).await.unwrap().is_empty());
    });
}

#[test]
fn members_see_and_revoke_their_own_links_and_admins_all() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        c.test.clock.advance(Duration::from_secs(2 * 24 * 3600));
        let nia = c.joins(Role::Admin, "Nia").await;
        c.test.clock.advance(Duration::from_secs(2 * 24 * 3600));
        let of = |by: Caller| {
            let (c, new) = (&c, new(c.workspace, Role::Member, 5));
            async move { c.create_invitation(&by, new).await.unwrap().invitation.id }
        };
        let (of_ben, of_cleo, of_ada) = (of(c.ben).await, of(c.cleo).await, of(c.ada).await);
        let seen = |by: Caller| {
            let c = &c;
            async move {
                let list = c.invitations(&by, c.workspace).await.unwrap();
                let mut ids: Vec<_> = list.into_iter().map(|one| one.id).collect();
                ids.sort();
                ids
            }
        };
        let mut all = vec![of_ben, of_cleo, of_ada];
        all.sort();
        assert_eq!(seen(c.ben).await, [of_ben]);
        assert_eq!(seen(nia).await, all);
        assert_eq!(refusal(c.invitations(&c.gus, c.workspace).await), Code::Forbidden);

        assert_eq!(refusal(c.revoke_invitation(&c.ben, of_cleo).await), Code::Forbidden);
        assert_eq!(refusal(c.revoke_invitation(&c.gus, of_cleo).await), Code::Forbidden);
        let outside = protocol::Error::from(c.revoke_invitation(&c.zoe, of_cleo).await.unwrap_err());
        let nowhere =
            protocol::Error::from(c.revoke_invitation(&c.zoe, InvitationId::new(START)).await.unwrap_err());
        assert_eq!((outside.code, &outside), (Code::NotFound, &nowhere));
        for _ in 0..2 {
            c.revoke_invitation(&c.ben, of_ben).await.unwrap();
            c.revoke_invitation(&nia, of_cleo).await.unwrap();
        }
        assert_eq!(seen(nia).await, [of_ada]);
        let audit = c.admin_audit(&c.ada, None).await.unwrap().items;
        assert_eq!(audit.iter().filter(|line| line.action == "invitation.revoked").count(), 2, "once each");
    });
}

#[test]
fn making_a_link_twice_gives_the_same_link() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let new = new(c.workspace, Role::Member, 5);
        let first = c.create_invitation(&c.ben, new.clone()).await.unwrap();
        assert_eq!(c.create_invitation(&c.ben, new.clone()).await.unwrap(), first);
        assert_eq!(c.invitations(&c.ben, c.workspace).await.unwrap().len(), 1);
        assert_eq!(
            refusal(c.create_invitation(&c.ada, new.clone()).await),
            Code::Taken,
            "somebody else's id"
        );
        c.revoke_invitation(&c.ben, new.id).await.unwrap();
        assert_eq!(
            refusal(c.create_invitation(&c.ben, new).await),
            Code::Taken,
            "a late repeat revives nothing"
        );
    });
}

#[test]
fn the_secret_of_a_link_is_stored_nowhere() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let (id, secret) = link(&c, Role::Member, 5).await;
        let (_, other) = link(&c, Role::Member, 5).await;
        assert_ne!(secret, other);
        assert_eq!(secret.len(), 43);
        assert!(!secret.contains(&id.to_string()));
        assert!(!c.everything_logged().await.contains(&secret));
        if let Some(path) = c.test.settings.url.strip_prefix("sqlite://") {
            for file in [path.to_owned(), format!("{path}-wal")] {
                let bytes = std::fs::read(file).unwrap();
                assert!(!bytes.windows(43).any(|window| window == secret.as_bytes()));
            }
        }
    });
}
