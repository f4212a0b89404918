//! `/admin/workspaces`: all workspaces, and a new one.

use crate::api::admin::admin_workspaces;
use crate::api::workspaces::CreateWorkspace;
use crate::browser;
use crate::components::command_form::CommandForm;
use crate::components::field::{Field, FormError};
use crate::components::page::{Topbar, loaded};
use crate::components::time::Time;
use leptos::prelude::*;
use protocol::WorkspaceId;

/// The page.
#[component]
pub fn AdminWorkspacesPage() -> impl IntoView {
    let create = ServerAction::<CreateWorkspace>::new();
    let error = Signal::derive(move || create.value().get().and_then(Result::err));
    let id = RwSignal::new(String::new());
    Effect::new(move |_| {
        create.version().track();
        id.set(WorkspaceId::new(browser::clock::now()).to_string());
    });
    // A page without WASM gets an id with the form.
    #[cfg(feature = "ssr")]
    id.set(WorkspaceId::new(protocol::Timestamp::now()).to_string());
    let workspaces = Resource::new_blocking(move || create.version().get(), |_| admin_workspaces());
    view! {
        <Topbar title="Workspaces" back="/admin"/>
        <div class="scroll">
            <div class="page">
                {loaded(
                    workspaces,
                    "Loading the workspaces",
                    |workspaces| {
                        view! {
                            <div class="table-scroll">
                                <table class="table">
                                    <thead>
                                        <tr>
                                            <th scope="col">"Name"</th>
                                            <th scope="col" class="is-number">"Members"</th>
                                            <th scope="col" class="is-number">"Posts"</th>
                                            <th scope="col" class="is-optional">"Since"</th>
                                        </tr>
                                    </thead>
                                    <tbody>
                                        {workspaces
                                            .into_iter()
                                            .map(|row| {
                                                view! {
                                                    <tr>
                                                        <td>{row.workspace.name}</td>
                                                        <td class="is-number">{row.members}</td>
                                                        <td class="is-number">{row.posts}</td>
                                                        <td class="is-optional"><Time at=row.workspace.at/></td>
                                                    </tr>
                                                }
                                            })
                                            .collect_view()}
                                    </tbody>
                                </table>
                            </div>
                        }
                    },
                )}
                <section class="page-narrow">
                    <div class="section-head">
                        <h2>"New workspace"</h2>
                    </div>
                    <CommandForm action=create class="stack">
                        <FormError error=error fields=&["name", "workspace_name"]/>
                        <input type="hidden" name="id" prop:value=id value=id.get_untracked()/>
                        <Field name="name" label="Name" error=error/>
                        <div class="inline">
                            <button class="button button-primary" type="submit" disabled=move || create.pending().get()>"Make the workspace"</button>
                        </div>
                    </CommandForm>
                </section>
            </div>
        </div>
    }
}
