//! `/w/<slug>/activity`: what other programs published to the workspace, newest first. `?kind=` is a noun or
//! a whole kind, `?by=` who published it, `?mine` leaves out what concerns others too, `?before=` is the key
//! of an older page.

use crate::api::events::{list_event_choices, list_events};
use crate::components::event::EventRow;
use crate::components::load_more::LoadMore;
use crate::components::page::{Topbar, loaded};
use crate::components::states::{Blank, Refused};
use crate::error::ApiError;
use crate::live::{ActivityView, Live, Place};
use futures::future::try_join;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::{use_params_map, use_query_map};
use protocol::custom_event::{CustomEvent, EventChoices, EventFilter, noun, words};
use protocol::page::PageKey;
use protocol::workspace::{Membership, Role};
use protocol::{CustomEventId, Error, Person};
use std::collections::BTreeSet;

/// The page.
#[component]
pub fn ActivityPage() -> impl IntoView {
    let live = Live::expect();
    let params = use_params_map();
    let membership = live.membership(move || params.with(|params| params.get("slug")).unwrap_or_default());
    let shown = Memo::new(move |_| {
        membership.with(|membership| membership.as_ref().map(|of| (of.workspace.id, of.role)))
    });
    move || match shown.get().and_then(|_| membership.get_untracked()) {
        Some(membership) => view! { <ActivityOf membership=membership/> }.into_any(),
        None => view! { <Refused error=ApiError(Error::not_found("This workspace"))/> }.into_any(),
    }
}

/// The address of a list.
fn address(slug: &str, filter: &EventFilter) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    if let Some(kind) = filter.kind.as_ref().or(filter.noun.as_ref()) {
        query.append_pair("kind", kind);
    }
    if let Some(source) = filter.source {
        query.append_pair("by", &source.to_string());
    }
    if filter.mine {
        query.append_pair("mine", "yes");
    }
    match query.finish() {
        query if query.is_empty() => format!("/w/{slug}/activity"),
        query => format!("/w/{slug}/activity?{query}"),
    }
}

#[component]
fn ActivityOf(membership: Membership) -> impl IntoView {
    let live = Live::expect();
    let workspace = membership.workspace.id;
    let query = use_query_map();
    let asked = Memo::new(move |_| {
        query.with(|query| {
            let kind = query.get("kind").filter(|kind| !kind.is_empty());
            let (kind, noun) = match kind {
                Some(kind) if kind.contains(':') => (Some(kind), None),
                noun => (None, noun),
            };
            let source = query.get("by").and_then(|by| by.parse().ok());
            (
                EventFilter { noun, kind, source, mine: query.get("mine").is_some() },
                query.get("before").map(PageKey),
            )
        })
    });
    let filter = Memo::new(move |_| asked.with(|(filter, _)| filter.clone()));
    // One question for all of the page: what waits apart may wait for a page that is gone.
    let activity = Resource::new_blocking(
        move || asked.get(),
        move |(filter, before)| async move {
            let page = list_events(workspace, filter.clone(), before);
            let (page, choices) = try_join(page, list_event_choices(workspace)).await?;
            Ok((filter, page, choices))
        },
    );
    Effect::new(move |_| live.look_at(Place::Workspace(workspace)));
    let slug = StoredValue::new(membership.workspace.slug.clone());
    let part = move |mine: bool| {
        let href =
            move || filter.with(|filter| address(&slug.get_value(), &EventFilter { mine, ..filter.clone() }));
        let current = move || filter.with(|filter| filter.mine == mine).then_some("true");
        let label = if mine { "For me" } else { "All" };
        view! { <a href=href aria-current=current>{label}</a> }
    };
    view! {
        <Topbar title="Activity" back=format!("/w/{}/feed", slug.get_value())>
            <div class="segmented" role="group" aria-label="Show">
                {part(false)} {part(true)}
            </div>
        </Topbar>
        <div class="scroll">
            <div class="list-page">
                {loaded(
                    activity,
                    "Loading the activity",
                    move |(shown, page, choices)| {
                        let view = live.load_activity(workspace, shown.clone(), page);
                        let rows = view.rows.clone();
                        view! {
                            <Chips choices=choices rows=rows filter=filter slug=slug/>
                            <List view=view filter=shown membership=membership.clone()/>
                        }
                    },
                )}
            </div>
        </div>
    }
}

/// Nouns, the verbs of the chosen one, and sources: each a link. What arrives live is among them at once.
#[component]
fn Chips(
    choices: EventChoices,
    rows: ArcReadSignal<Vec<CustomEvent>>,
    filter: Memo<EventFilter>,
    slug: StoredValue<String>,
) -> impl IntoView {
    let EventChoices { kinds, sources } = choices;
    let kinds = {
        let rows = rows.clone();
        Memo::new(move |_| -> BTreeSet<String> {
            rows.with(|rows| kinds.iter().chain(rows.iter().map(|row| &row.kind)).cloned().collect())
        })
    };
    let sources = Memo::new(move |_| -> Vec<Person> {
        let mut all = sources.clone();
        rows.with(|rows| {
            for row in rows {
                match all.iter_mut().find(|known| known.id == row.source.id) {
                    Some(known) => known.clone_from(&row.source),
                    None => all.push(row.source.clone()),
                }
            }
        });
        all
    });
    let chip = move |label: String, to: EventFilter, is_on: bool| {
        let href = address(&slug.get_value(), &to);
        view! { <a class="chip" href=href aria-current=is_on.then_some("true")>{label}</a> }
    };
    let by_kind = move || {
        let (filter, kinds) = (filter.get(), kinds.get());
        let chosen = filter.kind.as_deref().map(noun).or(filter.noun.as_deref()).map(str::to_owned);
        let of = |noun: Option<String>, kind: Option<String>| EventFilter { noun, kind, ..filter.clone() };
        let nouns: BTreeSet<&str> = kinds.iter().map(|kind| noun(kind)).collect();
        if nouns.len() < 2 && kinds.len() < 2 && chosen.is_none() {
            return None;
        }
        let all = chip("Everything".to_owned(), of(None, None), chosen.is_none());
        let nouns: Vec<_> = nouns
            .into_iter()
            .map(|noun| {
                let is_on = chosen.as_deref() == Some(noun);
                chip(words(noun), of(Some(noun.to_owned()), None), is_on)
            })
            .collect();
        let verbs: Vec<_> = kinds
            .iter()
            .filter(|kind| chosen.as_deref() == Some(noun(kind)))
            .map(|kind| chip(words(kind), of(None, Some(kind.clone())), filter.kind.as_ref() == Some(kind)))
            .collect();
        Some(view! {
            <div class="chips">
                <div class="chips-row" role="group" aria-label="What it is about">{all} {nouns}</div>
            </div>
            {(1 < verbs.len() || filter.kind.is_some())
                .then(|| {
                    view! {
                        <div class="chips chips-more">
                            <div class="chips-row" role="group" aria-label="What happened">{verbs}</div>
                        </div>
                    }
                })}
        })
    };
    let by_source = move || {
        let (filter, sources) = (filter.get(), sources.get());
        if sources.len() < 2 && filter.source.is_none() {
            return None;
        }
        let of = |source| EventFilter { source, ..filter.clone() };
        let all = chip("From anyone".to_owned(), of(None), filter.source.is_none());
        let sources: Vec<_> = sources
            .into_iter()
            .map(|person| chip(person.name, of(Some(person.id)), filter.source == Some(person.id)))
            .collect();
        Some(view! {
            <div class="chips chips-more">
                <div class="chips-row" role="group" aria-label="Who published it">{all} {sources}</div>
            </div>
        })
    };
    view! {
        <div class="event-filters">{by_kind} {by_source}</div>
    }
}

#[component]
fn List(view: ActivityView, filter: EventFilter, membership: Membership) -> impl IntoView {
    let live = Live::expect();
    let ActivityView { rows, next } = view;
    let workspace = membership.workspace.id;
    let ids = {
        let rows = rows.clone();
        Memo::new(move |_| -> Vec<CustomEventId> {
            rows.with(|rows| rows.iter().map(|row| row.id).collect())
        })
    };
    let here = address(&membership.workspace.slug, &filter);
    let older = {
        let here = here.clone();
        move |key: &PageKey| format!("{here}{}before={}", if here.contains('?') { '&' } else { '?' }, key.0)
    };
    let is_filtered = !filter.is_empty();
    let filter = StoredValue::new(filter);
    let more = move |key: PageKey| {
        spawn_local(async move {
            match list_events(workspace, filter.get_value(), Some(key)).await {
                Ok(page) => live.load_more_activity(workspace, &filter.get_value(), page),
                Err(error) => live.note(error.to_string()),
            }
        });
    };
    let moderates = Role::Admin <= membership.role;
    let (rows, here) = (StoredValue::new(rows), StoredValue::new(here));
    view! {
        <Show when=move || ids.with(Vec::is_empty)>
            <Empty membership=membership.clone() is_filtered=is_filtered/>
        </Show>
        <ol class="events" aria-label="Events">
            <For each=move || ids.get() key=|id| *id let(id)>
                <Row id=id rows=rows.get_value() moderates=moderates here=here.get_value()/>
            </For>
        </ol>
        <LoadMore next=next href=older load=more/>
    }
}

/// One event. Its source may get another name.
#[component]
fn Row(
    id: CustomEventId,
    rows: ArcReadSignal<Vec<CustomEvent>>,
    moderates: bool,
    here: String,
) -> impl IntoView {
    let live = Live::expect();
    let row = Memo::new(move |_| rows.with(|rows| rows.iter().find(|row| row.id == id).cloned()));
    move || {
        row.get().map(|event| {
            let may_delete = moderates || live.is_me(event.source.id);
            view! { <EventRow event=event may_delete=may_delete here=here.clone()/> }
        })
    }
}

/// Nothing happened, and how something would.
#[component]
fn Empty(membership: Membership, is_filtered: bool) -> impl IntoView {
    let Membership { workspace, role, .. } = membership;
    if is_filtered {
        let text = "No event of the last days fits these filters.";
        return view! {
            <Blank icon="filter" title="Nothing here" text=text>
                <a class="button" href=format!("/w/{}/activity", workspace.slug)>"Show everything"</a>
            </Blank>
        }
        .into_any();
    }
    let sample = format!(
        "curl $HUBBUB/api/events.publish \\\n  \
         -H \"Authorization: Bearer $TOKEN\" \\\n  \
         -d '{{\n    \"workspace\": \"{}\",\n    \"events\": [{{\n      \
         \"id\": \"'$(uuidgen)'\",\n      \
         \"kind\": \"invoice:paid\",\n      \
         \"payload\": {{ \"number\": \"2026-041\", \"amount\": 120.5 }},\n      \
         \"notice\": {{ \"text\": \"Invoice 2026-041 was paid\" }}\n    }}]\n  }}'",
        workspace.id
    );
    view! {
        <Blank
            icon="pulse"
            title="Nothing has happened yet"
            text="What your other programs publish shows here at once: an invoice paid, an expense approved, stock running low. All it takes is one request with a token that may use events."
        >
            {(Role::Admin <= role)
                .then(|| view! { <a class="button button-primary" href=format!("/w/{}/bots", workspace.slug)>"Make a bot and its token"</a> })}
            <a class="button" href="/settings/tokens">"Your own tokens"</a>
        </Blank>
        <pre class="event-json event-sample" tabindex="0" role="group" aria-label="An example with curl">{sample}</pre>
    }
    .into_any()
}
