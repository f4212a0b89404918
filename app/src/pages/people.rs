//! `/w/<slug>/people`: the members of a workspace, with who is here, and their roles for those who
//! hand them out.

use super::workspace_settings::role_label;
use crate::api::workspaces::{RemoveMember, SetMemberRole, list_members};
use crate::components::command_form::CommandForm;
use crate::components::field::FormError;
use crate::components::icon::Icon;
use crate::components::menu::Menu;
use crate::components::page::{Topbar, loaded};
use crate::components::people_table::{
    Column, NobodyFound, PeopleSearch, PeopleTable, PersonCell, next_page,
};
use crate::components::states::Refused;
use crate::components::time::Time;
use crate::error::ApiError;
use crate::live::{Live, Place};
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use protocol::Error;
use protocol::page::PageKey;
use protocol::workspace::{Member, Membership, Role};

const COLUMNS: &[Column] =
    &[Column { title: "Role", class: "" }, Column { title: "Member since", class: "is-optional" }];

/// The page. `?q=` finds, `?after=` is the key of the next page.
#[component]
pub fn PeoplePage() -> impl IntoView {
    let live = Live::expect();
    let params = use_params_map();
    let membership = live.membership(move || params.with(|params| params.get("slug")).unwrap_or_default());
    let shown = Memo::new(move |_| {
        membership.with(|membership| {
            membership.as_ref().map(|membership| (membership.workspace.id, membership.role))
        })
    });
    move || match shown.get().and_then(|_| membership.get_untracked()) {
        Some(membership) => view! { <People membership=membership/> }.into_any(),
        None => view! { <Refused error=ApiError(Error::not_found("This workspace"))/> }.into_any(),
    }
}

#[component]
fn People(membership: Membership) -> impl IntoView {
    let live = Live::expect();
    let workspace = membership.workspace.id;
    let query = use_query_map();
    let search = Memo::new(move |_| query.with(|query| query.get("q")).filter(|text| !text.is_empty()));
    let after = Memo::new(move |_| query.with(|query| query.get("after")).map(PageKey));
    let set_role = ServerAction::<SetMemberRole>::new();
    let remove = ServerAction::<RemoveMember>::new();
    let error = Signal::derive(move || {
        let refusals =
            [set_role.value().get().and_then(Result::err), remove.value().get().and_then(Result::err)];
        refusals.into_iter().flatten().next()
    });
    let members = Resource::new_blocking(
        move || (search.get(), after.get(), set_role.version().get(), remove.version().get()),
        move |(search, after, ..)| list_members(workspace, search, after),
    );
    Effect::new(move |_| live.look_at(Place::Workspace(workspace)));
    let slug = membership.workspace.slug.clone();
    let action = format!("/w/{slug}/people");
    view! {
        <Topbar title="People">
            {(Role::Member <= membership.role)
                .then(|| view! { <a class="button button-primary" href=format!("/w/{slug}/settings")>"Invite"</a> })}
        </Topbar>
        <div class="scroll">
            <div class="page">
                <PeopleSearch page=action.clone() search=search.get_untracked()/>
                <FormError error=error/>
                {loaded(
                    members,
                    "Loading the people",
                    move |page| {
                        live.load_members(workspace, page.clone());
                        if page.items.is_empty() {
                            return view! { <NobodyFound page=action.clone()/> }.into_any();
                        }
                        let next = next_page(&action, search.get_untracked().as_deref(), page.next.as_ref());
                        let membership = membership.clone();
                        view! {
                            <PeopleTable columns=COLUMNS next=next>
                                {page
                                    .items
                                    .into_iter()
                                    .map(|member| {
                                        view! { <MemberRow member=member membership=membership.clone() set_role=set_role remove=remove/> }
                                    })
                                    .collect_view()}
                            </PeopleTable>
                        }
                            .into_any()
                    },
                )}
            </div>
        </div>
    }
}

#[component]
fn MemberRow(
    member: Member,
    membership: Membership,
    set_role: ServerAction<SetMemberRole>,
    remove: ServerAction<RemoveMember>,
) -> impl IntoView {
    let live = Live::expect();
    let Member { person, role, joined_at, .. } = member;
    let workspace = membership.workspace.id;
    let presence = live.bearing_of(workspace, person.id);
    let may_change = Role::Admin <= membership.role && role <= membership.role && !live.is_me(person.id);
    let mine = membership.role;
    let offers = Role::ALL.into_iter().filter(move |offer| *offer != role && *offer <= mine);
    let user = StoredValue::new(person.id.to_string());
    let fields = move || {
        view! {
            <input type="hidden" name="workspace" value=workspace.to_string()/>
            <input type="hidden" name="user" value=user.get_value()/>
        }
    };
    let name = person.name.clone();
    let href = format!("/w/{}/people/{}", membership.workspace.slug, person.handle);
    view! {
        <tr>
            <PersonCell person=person href=href presence=presence/>
            <td>{role_label(role)}</td>
            <td class="is-optional"><Time at=joined_at/></td>
            <td class="is-number">
                {may_change
                    .then(|| {
                        view! {
                            <Menu label=format!("For {name}")>
                                {offers
                                    .map(|offer| {
                                        view! {
                                            <CommandForm action=set_role>
                                                {fields()} <input type="hidden" name="role" value=offer.word()/>
                                                <button class="menu-item" type="submit">
                                                    <Icon name="shield"/>
                                                    <span>{format!("Make {}", role_label(offer).to_lowercase())}</span>
                                                </button>
                                            </CommandForm>
                                        }
                                    })
                                    .collect_view()}
                                <div class="menu-rule"></div>
                                <CommandForm action=remove>
                                    {fields()} <button class="menu-item menu-item-danger" type="submit">
                                        <Icon name="leave"/>
                                        <span>"Remove from the workspace"</span>
                                    </button>
                                </CommandForm>
                            </Menu>
                        }
                    })}
            </td>
        </tr>
    }
}
