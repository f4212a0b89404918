//! Which acts bring which events.

use super::acts::Act;
use protocol::EventKind;

/// What people do that brings an event of this kind: a new kind does not compile until somebody does it.
pub(super) fn causes(kind: &EventKind) -> &'static [Act] {
    match kind {
        EventKind::PostCreated(_) => &[Act::Post],
        EventKind::PostUpdated(_) => &[Act::EditPost],
        EventKind::PostDeleted { .. } => &[Act::DeletePost],
        EventKind::PostPinned { .. } => &[Act::Pin],
        EventKind::CommentCreated { .. } => &[Act::Comment],
        EventKind::CommentUpdated(_) => &[Act::EditComment],
        EventKind::CommentDeleted { .. } => &[Act::DeleteComment],
        EventKind::ReactionAdded(_) => &[Act::React, Act::ReactToMessage],
        EventKind::ReactionRemoved(_) => &[Act::TakeReactionBack, Act::ReactToMessage],
        EventKind::MemberJoined(_) => &[Act::Join, Act::BenJoins],
        EventKind::MemberLeft(_) => &[Act::Remove, Act::DeleteAccount, Act::BenLeaves],
        EventKind::MemberUpdated(_) => &[Act::Rename, Act::ChangeRole, Act::SetStatus],
        EventKind::WorkspaceUpdated(_) => &[Act::RenameWorkspace],
        EventKind::WorkspaceJoined { .. } => &[Act::BenJoins],
        EventKind::WorkspaceLeft { .. } => &[Act::BenLeaves],
        EventKind::ConversationCreated(_) => &[Act::OpenConversation, Act::OpenDirect],
        EventKind::ConversationUpdated(_) => &[Act::RenameConversation],
        EventKind::ConversationArchived(_) => &[Act::Archive],
        // The room that everybody is in follows who is in the workspace.
        EventKind::ConversationJoined { .. } => {
            &[Act::OpenConversation, Act::OpenDirect, Act::JoinRoom, Act::AddToConversation, Act::ChangeRole]
        }
        EventKind::ConversationLeft { .. } => {
            &[Act::LeaveConversation, Act::RemoveFromConversation, Act::ChangeRole, Act::BenLeaves]
        }
        EventKind::ConversationArranged { .. } => &[Act::Arrange],
        EventKind::ParticipantJoined { .. } => {
            &[Act::Join, Act::BenJoins, Act::ChangeRole, Act::AddToConversation]
        }
        EventKind::ParticipantLeft { .. } => {
            &[Act::Remove, Act::DeleteAccount, Act::BenLeaves, Act::LeaveConversation, Act::ChangeRole]
        }
        EventKind::ParticipantUpdated(_) => {
            &[Act::ChangeParticipantRole, Act::Rename, Act::LeaveConversation]
        }
        EventKind::MessageCreated { .. } => &[Act::Say, Act::Join, Act::Remove, Act::RenameConversation],
        EventKind::MessageUpdated(_) => &[Act::EditMessage],
        EventKind::MessageDeleted { .. } => &[Act::DeleteMessage],
        EventKind::MessagePinned { .. } | EventKind::MessageUnpinned { .. } => &[Act::PinMessage],
        EventKind::MessageSaved { .. } => &[Act::SaveMessage],
        EventKind::PreviewUpdated(_) => &[Act::SeeLinks, Act::RemovePreview],
        EventKind::CustomPublished(_) => &[Act::Publish],
        EventKind::CustomDeleted { .. } => &[Act::DeleteEvent],
        EventKind::NotificationCreated { .. } => {
            &[Act::Post, Act::Comment, Act::React, Act::ChangeRole, Act::Say, Act::Publish]
        }
        EventKind::NotificationRead { .. } => &[Act::ReadNotifications],
        EventKind::DraftUpdated(_) => &[Act::Draft],
        EventKind::ReadMoved { .. } => &[Act::ReadFeed, Act::ReadConversation, Act::Say],
        EventKind::PresenceChosen(_) => &[Act::ChoosePresence],
        EventKind::SessionEnded { .. } => &[Act::EndSession],
    }
}
