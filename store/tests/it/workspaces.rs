//! Workspaces: who makes and renames them, and what people outside learn of them.

use crate::community::{Community, refusal};
use crate::harness::{START, on_both};
use protocol::workspace::{NewWorkspace, Role, RoleChange};
use protocol::{Code, EventKind, Topic, WorkspaceId};

fn named(name: &str) -> NewWorkspace {
    NewWorkspace { id: WorkspaceId::new(START), name: name.to_owned() }
}

#[test]
fn only_administrators_make_workspaces_and_own_them() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        assert_eq!(refusal(c.create_workspace(&c.ben, named("Mutiny")).await), Code::Forbidden);
        let new = named("  Chart room ");
        let made = c.create_workspace(&c.ada, new.clone()).await.unwrap();
        assert_eq!((made.name.as_str(), made.slug.as_str()), ("Chart room", "chart-room"));
        let mine = c.workspace(&c.ada, "chart-room").await.unwrap();
        assert_eq!((mine.role, mine.workspace), (Role::Owner, made.clone()));
        let joined = c.own_log(&c.ada).await.pop().unwrap().kind;
        assert_eq!(joined, EventKind::WorkspaceJoined { workspace: made.clone(), role: Role::Owner });

        let heads = c.heads_now().await;
        assert_eq!(c.create_workspace(&c.ada, new.clone()).await.unwrap(), made, "once more gives the same");
        assert_eq!(c.heads_now().await, heads);
        c.set_user_role_from_cli("ben", protocol::person::InstanceRole::Admin).await.unwrap();
        let ben = store::Caller { role: protocol::person::InstanceRole::Admin, ..c.ben };
        assert_eq!(refusal(c.create_workspace(&ben, new).await), Code::Taken, "somebody else's id");
        assert_eq!(refusal(c.create_workspace(&c.ada, named(" ")).await), Code::Invalid);
    });
}

#[test]
fn every_workspace_has_an_address_of_its_own() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let mut slugs = Vec::new();
        for name in ["Engine Room!", "engine room", "船", "港"] {
            slugs.push(c.create_workspace(&c.ada, named(name)).await.unwrap().slug);
        }
        assert_eq!(slugs, ["engine-room-2", "engine-room-3", "workspace", "workspace-2"]);
    });
}

#[test]
fn only_owners_rename_and_the_address_stays() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let nia = c.joins(Role::Admin, "Nia").await;
        let rename = |by, name: &str| {
            let (name, c) = (name.to_owned(), &c);
            async move { c.rename_workspace(by, c.workspace, name).await }
        };
        for (by, code) in [
            (&nia, Code::Forbidden),
            (&c.ben, Code::Forbidden),
            (&c.gus, Code::Forbidden),
            (&c.zoe, Code::NotFound),
        ] {
            assert_eq!(refusal(rename(by, "Mine").await), code);
        }
        let renamed = rename(&c.ada, "Boiler room").await.unwrap();
        assert_eq!((renamed.name.as_str(), renamed.slug.as_str()), ("Boiler room", "engine-room"));
        assert_eq!(c.last_event().await, EventKind::WorkspaceUpdated(renamed.clone()));
        assert_eq!(c.workspace(&c.ben, "engine-room").await.unwrap().workspace, renamed);
        let heads = c.heads_now().await;
        assert_eq!(rename(&c.ada, "Boiler room").await.unwrap(), renamed);
        assert_eq!(c.heads_now().await, heads, "once more does nothing");
        assert_eq!(refusal(rename(&c.ada, "two\nlines").await), Code::Invalid);
    });
}

#[test]
fn outside_a_workspace_does_not_exist() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let there = protocol::Error::from(c.workspace(&c.zoe, "engine-room").await.unwrap_err());
        let nowhere = protocol::Error::from(c.workspace(&c.zoe, "no-such-room").await.unwrap_err());
        assert_eq!(there, nowhere);
        assert_eq!(refusal(c.members(&c.zoe, c.workspace, None, None).await), Code::NotFound);
        assert_eq!(refusal(c.people(&c.zoe, c.workspace, vec![c.ben.user]).await), Code::NotFound);
        assert_eq!(refusal(c.invitations(&c.zoe, c.workspace).await), Code::NotFound);
        let mine: Vec<_> = c.me(&c.zoe).await.unwrap().workspaces;
        assert_eq!(mine.iter().map(|m| m.workspace.id).collect::<Vec<_>>(), [c.elsewhere]);
    });
}

#[test]
fn what_is_unread_is_what_others_wrote_after_where_one_read_to() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let place = |by| async move { c_workspace(by).await };
        async fn c_workspace((c, by): (&Community, &store::Caller)) -> (u64, u64) {
            let membership = c.workspace(by, "engine-room").await.unwrap();
            (membership.read, membership.newest)
        }
        let post = c.posts(&c.ben, "Coal", "").await;
        assert_eq!(place((&c, &c.ben)).await, (0, 0), "one's own post is not news");
        assert_eq!(place((&c, &c.ada)).await, (0, post.order));
        c.move_read(&c.ada, Topic::Workspace(c.workspace), post.order).await.unwrap();
        assert_eq!(place((&c, &c.ada)).await, (post.order, post.order));
        let membership = c.workspace(&c.ada, "engine-room").await.unwrap();
        let head = c.heads(&[Topic::Workspace(c.workspace)]).await.unwrap()[0];
        assert_eq!((membership.position.seq, membership.position.epoch), (head.head, head.epoch));
        c.delete_post(&c.ben, post.id).await.unwrap();
        assert_eq!(place((&c, &c.ada)).await.1, 0);
    });
}

#[test]
fn the_frame_of_a_page_takes_the_same_few_statements_for_any_number_of_workspaces() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let few = c.statements(c.me(&c.ada)).await;
        for name in ["A", "B", "C", "D", "E"] {
            c.create_workspace(&c.ada, named(name)).await.unwrap();
        }
        assert_eq!(c.statements(c.me(&c.ada)).await, few);
        let names: Vec<String> =
            c.me(&c.ada).await.unwrap().workspaces.into_iter().map(|one| one.workspace.name).collect();
        assert_eq!(names, ["A", "B", "C", "D", "E", "Elsewhere", "Engine room"]);
        assert!(few <= 10, "{few}");
    });
}

#[test]
fn an_owner_who_cannot_sign_in_is_none() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let change = RoleChange { workspace: c.workspace, user: c.ben.user, role: Role::Owner };
        c.set_member_role(&c.ada, change).await.unwrap();
        c.admin_deactivate(&c.ada, c.ben.user).await.unwrap();
        assert_eq!(refusal(c.leave_workspace(&c.ada, c.workspace).await), Code::Forbidden);
        c.admin_reactivate(&c.ada, c.ben.user).await.unwrap();
        c.leave_workspace(&c.ada, c.workspace).await.unwrap();
    });
}
