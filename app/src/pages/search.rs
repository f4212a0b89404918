//! `/w/<slug>/search`: messages, posts, comments and files of a workspace. `?q=` is what is looked for,
//! `?order=newest` their order, `?after=` the key of a later page.

use crate::api::search::search;
use crate::browser::focus::{self, SEARCH_FIELD};
use crate::components::hit::HitRow;
use crate::components::icon::Icon;
use crate::components::load_more::LoadMore;
use crate::components::page::{Topbar, loaded};
use crate::components::states::{Blank, Refused};
use crate::error::ApiError;
use crate::layout::actions::Actions;
use crate::live::{Live, Place};
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::{use_params_map, use_query_map};
use protocol::Error;
use protocol::page::PageKey;
use protocol::search::{Has, Part, Query, SearchOrder, SearchQuery, path};
use protocol::workspace::Membership;

/// What a filter is for, and how it is typed.
const FILTERS: [(&str, &str); 6] = [
    ("\"new holds\"", "these words, one after the other"),
    ("from:@mara", "by one person"),
    ("in:#general", "in one room; in:feed for posts"),
    ("before:2026-11-21", "older than this day"),
    ("after:2026-11", "from this day or month on"),
    ("has:file", "with a file; has:link with a link"),
];

/// The page.
#[component]
pub fn SearchPage() -> impl IntoView {
    let live = Live::expect();
    let params = use_params_map();
    let membership = live.membership(move || params.with(|params| params.get("slug")).unwrap_or_default());
    let workspace = Memo::new(move |_| {
        membership.with(|membership| membership.as_ref().map(|membership| membership.workspace.id))
    });
    move || match workspace.get().and_then(|_| membership.get_untracked()) {
        Some(membership) => view! { <Search membership=membership/> }.into_any(),
        None => view! { <Refused error=ApiError(Error::not_found("This workspace"))/> }.into_any(),
    }
}

/// What the address asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Asked {
    q: String,
    order: SearchOrder,
    after: Option<PageKey>,
}

impl Asked {
    /// What was typed, if it can be read and asks for something.
    fn query(&self) -> Result<Option<Query>, Error> {
        Query::parse(&self.q).map(|query| Some(query).filter(|query| !query.is_empty()))
    }
}

#[component]
fn Search(membership: Membership) -> impl IntoView {
    let live = Live::expect();
    let actions = Actions::expect();
    let workspace = membership.workspace.id;
    let slug = StoredValue::new(membership.workspace.slug);
    let query = use_query_map();
    let asked = Memo::new(move |_| {
        query.with(|query| Asked {
            q: query.get("q").unwrap_or_default(),
            order: match query.get("order").as_deref() {
                Some("newest") => SearchOrder::Newest,
                _ => SearchOrder::Best,
            },
            after: query.get("after").map(PageKey),
        })
    });
    let found = Resource::new_blocking(
        move || asked.get(),
        move |Asked { q, order, after }| async move {
            let is_asked =
                Asked { q: q.clone(), ..Asked::default() }.query().is_ok_and(|query| query.is_some());
            if !is_asked {
                return Ok(None);
            }
            search(SearchQuery { workspace, q, order, after }).await.map(Some)
        },
    );
    let field = NodeRef::<html::Input>::new();
    Effect::new(move |_| live.look_at(Place::Workspace(workspace)));
    Effect::new(move |before: Option<()>| {
        if before.is_none() && field.get().is_some() && asked.with_untracked(|asked| asked.q.is_empty()) {
            focus::to_search();
        }
    });
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let typed = field.get_untracked().map(|field| field.value()).unwrap_or_default();
        let order = asked.with_untracked(|asked| asked.order);
        actions.go(path(&slug.get_value(), typed.trim(), order));
    };
    let action = format!("/w/{}/search", slug.get_value());
    view! {
        <Topbar title="Search"/>
        <div class="scroll">
            <div class="list-page">
                <form class="search-form" method="get" action=action role="search" on:submit=submit>
                    <label class="visually-hidden" for=SEARCH_FIELD>"Search messages, posts and files"</label>
                    <input
                        class="input"
                        id=SEARCH_FIELD
                        node_ref=field
                        name="q"
                        type="search"
                        placeholder="Search messages, posts and files"
                        autocomplete="off"
                        enterkeyhint="search"
                        value=move || asked.with(|asked| asked.q.clone())
                        prop:value=move || asked.with(|asked| asked.q.clone())
                    />
                    <input type="hidden" name="order" value=move || asked.with(|asked| asked.order.word())/>
                    <button class="button button-primary" type="submit">"Search"</button>
                </form>
                {move || asked.with(|asked| view! { <Chips asked=asked.clone() slug=slug.get_value()/> })}
                {loaded(
                    found,
                    "Searching",
                    move |page| {
                        let asked = asked.get_untracked();
                        match (asked.query(), page) {
                            (Err(error), _) => {
                                view! { <Blank icon="alert" title="This cannot be looked for" text=error.message/> }.into_any()
                            }
                            (Ok(None), _) | (_, None) => view! { <Help/> }.into_any(),
                            (Ok(Some(_)), Some(page)) => {
                                view! { <Results page=page asked=asked workspace=workspace slug=slug.get_value()/> }.into_any()
                            }
                        }
                    },
                )}
            </div>
        </div>
    }
}

/// The filters of the query, to be taken away or added by one press, and the order.
#[component]
fn Chips(asked: Asked, slug: String) -> impl IntoView {
    let Ok(Some(query)) = asked.query() else { return ().into_any() };
    let to = |query: &Query, order: SearchOrder| path(&slug, &query.to_string(), order);
    let given = query.parts.iter().filter(|part| part.is_filter() && !matches!(part, Part::Has(_)));
    let given: Vec<_> = given
        .map(|part| {
            let href = to(&query.without(part), asked.order);
            let label = format!("Remove {part}");
            view! {
                <a class="chip" aria-current="true" aria-label=label href=href>
                    {part.to_string()} <Icon name="x" small=true/>
                </a>
            }
        })
        .collect();
    let offered: Vec<_> = [(Has::File, "clip", "Files"), (Has::Link, "link", "Links")]
        .into_iter()
        .map(|(has, icon, label)| {
            let part = Part::Has(has);
            let is_on = query.has(&part);
            let changed = if is_on { query.without(&part) } else { query.with(part) };
            let href = to(&changed, asked.order);
            view! {
                <a class="chip" aria-current=is_on.then_some("true") href=href>
                    <Icon name=icon small=true/> {label}
                </a>
            }
        })
        .collect();
    let orders: Vec<_> = [(SearchOrder::Best, "Best first"), (SearchOrder::Newest, "Newest first")]
        .into_iter()
        .map(|(order, label)| {
            let is_on = asked.order == order;
            view! { <a href=to(&query, order) aria-current=is_on.then_some("true")>{label}</a> }
        })
        .collect();
    view! {
        <div class="chips">
            <div class="chips-row" role="group" aria-label="Filters">{given} {offered}</div>
            <div class="segmented" role="group" aria-label="Order">{orders}</div>
        </div>
    }
    .into_any()
}

/// What can be typed.
#[component]
fn Help() -> impl IntoView {
    view! {
        <Blank icon="search" title="Find what was written" text="Words and parts of words in messages, posts, comments and names of files.">
            <dl class="search-help">
                {FILTERS
                    .into_iter()
                    .map(|(typed, meaning)| view! { <dt><code>{typed}</code></dt> <dd>{meaning}</dd> })
                    .collect_view()}
            </dl>
        </Blank>
    }
}

#[component]
fn Results(
    page: protocol::search::SearchPage,
    asked: Asked,
    workspace: protocol::WorkspaceId,
    slug: String,
) -> impl IntoView {
    let live = Live::expect();
    if page.hits.is_empty() {
        let text = format!(
            "No message, post, comment or file here fits “{}”. Try fewer words or filters.",
            asked.q.trim()
        );
        return view! { <Blank icon="search" title="Nothing found" text=text/> }.into_any();
    }
    let hits = RwSignal::new(page.hits.into_iter().enumerate().collect::<Vec<_>>());
    let next = RwSignal::new(page.next);
    let address = path(&slug, &asked.q, asked.order);
    let asked = StoredValue::new(asked);
    let more = move |key: PageKey| {
        let Asked { q, order, .. } = asked.get_value();
        spawn_local(async move {
            match search(SearchQuery { workspace, q, order, after: Some(key) }).await {
                Ok(page) => {
                    let shown = hits.with_untracked(Vec::len);
                    hits.update(|hits| hits.extend((shown..).zip(page.hits)));
                    next.set(page.next);
                }
                Err(error) => live.note(error.to_string()),
            }
        });
    };
    let count = move || match (hits.with(Vec::len), next.with(Option::is_some)) {
        (1, false) => "1 result".to_owned(),
        (count, false) => format!("{count} results"),
        (count, true) => format!("The first {count} results"),
    };
    view! {
        <p class="visually-hidden" role="status">{count}</p>
        <ol class="hits" aria-label="Results">
            <For each=move || hits.get() key=|(index, _)| *index let((_, hit))>
                <HitRow hit=hit/>
            </For>
        </ol>
        <LoadMore next=next href=move |key| format!("{address}&after={}", key.0) load=more/>
    }
    .into_any()
}
