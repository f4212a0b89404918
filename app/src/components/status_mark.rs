//! What somebody says of themself, beside their name.

use super::time::Time;
use crate::live::Live;
use leptos::prelude::*;
use protocol::{UserId, WorkspaceId};

/// The emoji alone; its words stand over it. Nothing where there is no status.
#[component]
pub fn StatusMark(
    /// Where they are seen.
    workspace: WorkspaceId,
    /// Whose.
    user: UserId,
) -> impl IntoView {
    let status = Live::expect().status_of(workspace, user);
    move || {
        status.get().map(|status| {
            let words = status.words().to_owned();
            view! { <span class="status-mark" role="img" aria-label=words.clone() title=words>{status.emoji}</span> }
        })
    }
}

/// Emoji and words, and until when.
#[component]
pub fn StatusLine(
    /// Where they are seen.
    workspace: WorkspaceId,
    /// Whose.
    user: UserId,
    /// With its end.
    #[prop(optional)]
    with_end: bool,
) -> impl IntoView {
    let status = Live::expect().status_of(workspace, user);
    move || {
        status.get().map(|status| {
            let until = status.stands_until().filter(|_| with_end);
            view! {
                <p class="status-line">
                    <span aria-hidden="true">{status.emoji.clone()}</span>
                    " "
                    {status.words().to_owned()}
                    {until.map(|until| view! { <small class="muted">" until " <Time at=until/></small> })}
                </p>
            }
        })
    }
}
