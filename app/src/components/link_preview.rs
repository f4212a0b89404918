//! What is shown of the pages that a text links, below it.

use super::icon::Icon;
use crate::api::previews::remove_preview;
use crate::live::Live;
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::link::{LinkPreview, PreviewRemoval};
use protocol::reaction::ReactionTarget;

/// The pages; nothing while there are none.
#[component]
pub fn LinkPreviews(
    /// Of which text.
    target: ReactionTarget,
    /// In the order of the text.
    previews: Memo<Vec<LinkPreview>>,
    /// The person may take them away.
    #[prop(into)]
    may_remove: Signal<bool>,
) -> impl IntoView {
    move || {
        let previews = previews.get();
        (!previews.is_empty()).then(|| {
            let pages = previews.into_iter().map(|preview| {
                view! {
                    <li>
                        <Page target=target preview=preview may_remove=may_remove/>
                    </li>
                }
            });
            view! { <ul class="previews" aria-label="Linked pages">{pages.collect_view()}</ul> }
        })
    }
}

/// One page: its words are a stranger's, so each part keeps its direction to itself.
#[component]
fn Page(target: ReactionTarget, preview: LinkPreview, may_remove: Signal<bool>) -> impl IntoView {
    let live = Live::expect();
    let LinkPreview { url, site, title, description } = preview;
    let label = format!("Remove the preview of {title}");
    let address = url.clone();
    let remove = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let removal = PreviewRemoval { target, url: address.clone() };
        spawn_local(async move {
            if let Err(error) = remove_preview(removal).await {
                live.note(error.to_string());
            }
        });
    };
    view! {
        <div class="preview-card">
            <p class="preview-site" dir="auto">{site}</p>
            <p class="preview-title" dir="auto">
                <a href=url.clone() rel="nofollow ugc noopener external">{title}</a>
            </p>
            {(!description.is_empty()).then(|| view! { <p class="preview-text" dir="auto">{description}</p> })}
            <Show when=move || may_remove.get()>
                <form class="preview-remove" method="post" action="/api/previews.remove" on:submit=remove.clone()>
                    <input type="hidden" name="target" value=target.to_string()/>
                    <input type="hidden" name="url" value=url.clone()/>
                    <button class="icon-button icon-button-small" type="submit" aria-label=label.clone() title="Remove the preview">
                        <Icon name="x" small=true/>
                    </button>
                </form>
            </Show>
        </div>
    }
}
