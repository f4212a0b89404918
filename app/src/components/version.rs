//! Versions of a text that was edited.

use super::avatar::{Avatar, Size};
use super::time::Time;
use leptos::prelude::*;
use protocol::post::Version;

/// The versions, each with who wrote it and when.
#[component]
pub fn Versions(
    /// The newest first.
    versions: Vec<Version>,
) -> impl IntoView {
    let row = |version: Version| {
        view! {
            <li class="history-version">
                <header class="version-head">
                    <Avatar person=version.editor.clone() size=Size::Medium/>
                    <span>
                        <b>{version.editor.name}</b>
                        <small>{format!("Version {} · ", version.version)} <Time at=version.at/></small>
                    </span>
                </header>
                {(!version.title.is_empty()).then(|| view! { <p class="history-title">{version.title}</p> })}
                <div class="is-plain">{version.body}</div>
            </li>
        }
    };
    view! { <ol>{versions.into_iter().map(row).collect_view()}</ol> }
}
