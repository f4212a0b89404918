//! `/admin/audit`: everything that an administrator or a sign-in did.

use crate::api::admin::admin_audit;
use crate::components::page::{Topbar, loaded};
use crate::components::time::Time;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use protocol::page::PageKey;

/// The page. `?before=` is the key of an older page.
#[component]
pub fn AdminAuditPage() -> impl IntoView {
    let query = use_query_map();
    let before = Memo::new(move |_| query.with(|query| query.get("before")).map(PageKey));
    let audit = Resource::new_blocking(move || before.get(), admin_audit);
    view! {
        <Topbar title="Audit log" back="/admin"/>
        <div class="scroll">
            <div class="page">
                {loaded(
                    audit,
                    "Loading the audit log",
                    |page| {
                        view! {
                            <div class="table-scroll">
                                <table class="table">
                                    <thead>
                                        <tr>
                                            <th scope="col">"When"</th>
                                            <th scope="col">"Who"</th>
                                            <th scope="col">"What"</th>
                                            <th scope="col">"Whom"</th>
                                            <th scope="col" class="is-optional">"From"</th>
                                        </tr>
                                    </thead>
                                    <tbody>
                                        {page
                                            .items
                                            .into_iter()
                                            .map(|entry| {
                                                let name = |person: Option<protocol::Person>| person.map_or_else(String::new, |person| person.name);
                                                view! {
                                                    <tr>
                                                        <td><Time at=entry.at/></td>
                                                        <td>{name(entry.actor)}</td>
                                                        <td>
                                                            <code>{entry.action}</code> " " <span class="muted">{entry.detail}</span>
                                                        </td>
                                                        <td>{name(entry.subject)}</td>
                                                        <td class="is-optional muted">{entry.address}</td>
                                                    </tr>
                                                }
                                            })
                                            .collect_view()}
                                    </tbody>
                                </table>
                            </div>
                            {page.next.map(|next| view! { <a class="button" href=format!("/admin/audit?before={}", next.0)>"Older"</a> })}
                        }
                    },
                )}
            </div>
        </div>
    }
}
