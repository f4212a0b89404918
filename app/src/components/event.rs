//! One custom event in a list: what happened, who says so, and what it carries.

use crate::api::events::delete_event;
use crate::components::bot_mark::BotMark;
use crate::components::icon::Icon;
use crate::components::time::Time;
use crate::live::Live;
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::custom_event::{CustomEvent, leads_out, words};
use protocol::json::Scalar;

/// Members of a payload that stand on the row itself.
const SCALARS_SHOWN: usize = 4;

/// What a verb amounts to, as far as its word says: an icon, and how it looks.
fn sign(kind: &str) -> (&'static str, &'static str) {
    match kind.split_once(':').map_or(kind, |(_, verb)| verb) {
        "paid" | "approved" | "completed" | "processed" | "done" | "succeeded" | "delivered" | "resolved" => {
            ("check", "good")
        }
        "rejected" | "failed" | "cancelled" | "canceled" | "declined" | "overdue" => ("x", "bad"),
        "triggered" | "alerted" | "due" | "requested" => ("alert", "warning"),
        "added" | "created" | "assigned" | "opened" | "received" => ("plus", "plain"),
        "deleted" | "removed" | "archived" => ("trash", "plain"),
        "updated" | "changed" | "moved" | "synced" => ("retry", "plain"),
        _ => ("pulse", "plain"),
    }
}

/// The row. Its contents never change but for the name of its source.
#[component]
pub fn EventRow(
    /// What happened.
    event: CustomEvent,
    /// Whether the person may delete it.
    may_delete: bool,
    /// The address of this list, for forms without WASM.
    #[prop(into)]
    here: String,
) -> impl IntoView {
    let CustomEvent { id, person, kind, payload, notice, source, at, .. } = event;
    let (icon, tone) = sign(&kind);
    let scalars = payload.scalars(SCALARS_SHOWN);
    let label = format!("{} from {}", words(&kind), source.name);
    view! {
        <li>
            <article class="event" aria-label=label>
                <span class="event-sign" data-tone=tone>
                    <Icon name=icon small=true/>
                </span>
                <div class="event-body">
                    <p class="event-head">
                        <b class="event-kind">{words(&kind)}</b>
                        <span class="event-source">
                            <span class="truncate">{source.name}</span>
                            <BotMark bot=source.bot/>
                        </span>
                        {person.is_some().then(|| view! { <span class="tag">"For you"</span> })}
                        <Time at=at class="event-time"/>
                    </p>
                    {notice.map(|notice| view! { <NoticeLine text=notice.text link=notice.link/> })}
                    <Scalars scalars=scalars/>
                    <details class="event-details">
                        <summary>"Details"</summary>
                        <pre class="event-json" tabindex="0" role="group" aria-label="What the event carries">{payload.pretty()}</pre>
                        <div class="event-foot">
                            <p class="muted">{kind} " · " <code>{id.to_string()}</code></p>
                            {may_delete.then(|| view! { <Delete id=id here=here/> })}
                        </div>
                    </details>
                </div>
            </article>
        </li>
    }
}

/// What people were notified with.
#[component]
fn NoticeLine(text: String, link: Option<String>) -> impl IntoView {
    let text = match link {
        Some(link) if leads_out(&link) => view! {
            <a href=link target="_blank" rel="noopener noreferrer nofollow">
                {text}
            </a>
        }
        .into_any(),
        // Its own page answers it: not all paths of this site are pages that this one knows.
        Some(link) => view! { <a href=link rel="external">{text}</a> }.into_any(),
        None => text.into_any(),
    };
    view! { <p class="event-notice" dir="auto">{text}</p> }
}

/// What fits one line each, beside each other.
#[component]
fn Scalars(scalars: Vec<Scalar>) -> impl IntoView {
    (!scalars.is_empty()).then(|| {
        let shown = scalars.into_iter().map(|Scalar { name, value }| {
            view! {
                <div>
                    <dt>{name}</dt>
                    <dd dir="auto">{value}</dd>
                </div>
            }
        });
        view! {
            <dl class="event-facts">{shown.collect_view()}</dl>
        }
    })
}

#[component]
fn Delete(id: protocol::CustomEventId, here: String) -> impl IntoView {
    let live = Live::expect();
    let delete = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        spawn_local(async move {
            if let Err(error) = delete_event(id, None).await {
                live.note(error.to_string());
            }
        });
    };
    view! {
        <form method="post" action="/api/events.delete" on:submit=delete>
            <input type="hidden" name="id" value=id.to_string()/>
            <input type="hidden" name="to" value=here/>
            <button class="button button-quiet button-small" type="submit">"Delete"</button>
        </form>
    }
}
