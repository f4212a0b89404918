//! `/w/<slug>/kinds`: the kinds of custom events that a workspace registered, with their schemas. Admins
//! register and remove them; everybody else may look.

use crate::api::events::{RegisterEventKind, UnregisterEventKind, list_event_kinds};
use crate::components::command_form::CommandForm;
use crate::components::field::{Field, FormError, field_error};
use crate::components::icon::Icon;
use crate::components::page::{Topbar, loaded};
use crate::components::states::{Blank, Refused};
use crate::components::time::Time;
use crate::error::ApiError;
use crate::live::Live;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use protocol::Error;
use protocol::custom_event::RegisteredKind;
use protocol::workspace::{Membership, Role};

const EXAMPLE: &str = "{ \"type\": \"object\", \"required\": [\"amount\"], \"properties\": { \"amount\": { \"type\": \"number\" } } }";

/// The page.
#[component]
pub fn KindsPage() -> impl IntoView {
    let params = use_params_map();
    let slug = Memo::new(move |_| params.with(|params| params.get("slug")).unwrap_or_default());
    let membership = Live::expect().membership(move || slug.get());
    // A new name or read position does not build the page anew; another workspace or role does.
    let shown = Memo::new(move |_| {
        membership.with(|membership| membership.as_ref().map(|of| (of.workspace.id, of.role)))
    });
    view! {
        <Topbar title="Event kinds" back=format!("/w/{}/settings", slug.get_untracked())/>
        <div class="scroll">
            <div class="page page-narrow">
                {move || match shown.get().and_then(|_| membership.get_untracked()) {
                    Some(membership) => view! { <Kinds membership=membership/> }.into_any(),
                    None => view! { <Refused error=ApiError(Error::not_found("This workspace"))/> }.into_any(),
                }}
            </div>
        </div>
    }
}

#[component]
fn Kinds(membership: Membership) -> impl IntoView {
    let workspace = membership.workspace.id;
    let path = StoredValue::new(format!("/w/{}/kinds", membership.workspace.slug));
    let register = ServerAction::<RegisterEventKind>::new();
    let unregister = ServerAction::<UnregisterEventKind>::new();
    let refused = Signal::derive(move || register.value().get().and_then(Result::err));
    let not_removed = Signal::derive(move || unregister.value().get().and_then(Result::err));
    let kinds = Resource::new_blocking(
        move || (register.version().get(), unregister.version().get()),
        move |_| list_event_kinds(workspace),
    );
    let moderates = Role::Admin <= membership.role;
    view! {
        <p class="page-text">
            "Programs may publish events of any kind. Payloads of a kind that is registered here have to fit its JSON Schema; what does not is refused with the place where it differs."
        </p>
        <p class="page-text">"In requests, this workspace is " <code>{workspace.to_string()}</code> "."</p>
        {moderates
            .then(|| {
                view! {
                    <section>
                        <div class="section-head">
                            <h2>"Register a kind"</h2>
                        </div>
                        <CommandForm action=register class="stack">
                            <FormError error=refused fields=&["kind", "schema"]/>
                            <input type="hidden" name="workspace" value=workspace.to_string()/>
                            <input type="hidden" name="to" value=path.get_value()/>
                            <Field name="kind" label="Kind" hint="A noun and a verb, like invoice:paid. Once more replaces its schema." error=refused/>
                            <SchemaField error=refused/>
                            <div class="inline">
                                <button class="button button-primary" type="submit" disabled=move || register.pending().get()>"Register"</button>
                            </div>
                        </CommandForm>
                    </section>
                }
            })}
        <section>
            <div class="section-head">
                <h2>"Registered"</h2>
            </div>
            <FormError error=not_removed/>
            {loaded(
                kinds,
                "Loading the kinds",
                move |kinds| {
                    if kinds.is_empty() {
                        return view! { <Blank icon="code" title="No kinds" text="Payloads of all kinds may be anything."/> }.into_any();
                    }
                    view! {
                        <ul class="device-list" aria-label="Registered kinds">
                            {kinds
                                .into_iter()
                                .map(|kind| view! { <KindRow kind=kind workspace=workspace moderates=moderates unregister=unregister path=path/> })
                                .collect_view()}
                        </ul>
                    }
                        .into_any()
                },
            )}
        </section>
    }
}

#[component]
fn SchemaField(error: Signal<Option<ApiError>>) -> impl IntoView {
    let error = field_error(error, "schema");
    view! {
        <div class="field">
            <label for="schema">"JSON Schema"</label>
            <textarea
                class="input is-code"
                id="schema"
                name="schema"
                rows="6"
                required
                spellcheck="false"
                placeholder=EXAMPLE
                aria-describedby="schema-hint"
                aria-invalid=move || error.get().is_some().then_some("true")
            ></textarea>
            <div id="schema-hint">
                {move || match error.get() {
                    Some(message) => {
                        view! {
                            <p class="field-error" role="alert">
                                <Icon name="alert" small=true/>
                                {message}
                            </p>
                        }
                            .into_any()
                    }
                    None => view! { <p class="field-hint">"It may refer to its own parts, but not to other addresses."</p> }.into_any(),
                }}
            </div>
        </div>
    }
}

#[component]
fn KindRow(
    kind: RegisteredKind,
    workspace: protocol::WorkspaceId,
    moderates: bool,
    unregister: ServerAction<UnregisterEventKind>,
    path: StoredValue<String>,
) -> impl IntoView {
    let RegisteredKind { kind, schema, by, at } = kind;
    let label = format!("Remove {kind}");
    let name = kind.clone();
    view! {
        <li class="device">
            <div class="device-text">
                <p class="device-name"><code>{kind}</code></p>
                <p class="muted">"Registered by " {by.name} " · " <Time at=at/></p>
                <details class="event-details">
                    <summary>"Schema"</summary>
                    <pre class="event-json" tabindex="0" role="group" aria-label="The schema">{schema.pretty()}</pre>
                </details>
            </div>
            {moderates
                .then(|| {
                    view! {
                        <CommandForm action=unregister>
                            <input type="hidden" name="workspace" value=workspace.to_string()/>
                            <input type="hidden" name="kind" value=name/>
                            <input type="hidden" name="to" value=path.get_value()/>
                            <button class="button button-small button-danger" type="submit" aria-label=label>"Remove"</button>
                        </CommandForm>
                    }
                })}
        </li>
    }
}
