//! A notification in words.

use protocol::conversation;
use protocol::notification::{Notification, NotificationKind};

/// "Ada Lovelace and 3 others reacted with 🎉 to Winter set".
#[must_use]
pub fn sentence(notification: &Notification) -> String {
    let who = who(notification);
    let what = match (notification.title.as_str(), notification.conversation) {
        ("", None) if notification.event.is_some() => "a deleted event",
        ("", None) => "a deleted post",
        ("", Some(_)) => "a conversation",
        (title, _) => title,
    };
    match notification.kind {
        NotificationKind::Mention => format!("{who} mentioned you in {what}"),
        NotificationKind::Comment => format!("{who} commented on {what}"),
        NotificationKind::Reply => format!("{who} replied to you in {what}"),
        NotificationKind::Thread => format!("{who} replied in a thread in {what}"),
        NotificationKind::Reaction => {
            let emoji = notification.emoji.as_deref().unwrap_or_default();
            let yours = match (notification.comment, notification.message) {
                (Some(_), _) => "your comment in ",
                (_, Some(_)) => "your message in ",
                (None, None) => "",
            };
            format!("{who} reacted {emoji} to {yours}{what}")
        }
        NotificationKind::Event => format!("{who}: {what}"),
        NotificationKind::Role => {
            let role = notification.role.map_or("a member", |role| role.word());
            format!("{who} changed your role to {role}")
        }
    }
}

fn who(notification: &Notification) -> String {
    let names: Vec<&str> = notification.actors.iter().map(|person| person.name.as_str()).collect();
    let others = notification.actor_count.saturating_sub(1);
    match (names.as_slice(), others) {
        ([], _) => "Somebody".to_owned(),
        ([one, ..], 0) => (*one).to_owned(),
        ([one, two, ..], 1) => format!("{one} and {two}"),
        ([one, ..], 1) => format!("{one} and 1 other"),
        ([one, ..], others) => format!("{one} and {others} others"),
    }
}

/// Where it leads.
#[must_use]
pub fn link_to(notification: &Notification) -> String {
    if let Some(conversation) = notification.conversation {
        let path = conversation::path(&notification.slug, conversation);
        return notification
            .message
            .map_or_else(|| path.clone(), |message| format!("{path}?message={message}"));
    }
    if notification.event.is_some() {
        let activity = || format!("/w/{}/activity", notification.slug);
        return notification.link.clone().unwrap_or_else(activity);
    }
    match (notification.post, notification.comment) {
        (Some(post), Some(comment)) => format!("/w/{}/posts/{post}#comment-{comment}", notification.slug),
        (Some(post), None) => format!("/w/{}/posts/{post}", notification.slug),
        (None, _) => format!("/w/{}/feed", notification.slug),
    }
}
