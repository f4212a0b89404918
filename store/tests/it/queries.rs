//! A page costs the same number of statements, however much it shows.

use crate::community::Community;
use crate::harness::{START, on_both};
use protocol::reaction::ReactionTarget;
use protocol::workspace::{NewInvitation, Role};
use protocol::{InvitationId, UserId};

/// The statements of every page that shows a list, by name.
async fn statements(c: &Community, post: protocol::PostId, people: &[UserId]) -> Vec<(&'static str, u64)> {
    let everyone = people.to_vec();
    vec![
        ("me", c.statements(c.me(&c.ada)).await),
        ("feed", c.statements(c.feed(&c.ada, c.workspace, None)).await),
        ("post", c.statements(c.post(&c.ada, post)).await),
        ("comments", c.statements(c.comments(&c.ada, post, None)).await),
        ("notifications", c.statements(c.notifications(&c.ada, None)).await),
        ("reactors", c.statements(c.reactors(&c.ada, ReactionTarget::Post(post), "👍".to_owned())).await),
        ("members", c.statements(c.members(&c.ada, c.workspace, None, None)).await),
        ("people", c.statements(c.people(&c.ada, c.workspace, everyone)).await),
        ("invitations", c.statements(c.invitations(&c.ada, c.workspace)).await),
        ("devices", c.statements(c.devices(&c.ada)).await),
        ("admin_people", c.statements(c.admin_people(&c.ada, None, None)).await),
        ("admin_workspaces", c.statements(c.admin_workspaces(&c.ada)).await),
        ("admin_audit", c.statements(c.admin_audit(&c.ada, None)).await),
        ("heads", c.statements(c.heads(&[])).await),
    ]
}

#[test]
fn no_page_asks_more_often_because_there_is_more_to_show() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let post = c.posts(&c.ada, "First", "@ben").await;
        let comment = c.comments_on(&c.ben, &post, "One, @ada").await;
        c.replies(&c.cleo, &comment, "A reply").await;
        c.reacts(&c.ben, ReactionTarget::Post(post.id), "👍").await;
        let few = statements(&c, post.id, &[c.ada.user]).await;

        for number in 0..12 {
            let other = c.posts(&c.ben, &format!("Post {number}"), "@ada and @cleo").await;
            c.reacts(&c.ada, ReactionTarget::Post(other.id), "🎉").await;
            let comment = c.comments_on(&c.cleo, &post, &format!("Comment {number} for @ada")).await;
            let reply = c.replies(&c.ben, &comment, "@ada @gus").await;
            c.reacts(&c.gus, ReactionTarget::Comment(reply.id), "👍").await;
            c.reacts(&c.cleo, ReactionTarget::Post(other.id), "👍").await;
            let (id, workspace) = (InvitationId::new(START), c.workspace);
            let new = NewInvitation { id, workspace, role: Role::Member, days: 1, uses_max: 1 };
            c.create_invitation(&c.ada, new).await.unwrap();
        }
        c.reacts(&c.cleo, ReactionTarget::Post(post.id), "👍").await;
        let people = [c.ada.user, c.ben.user, c.cleo.user, c.gus.user];
        let many = statements(&c, post.id, &people).await;
        assert_eq!(few, many);
        for (page, statements) in many {
            assert!(statements <= 10, "{page} takes {statements} statements");
        }
    });
}
