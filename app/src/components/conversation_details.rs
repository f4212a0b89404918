//! What a conversation is and who is in it, beside it.

use super::avatar::{Avatar, Size};
use super::command_form::CommandForm;
use super::conversation_head::{level_label, tell_about};
use super::field::{Field, FormError};
use super::icon::Icon;
use super::menu::Menu;
use super::page::loaded;
use super::panel::PanelHead;
use super::people_picker::PeoplePicker;
use super::status_mark::StatusLine;
use crate::api::conversations::{
    LeaveConversation, UpdateConversation, add_participants, archive_conversation, list_participants,
    remove_participant, set_participant_role, unarchive_conversation,
};
use crate::browser;
use crate::error::ApiError;
use crate::live::{Live, name_of};
use crate::pages::conversation::Side;
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::conversation::{
    ConversationKind, ConversationMember, ConversationRole, ConversationRoleChange, ConversationState, Level,
};
use protocol::page::{Page, PageKey};
use protocol::workspace::{Membership, Role};
use protocol::{ConversationId, UserId};
use std::future::Future;

/// What the person may do here.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Rights {
    /// Rename it, remove people, archive it.
    manage: bool,
    /// Add people.
    add: bool,
    /// Leave it.
    leave: bool,
    /// Hand it over.
    hand_over: bool,
}

impl Rights {
    fn of(state: &ConversationState, role: Role) -> Self {
        let is_member = state.role.is_some();
        let is_owner = state.role == Some(ConversationRole::Owner);
        let moderates = Role::Admin <= role;
        match state.conversation.kind {
            ConversationKind::Room => Self {
                manage: is_owner || moderates,
                add: is_member,
                leave: is_member,
                hand_over: is_owner || moderates,
            },
            ConversationKind::Group => {
                Self { manage: is_owner, add: is_member, leave: is_member, hand_over: is_owner }
            }
            ConversationKind::Direct => Self { manage: false, add: false, leave: false, hand_over: false },
        }
    }
}

/// The panel.
#[component]
pub fn DetailsPanel(
    /// Which conversation.
    id: ConversationId,
    /// The workspace on screen.
    membership: Membership,
    /// Who is in it.
    people: Side<Page<ConversationMember>>,
) -> impl IntoView {
    let live = Live::expect();
    let state = live.conversation(id);
    let path = protocol::conversation::path(&membership.workspace.slug, id);
    let role = membership.role;
    let rights = Memo::new(move |_| {
        state.with(|state| state.as_ref().map(|state| Rights::of(state, role))).unwrap_or(Rights {
            manage: false,
            add: false,
            leave: false,
            hand_over: false,
        })
    });
    let slug = StoredValue::new(membership.workspace.slug.clone());
    let workspace = membership.workspace.id;
    view! {
        <aside class="panel" aria-label="Details">
            <PanelHead title="Details" path=path close="Close the details"/>
            <div class="scroll">
                <div class="panel-body">
                    <About id=id state=state rights=rights/>
                    <Wishes id=id state=state/>
                    <section aria-labelledby="members-head">
                        <div class="section-head">
                            <h3 id="members-head">"Members"</h3>
                            <span class="badge badge-quiet">
                                {move || state.with(|state| state.as_ref().map(|state| state.conversation.members))}
                            </span>
                        </div>
                        <Show when=move || rights.get().add>
                            <AddPeople id=id workspace=workspace/>
                        </Show>
                        {loaded(
                            people,
                            "Loading the members",
                            move |page| {
                                let next = page.as_ref().and_then(|page: &Page<ConversationMember>| page.next.clone());
                                if let Some(page) = page {
                                    live.load_participants(id, page);
                                }
                                view! { <Members id=id workspace=workspace slug=slug.get_value() rights=rights next=next/> }
                            },
                        )}
                    </section>
                    <Leaving id=id state=state rights=rights/>
                </div>
            </div>
        </aside>
    }
}

/// Name and topic line, to be read or changed.
#[component]
fn About(
    id: ConversationId,
    state: Signal<Option<ConversationState>>,
    rights: Memo<Rights>,
) -> impl IntoView {
    let live = Live::expect();
    let update = ServerAction::<UpdateConversation>::new();
    let error = Signal::derive(move || update.value().get().and_then(Result::err));
    Effect::new(move |_| {
        if let Some(Ok(_)) = update.value().get() {
            live.note("Saved");
        }
    });
    let about = Memo::new(move |_| {
        state.with(|state| {
            let state = state.as_ref()?;
            let conversation = &state.conversation;
            Some((
                conversation.kind,
                name_of(state),
                conversation.name.clone(),
                conversation.topic_line.clone(),
            ))
        })
    });
    move || {
        let (kind, shown, name, topic_line) = about.get()?;
        Some(if rights.get().manage {
            view! {
                <CommandForm action=update class="stack">
                    <input type="hidden" name="id" value=id.to_string()/>
                    <Field name="name" label="Name" value=name error=error required={kind == ConversationKind::Room}/>
                    <Field name="topic_line" label="Topic" value=topic_line error=error required=false/>
                    <FormError error=error fields=&["name", "topic_line"]/>
                    <div class="inline">
                        <button class="button button-small" type="submit">"Save"</button>
                    </div>
                </CommandForm>
            }
                .into_any()
        } else {
            view! {
                <div>
                    <p class="blank-title">{shown}</p>
                    <p class="muted">{topic_line}</p>
                </div>
            }
            .into_any()
        })
    }
}

/// What the person wants of it.
#[component]
fn Wishes(id: ConversationId, state: Signal<Option<ConversationState>>) -> impl IntoView {
    let live = Live::expect();
    let place = Memo::new(move |_| {
        state.with(|state| {
            let state = state.as_ref().filter(|state| state.role.is_some())?;
            Some(state.level)
        })
    });
    move || {
        let level = place.get()?;
        Some(view! {
            <div class="field">
                <span class="label" id="level-label">"Tell me about"</span>
                <div class="segmented" role="group" aria-labelledby="level-label">
                    {Level::ALL
                        .map(|choice| {
                            view! {
                                <button
                                    type="button"
                                    aria-pressed=(choice == level).to_string()
                                    on:click=move |_| tell_about(live, id, choice)
                                >
                                    {level_label(choice)}
                                </button>
                            }
                        })
                        .collect_view()}
                </div>
            </div>
        })
    }
}

fn say<T: 'static>(live: Live, answer: impl Future<Output = Result<T, ApiError>> + 'static) {
    browser::focus::close_open_details();
    spawn_local(async move {
        if let Err(error) = answer.await {
            live.note(error.to_string());
        }
    });
}

/// Finds people and adds them.
#[component]
fn AddPeople(id: ConversationId, workspace: protocol::WorkspaceId) -> impl IntoView {
    let live = Live::expect();
    let chosen = RwSignal::new(Vec::new());
    let people = live.participants(id);
    let is_in = Signal::derive(move || {
        people.with(|people| people.iter().map(|member| member.person.id).collect::<Vec<UserId>>())
    });
    let add = move |_| {
        let members: Vec<UserId> = chosen
            .with_untracked(|chosen: &Vec<protocol::Person>| chosen.iter().map(|person| person.id).collect());
        chosen.set(Vec::new());
        say(live, add_participants(id, members));
    };
    view! {
        <details class="add-people">
            <summary class="button button-small">"Add people"</summary>
            <div class="stack">
                <PeoplePicker workspace=workspace chosen=chosen without=is_in id="add-people"/>
                <div class="inline">
                    <button
                        class="button button-primary button-small"
                        type="button"
                        disabled=move || chosen.with(Vec::is_empty)
                        on:click=add
                    >
                        "Add"
                    </button>
                </div>
            </div>
        </details>
    }
}

#[component]
fn Members(
    id: ConversationId,
    workspace: protocol::WorkspaceId,
    slug: String,
    rights: Memo<Rights>,
    next: Option<PageKey>,
) -> impl IntoView {
    let live = Live::expect();
    let people = live.participants(id);
    let next = RwSignal::new(next);
    let more = move |_| {
        let Some(key) = next.get_untracked() else { return };
        spawn_local(async move {
            match list_participants(id, None, Some(key)).await {
                Ok(page) => {
                    next.set(page.next.clone());
                    live.load_participants(id, page);
                }
                Err(error) => live.note(error.to_string()),
            }
        });
    };
    let slug = StoredValue::new(slug);
    view! {
        <ul>
            <For
                each=move || people.get()
                key=|member| (member.person.clone(), member.role)
                let(member)
            >
                <MemberRow id=id workspace=workspace slug=slug.get_value() member=member rights=rights/>
            </For>
        </ul>
        <Show when=move || next.with(Option::is_some)>
            <button class="button button-small" type="button" on:click=more>"Load more"</button>
        </Show>
    }
}

#[component]
fn MemberRow(
    id: ConversationId,
    workspace: protocol::WorkspaceId,
    slug: String,
    member: ConversationMember,
    rights: Memo<Rights>,
) -> impl IntoView {
    let live = Live::expect();
    let ConversationMember { person, role, .. } = member;
    let user = person.id;
    let bearing = live.bearing_of(workspace, user);
    let is_me = live.is_me(user);
    let is_owner = role == ConversationRole::Owner;
    let href = format!("/w/{slug}/people/{}", person.handle);
    let name = StoredValue::new(person.name.clone());
    let change = move |role: ConversationRole| {
        say(live, set_participant_role(ConversationRoleChange { id, user, role }));
    };
    view! {
        <li class="member-row">
            <Avatar person=person.clone() size=Size::Medium presence=bearing/>
            <div class="member-name">
                <a href=href>{person.name}</a>
                <StatusLine workspace=workspace user=user/>
            </div>
            {is_owner.then(|| view! { <span class="tag">"Owner"</span> })}
            {is_me.then(|| view! { <span class="tag">"You"</span> })}
            <Show when=move || { !is_me && (rights.get().manage || rights.get().hand_over) }>
                <Menu label=format!("More for {}", name.get_value())>
                    <Show when=move || rights.get().hand_over && !is_owner>
                        <button class="menu-item" type="button" on:click=move |_| change(ConversationRole::Owner)>
                            <Icon name="key"/>
                            <span>"Make an owner"</span>
                        </button>
                    </Show>
                    <Show when=move || rights.get().hand_over && is_owner>
                        <button class="menu-item" type="button" on:click=move |_| change(ConversationRole::Member)>
                            <Icon name="people"/>
                            <span>"No longer an owner"</span>
                        </button>
                    </Show>
                    <Show when=move || rights.get().manage>
                        <button
                            class="menu-item menu-item-danger"
                            type="button"
                            on:click=move |_| say(live, remove_participant(id, user))
                        >
                            <Icon name="trash"/>
                            <span>"Remove"</span>
                        </button>
                    </Show>
                </Menu>
            </Show>
        </li>
    }
}

/// The ways out: for oneself, and of the whole conversation into the archive.
#[component]
fn Leaving(
    id: ConversationId,
    state: Signal<Option<ConversationState>>,
    rights: Memo<Rights>,
) -> impl IntoView {
    let live = Live::expect();
    let leave = ServerAction::<LeaveConversation>::new();
    let error = Signal::derive(move || leave.value().get().and_then(Result::err));
    let is_archived = Memo::new(move |_| {
        state.with(|state| state.as_ref().is_some_and(|state| state.conversation.archived_at.is_some()))
    });
    let archive = move |_| {
        if is_archived.get_untracked() {
            say(live, unarchive_conversation(id));
        } else {
            say(live, archive_conversation(id));
        }
    };
    view! {
        <div class="stack">
            <FormError error=error/>
            <div class="inline">
                <Show when=move || rights.get().leave>
                    <CommandForm action=leave>
                        <input type="hidden" name="id" value=id.to_string()/>
                        <button class="button button-small button-danger" type="submit">"Leave"</button>
                    </CommandForm>
                </Show>
                <Show when=move || rights.get().manage>
                    <button class="button button-small" type="button" on:click=archive>
                        {move || if is_archived.get() { "Take out of the archive" } else { "Archive" }}
                    </button>
                </Show>
            </div>
        </div>
    }
}
