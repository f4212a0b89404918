//! A notification in words.

use protocol::notification::{Notification, NotificationKind};

/// "Ada Lovelace and 3 others reacted with 🎉 to Winter set".
#[must_use]
pub fn sentence(notification: &Notification) -> String {
    let who = who(notification);
    let what = if notification.title.is_empty() { "a deleted post" } else { notification.title.as_str() };
    match notification.kind {
        NotificationKind::Mention => format!("{who} mentioned you in {what}"),
        NotificationKind::Comment => format!("{who} commented on {what}"),
        NotificationKind::Reply => format!("{who} replied to you in {what}"),
        NotificationKind::Reaction => {
            let emoji = notification.emoji.as_deref().unwrap_or_default();
            let yours = if notification.comment.is_some() { "your comment in " } else { "" };
            format!("{who} reacted {emoji} to {yours}{what}")
        }
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
    match (notification.post, notification.comment) {
        (Some(post), Some(comment)) => format!("/w/{}/posts/{post}#comment-{comment}", notification.slug),
        (Some(post), None) => format!("/w/{}/posts/{post}", notification.slug),
        (None, _) => format!("/w/{}/feed", notification.slug),
    }
}
