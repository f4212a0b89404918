//! Earlier texts of a message, beside its conversation.

use super::page::loaded;
use super::panel::PanelHead;
use super::version::Versions;
use crate::pages::conversation::Side;
use leptos::prelude::*;
use protocol::MessageId;
use protocol::post::Version;

/// The versions, newest first.
#[component]
pub fn HistoryPanel(
    /// Of which message.
    message: MessageId,
    /// The address of the conversation.
    path: String,
    /// The versions.
    versions: Side<(MessageId, Vec<Version>)>,
) -> impl IntoView {
    view! {
        <aside class="panel" aria-label="Edit history">
            <PanelHead title="Edit history" path=path close="Close the history"/>
            <div class="scroll">
                <div class="panel-body">
                    {loaded(
                        versions,
                        "Loading the history",
                        move |versions| {
                            let versions = versions.filter(|(of, _)| *of == message).map(|(_, versions)| versions);
                            view! { <Versions versions=versions.unwrap_or_default()/> }
                        },
                    )}
                </div>
            </div>
        </aside>
    }
}
