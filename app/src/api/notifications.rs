//! `notifications.*` and `reads.*`: what concerns the caller, and what they have seen.

use crate::{
    api::{Done, codec::Command},
    error::ApiError,
};
use leptos::prelude::*;
use protocol::notification::Notification;
use protocol::page::{Page, PageKey};
use protocol::{NotificationId, Timestamp};

/// A page of notifications, newest first.
#[server(prefix = "/api", endpoint = "notifications.list", protocol = Command)]
pub async fn list_notifications(
    #[server(default)] before: Option<PageKey>,
) -> Result<Page<Notification>, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    Ok(services().store.notifications(&caller, before).await?)
}

/// Marks one as read.
#[server(prefix = "/api", endpoint = "notifications.read", protocol = Command)]
pub async fn read_notification(id: NotificationId) -> Result<Done, ApiError> {
    use crate::server::{caller, services};
    use protocol::notification::ReadMark;
    let caller = caller()?;
    services().store.read_notification(&caller, ReadMark::One(id)).await?;
    Ok(Done::OK)
}

/// Marks all up to a time as read; without a time, all there are.
#[server(prefix = "/api", endpoint = "notifications.read_all", protocol = Command)]
pub async fn read_all_notifications(#[server(default)] up_to: Option<Timestamp>) -> Result<Done, ApiError> {
    use crate::server::{caller, services};
    use protocol::notification::ReadMark;
    let caller = caller()?;
    let mark = ReadMark::UpTo(up_to.unwrap_or_else(Timestamp::now));
    services().store.read_notification(&caller, mark).await?;
    Ok(Done::OK)
}
