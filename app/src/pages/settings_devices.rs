//! `/settings/devices`: where the caller is signed in, and signing out from afar.

use crate::api::account::{EndOtherSessions, EndSession, list_devices};
use crate::components::command_form::CommandForm;
use crate::components::icon::Icon;
use crate::components::page::{Topbar, loaded};
use crate::components::time::Time;
use leptos::prelude::*;

/// The page.
#[component]
pub fn DevicesPage() -> impl IntoView {
    let end = ServerAction::<EndSession>::new();
    let end_others = ServerAction::<EndOtherSessions>::new();
    let devices =
        Resource::new_blocking(move || (end.version().get(), end_others.version().get()), |_| list_devices());
    view! {
        <Topbar title="Signed-in devices" back="/settings"/>
        <div class="scroll">
            <div class="page page-narrow">
                {loaded(
                    devices,
                    "Loading your devices",
                    move |devices| {
                        let others = devices.iter().any(|device| !device.current);
                        view! {
                            <ul class="device-list">
                                {devices
                                    .into_iter()
                                    .map(|device| {
                                        let label = format!("Sign out {}", device.name);
                                        view! {
                                            <li class="device">
                                                <Icon name="device"/>
                                                <div class="device-text">
                                                    <p class="device-name">
                                                        {device.name} {device.current.then(|| view! { <span class="tag tag-success">"This device"</span> })}
                                                    </p>
                                                    <p class="muted">{device.address} " · last used " <Time at=device.used_at/></p>
                                                </div>
                                                {(!device.current)
                                                    .then(|| {
                                                        view! {
                                                            <CommandForm action=end>
                                                                <input type="hidden" name="id" value=device.id.to_string()/>
                                                                <button class="button button-small" type="submit" aria-label=label>"Sign out"</button>
                                                            </CommandForm>
                                                        }
                                                    })}
                                            </li>
                                        }
                                    })
                                    .collect_view()}
                            </ul>
                            {others
                                .then(|| {
                                    view! {
                                        <CommandForm action=end_others>
                                            <button class="button button-danger" type="submit">"Sign out all other devices"</button>
                                        </CommandForm>
                                    }
                                })}
                        }
                    },
                )}
            </div>
        </div>
    }
}
