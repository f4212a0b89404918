//! What a connection may follow, and when that ends.

use crate::community::Community;
use crate::harness::on_both;
use protocol::Topic;

#[test]
fn people_may_follow_their_own_topic_and_their_workspaces() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let access = c.access(&c.ben).await.unwrap();
        assert!(access.active);
        let room = Topic::Conversation(c.general().await.id);
        assert_eq!(access.topics, [Topic::User(c.ben.user), Topic::Workspace(c.workspace), room]);
        let founders = c.access(&c.ada).await.unwrap().topics;
        assert_eq!(founders.len(), 5, "her own topic, both workspaces, and the room of each");

        let may_read = |user, topic| c.may_read(user, topic);
        assert!(may_read(c.gus.user, Topic::Workspace(c.workspace)).await.unwrap());
        assert!(!may_read(c.zoe.user, Topic::Workspace(c.workspace)).await.unwrap());
        assert!(may_read(c.zoe.user, Topic::User(c.zoe.user)).await.unwrap());
        assert!(!may_read(c.ada.user, Topic::User(c.zoe.user)).await.unwrap(), "not even administrators");
    });
}

#[test]
fn somebody_removed_may_no_longer_read_and_the_topic_says_to_check_again() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let workspace = Topic::Workspace(c.workspace);
        let before = c.heads(&[workspace]).await.unwrap()[0];
        c.remove_member(&c.ada, c.workspace, c.ben.user).await.unwrap();
        let after = c.heads(&[workspace]).await.unwrap()[0];
        assert!(before.permission_epoch < after.permission_epoch);
        assert!(!c.may_read(c.ben.user, workspace).await.unwrap());
        assert_eq!(c.access(&c.ben).await.unwrap().topics, [Topic::User(c.ben.user)]);
        let event = c.read_after(workspace, before.head, 1, usize::MAX).await.unwrap().remove(0);
        assert_eq!(event.kind, "member.left");
        assert_eq!(
            event.permission_epoch, after.permission_epoch,
            "the event itself is beyond the old right"
        );
    });
}

#[test]
fn a_device_that_signed_out_and_a_deactivated_person_follow_nothing() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let own = Topic::User(c.ben.user);
        let before = c.heads(&[own]).await.unwrap()[0].permission_epoch;
        c.sign_out(&c.ben).await.unwrap();
        let access = c.access(&c.ben).await.unwrap();
        assert!(!access.active && access.topics.is_empty());
        assert!(before < c.heads(&[own]).await.unwrap()[0].permission_epoch);

        c.admin_deactivate(&c.ada, c.cleo.user).await.unwrap();
        assert!(!c.access(&c.cleo).await.unwrap().active);
        assert!(!c.may_read(c.cleo.user, Topic::Workspace(c.workspace)).await.unwrap());
    });
}
