//! Loads what events alone cannot bring: after a reset, or where an event names what is not here.

use crate::api::account::get_me;
use crate::api::comments::list_comments;
use crate::api::conversations::{get_conversation, list_conversations, list_participants};
use crate::api::events::list_events;
use crate::api::messages::{get_thread, list_messages};
use crate::api::notifications::list_notifications;
use crate::api::posts::{get_post, list_posts};
use crate::api::reads::list_receipts;
use crate::api::workspaces::list_members;
use crate::error::ApiError;
use crate::live::{Live, TimelineId, Wanted};
use gloo_timers::future::sleep;
use leptos::task::spawn_local;
use protocol::message::Window;
use protocol::{Code, limits};

/// Loads it, and does not give up while the server is away.
pub(super) fn load(live: Live, wanted: Wanted) {
    spawn_local(async move {
        let mut wait = limits::RECONNECT_STEP;
        while let Err(error) = attempt(live, wanted.clone()).await {
            if !error.0.is_temporary() {
                give_up(live, &wanted, error.0.code);
                return;
            }
            sleep(wait).await;
            wait = (wait * 2).min(limits::RECONNECT_DELAY_MAX);
        }
    });
}

async fn attempt(live: Live, wanted: Wanted) -> Result<(), ApiError> {
    match wanted {
        Wanted::Me => live.load_me(get_me().await?),
        Wanted::Feed(workspace) => {
            live.load_feed(list_posts(workspace, None).await?);
        }
        Wanted::Post(post) => live.load_post(get_post(post).await?),
        Wanted::Thread(post) => {
            let page = get_post(post).await?;
            live.load_thread(page, list_comments(post, None).await?);
        }
        Wanted::Members(workspace) => {
            live.load_members(workspace, list_members(workspace, None, None).await?);
        }
        Wanted::Notifications => {
            live.load_notifications(list_notifications(None).await?);
        }
        Wanted::Activity(workspace) => {
            let filter = live.read(|state| state.activity_filter(workspace));
            let page = list_events(workspace, filter.clone(), None).await?;
            live.load_activity(workspace, filter, page);
        }
        Wanted::Conversation(id) => live.load_conversation(get_conversation(id).await?),
        Wanted::Conversations(workspace) => {
            live.load_conversations(workspace, list_conversations(workspace).await?);
        }
        Wanted::Participants(id) => live.load_participants(id, list_participants(id, None, None).await?),
        Wanted::Receipts(id) => live.load_receipts(id, list_receipts(id).await?),
        Wanted::Timeline(id, window) => load_timeline(live, id, window).await?,
    }
    Ok(())
}

async fn load_timeline(live: Live, id: TimelineId, window: Window) -> Result<(), ApiError> {
    match id {
        TimelineId::Conversation(conversation) => {
            let page = list_messages(conversation, window.clone()).await?;
            live.load_timeline(id, &window, page);
        }
        TimelineId::Thread(root) => live.load_thread_of(&window, get_thread(root, window.clone()).await?),
    }
    Ok(())
}

fn give_up(live: Live, wanted: &Wanted, code: Code) {
    match (wanted, code) {
        // Deleted while nobody was told.
        (Wanted::Post(post) | Wanted::Thread(post), Code::NotFound) => {
            live.change(|state| state.post_is_gone(*post));
        }
        (Wanted::Conversation(id), Code::NotFound | Code::Forbidden) => {
            live.change(|state| state.conversation_is_gone(*id));
        }
        // The message that it was to be around is gone; the newest ones are not.
        (Wanted::Timeline(id, Window::Around(_)), Code::NotFound) => {
            live.timeline_failed(*id, &Window::Latest);
            live.to_latest(*id);
        }
        (Wanted::Timeline(id, window), _) => live.timeline_failed(*id, window),
        _ => {}
    }
}
