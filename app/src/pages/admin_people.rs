//! `/admin/people`: accounts, their roles, and shutting the door.

use crate::api::admin::{AdminDeactivate, AdminReactivate, AdminSetRole, AdminSignOut, admin_people};
use crate::components::command_form::CommandForm;
use crate::components::field::FormError;
use crate::components::icon::Icon;
use crate::components::menu::Menu;
use crate::components::page::{Topbar, loaded};
use crate::components::people_table::{
    Column, NobodyFound, PeopleSearch, PeopleTable, PersonCell, next_page,
};
use crate::components::time::Time;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use protocol::admin::Account;
use protocol::page::PageKey;
use protocol::person::InstanceRole;

const COLUMNS: &[Column] = &[
    Column { title: "Role", class: "" },
    Column { title: "Last here", class: "is-optional" },
    Column { title: "Devices", class: "is-number is-optional" },
];

/// What can be done to an account.
#[derive(Clone, Copy)]
struct Actions {
    set_role: ServerAction<AdminSetRole>,
    deactivate: ServerAction<AdminDeactivate>,
    reactivate: ServerAction<AdminReactivate>,
    sign_out: ServerAction<AdminSignOut>,
}

/// The page. `?q=` finds, `?after=` is the key of the next page.
#[component]
pub fn AdminPeoplePage() -> impl IntoView {
    let query = use_query_map();
    let search = Memo::new(move |_| query.with(|query| query.get("q")).filter(|text| !text.is_empty()));
    let after = Memo::new(move |_| query.with(|query| query.get("after")).map(PageKey));
    let actions = Actions {
        set_role: ServerAction::new(),
        deactivate: ServerAction::new(),
        reactivate: ServerAction::new(),
        sign_out: ServerAction::new(),
    };
    let changes = move || {
        [
            actions.set_role.version().get(),
            actions.deactivate.version().get(),
            actions.reactivate.version().get(),
            actions.sign_out.version().get(),
        ]
    };
    let error = Signal::derive(move || {
        let refusals = [
            actions.set_role.value().get().and_then(Result::err),
            actions.deactivate.value().get().and_then(Result::err),
            actions.reactivate.value().get().and_then(Result::err),
            actions.sign_out.value().get().and_then(Result::err),
        ];
        refusals.into_iter().flatten().next()
    });
    let people = Resource::new_blocking(
        move || (search.get(), after.get(), changes()),
        |(search, after, _)| admin_people(search, after),
    );
    view! {
        <Topbar title="People" back="/admin"/>
        <div class="scroll">
            <div class="page">
                <PeopleSearch page="/admin/people" search=search.get_untracked()/>
                <FormError error=error/>
                {loaded(
                    people,
                    "Loading the people",
                    move |page| {
                        if page.items.is_empty() {
                            return view! { <NobodyFound page="/admin/people"/> }.into_any();
                        }
                        let search = search.get_untracked();
                        let next = next_page("/admin/people", search.as_deref(), page.next.as_ref());
                        view! {
                            <PeopleTable columns=COLUMNS next=next>
                                {page
                                    .items
                                    .into_iter()
                                    .map(|account| view! { <AccountRow account=account actions=actions/> })
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
fn AccountRow(account: Account, actions: Actions) -> impl IntoView {
    let user = StoredValue::new(account.person.id.to_string());
    let name = account.person.name.clone();
    let (role_word, role_offer) = match account.role {
        InstanceRole::Admin => ("Admin", ("member", "Make a member")),
        InstanceRole::Member => ("Member", ("admin", "Make an admin")),
    };
    let id = move || {
        view! { <input type="hidden" name="user" value=user.get_value()/> }
    };
    view! {
        <tr>
            <PersonCell person=account.person.clone()/>
            <td>
                {if account.active {
                    role_word.into_any()
                } else {
                    view! { <span class="tag tag-warning">"Deactivated"</span> }.into_any()
                }}
            </td>
            <td class="is-optional">{account.seen_at.map(|at| view! { <Time at=at/> })}</td>
            <td class="is-number is-optional">{account.sessions}</td>
            <td class="is-number">
                <Menu label=format!("For {name}")>
                    <CommandForm action=actions.set_role>
                        {id()} <input type="hidden" name="role" value=role_offer.0/>
                        <button class="menu-item" type="submit">
                            <Icon name="shield"/>
                            <span>{role_offer.1}</span>
                        </button>
                    </CommandForm>
                    <CommandForm action=actions.sign_out>
                        {id()} <button class="menu-item" type="submit">
                            <Icon name="leave"/>
                            <span>"Sign out everywhere"</span>
                        </button>
                    </CommandForm>
                    <div class="menu-rule"></div>
                    {if account.active {
                        view! {
                            <CommandForm action=actions.deactivate>
                                {id()} <button class="menu-item menu-item-danger" type="submit">
                                    <Icon name="lock"/>
                                    <span>"Deactivate"</span>
                                </button>
                            </CommandForm>
                        }
                            .into_any()
                    } else {
                        view! {
                            <CommandForm action=actions.reactivate>
                                {id()} <button class="menu-item" type="submit">
                                    <Icon name="check"/>
                                    <span>"Reactivate"</span>
                                </button>
                            </CommandForm>
                        }
                            .into_any()
                    }}
                </Menu>
            </td>
        </tr>
    }
}
