//! `/w/<slug>/new?kind=room|group|direct`: begins a conversation.

use crate::api::conversations::{create_conversation, open_direct};
use crate::browser::clock;
use crate::components::field::FormError;
use crate::components::page::Topbar;
use crate::components::people_picker::PeoplePicker;
use crate::components::states::Refused;
use crate::error::ApiError;
use crate::live::{Live, Place};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_params_map, use_query_map};
use protocol::conversation::{ConversationKind, ConversationState, NewConversation, path};
use protocol::workspace::Membership;
use protocol::{ConversationId, Error, Person, UserId, limits};

/// The page.
#[component]
pub fn NewConversationPage() -> impl IntoView {
    let live = Live::expect();
    let params = use_params_map();
    let membership = live.membership(move || params.with(|params| params.get("slug")).unwrap_or_default());
    let workspace = Memo::new(move |_| {
        membership.with(|membership| membership.as_ref().map(|membership| membership.workspace.id))
    });
    let query = use_query_map();
    let kind = Memo::new(move |_| match query.with(|query| query.get("kind")).as_deref() {
        Some("room") => ConversationKind::Room,
        Some("group") => ConversationKind::Group,
        _ => ConversationKind::Direct,
    });
    Effect::new(move |_| {
        if let Some(workspace) = workspace.get() {
            live.look_at(Place::Workspace(workspace));
        }
    });
    move || match workspace.get().and_then(|_| membership.get_untracked()) {
        Some(membership) => view! { <Begin membership=membership kind=kind.get()/> }.into_any(),
        None => view! { <Refused error=ApiError(Error::not_found("This workspace"))/> }.into_any(),
    }
}

fn words(kind: ConversationKind) -> (&'static str, &'static str, &'static str) {
    match kind {
        ConversationKind::Room => {
            ("New room", "Every member of the workspace can find, read and join it.", "Begin the room")
        }
        ConversationKind::Group => {
            ("New group", "Only those whom you and its members add can read it.", "Begin the group")
        }
        ConversationKind::Direct => ("New message", "Between the two of you.", "Open the conversation"),
    }
}

#[component]
fn Begin(membership: Membership, kind: ConversationKind) -> impl IntoView {
    let live = Live::expect();
    let workspace = membership.workspace.id;
    let slug = membership.workspace.slug.clone();
    let (name, topic_line) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let chosen = RwSignal::new(Vec::<Person>::new());
    let error = RwSignal::new(None::<ApiError>);
    let is_busy = RwSignal::new(false);
    let navigate = use_navigate();
    let to = slug.clone();
    let opened = Callback::new(move |answer: Result<ConversationState, ApiError>| {
        is_busy.set(false);
        match answer {
            Ok(state) => {
                let id = state.conversation.id;
                live.load_conversation(state);
                navigate(&path(&to, id), NavigateOptions { replace: true, ..NavigateOptions::default() });
            }
            Err(refusal) => error.set(Some(refusal)),
        }
    });
    let begin = move || {
        let people: Vec<UserId> =
            chosen.with_untracked(|chosen| chosen.iter().map(|person| person.id).collect());
        let id = ConversationId::new(clock::now());
        error.set(None);
        if kind == ConversationKind::Direct && people.is_empty() {
            error.set(Some(ApiError(Error::invalid("user", "Choose somebody first."))));
            return;
        }
        is_busy.set(true);
        spawn_local(async move {
            opened.run(match (kind, people.first()) {
                (ConversationKind::Direct, Some(user)) => open_direct(workspace, *user).await,
                _ => {
                    let new = NewConversation {
                        id,
                        workspace,
                        kind,
                        name: name.get_untracked(),
                        topic_line: topic_line.get_untracked(),
                        members: people,
                    };
                    create_conversation(new).await
                }
            });
        });
    };
    let (title, lead, submit) = words(kind);
    let is_direct = kind == ConversationKind::Direct;
    // A page without WASM sends the id that the server made for this form.
    #[cfg(feature = "ssr")]
    let form_id = Some(ConversationId::new(protocol::Timestamp::now()).to_string());
    #[cfg(not(feature = "ssr"))]
    let form_id = None::<String>;
    let field_error = move |field: &'static str| {
        error.with(|error| {
            let error = error.as_ref().filter(|error| error.0.field.as_deref() == Some(field))?;
            Some(error.0.message.clone())
        })
    };
    view! {
        <Topbar title=title back=format!("/w/{slug}/chats")/>
        <div class="scroll">
            <div class="page page-narrow">
                <p class="page-text">{lead}</p>
                <form
                    class="stack"
                    method="post"
                    action=if is_direct { "/api/conversations.open_direct" } else { "/api/conversations.create" }
                    on:submit=move |event| {
                        event.prevent_default();
                        begin();
                    }
                >
                    <input type="hidden" name="id" value=form_id/>
                    <input type="hidden" name="workspace" value=workspace.to_string()/>
                    {(!is_direct)
                        .then(|| {
                            view! {
                                <input type="hidden" name="kind" value=kind.word()/>
                                <div class="field">
                                    <label for="conversation-name">"Name"</label>
                                    <input
                                        class="input"
                                        id="conversation-name"
                                        name="name"
                                        required={kind == ConversationKind::Room}
                                        maxlength=limits::CONVERSATION_NAME_CHARS_MAX.to_string()
                                        autocomplete="off"
                                        autofocus=true
                                        aria-describedby="conversation-name-hint"
                                        prop:value=name
                                        on:input=move |event| name.set(event_target_value(&event))
                                    />
                                    <p class="field-hint" id="conversation-name-hint">
                                        {move || {
                                            field_error("name")
                                                .unwrap_or_else(|| match kind {
                                                    ConversationKind::Room => "Small letters, digits and dashes: winter-set.".to_owned(),
                                                    _ => "Without a name, its people name it.".to_owned(),
                                                })
                                        }}
                                    </p>
                                </div>
                                <div class="field">
                                    <label for="conversation-topic">"What it is about"</label>
                                    <input
                                        class="input"
                                        id="conversation-topic"
                                        name="topic_line"
                                        maxlength=limits::TOPIC_LINE_CHARS_MAX.to_string()
                                        autocomplete="off"
                                        prop:value=topic_line
                                        on:input=move |event| topic_line.set(event_target_value(&event))
                                    />
                                </div>
                            }
                        })}
                    <PeoplePicker workspace=workspace chosen=chosen id="conversation-people" one=is_direct/>
                    <FormError error=error.into() fields=&["name"]/>
                    <div class="inline">
                        <button class="button button-primary" type="submit" disabled=is_busy>{submit}</button>
                        <a class="button button-quiet" href=format!("/w/{slug}/chats")>"Cancel"</a>
                    </div>
                </form>
            </div>
        </div>
    }
}
