//! What a device is told, as its service worker (`public/sw.js`) reads it.

use app::components::notification::{link_to, sentence};
use protocol::conversation;
use protocol::custom_event::leads_out;
use serde::Serialize;
use store::{PushId, PushNews};

/// One message to the service worker.
#[derive(Serialize)]
#[serde(tag = "do", rename_all = "snake_case")]
enum Told<'a> {
    Show { tag: String, title: String, body: &'a str, url: String, at: i64 },
    Close { tag: String },
}

/// Tells the device.
pub(super) fn shown(id: &PushId, news: &PushNews) -> String {
    let (title, body, url) = match news {
        PushNews::Notification(notification) => {
            // Devices open pages of this site only; where that leads stands on the page.
            let url = Some(link_to(notification)).filter(|link| !leads_out(link));
            let url = url.unwrap_or_else(|| "/inbox".to_owned());
            (sentence(notification), notification.excerpt.as_str(), url)
        }
        PushNews::Message(message) => {
            let path = conversation::path(&message.slug, message.conversation);
            let body = if message.excerpt.is_empty() { "Sent a file" } else { &message.excerpt };
            (message.from.name.clone(), body, format!("{path}?message={}", message.message))
        }
        PushNews::Test => {
            let title = "Notifications reach this device".to_owned();
            (title, "This is the test that you asked for.", "/settings/notifications".to_owned())
        }
    };
    text(&Told::Show { tag: id.tag(), title, body, url, at: id.at.0 })
}

/// Lets the device take back what it shows.
pub(super) fn closed(id: &PushId) -> String {
    text(&Told::Close { tag: id.tag() })
}

fn text(told: &Told<'_>) -> String {
    serde_json::to_string(told).expect("texts and numbers are JSON")
}
