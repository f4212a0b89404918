//! `/settings`: the caller's profile and how the page looks.

use crate::api::account::{UpdateProfile, get_me};
use crate::components::avatar::{Avatar, Size};
use crate::components::command_form::CommandForm;
use crate::components::field::{Field, FormError};
use crate::components::icon::Icon;
use crate::components::page::{Topbar, loaded};
use crate::layout::theme::ThemeSwitch;
use leptos::prelude::*;
use protocol::Person;
use protocol::person::HUES;

/// The page.
#[component]
pub fn SettingsPage() -> impl IntoView {
    let me = Resource::new_blocking(|| (), |()| get_me());
    view! {
        <Topbar title="Profile" back="/inbox"/>
        <div class="scroll">
            <div class="page page-narrow">
                {loaded(me, "Loading your profile", |me| view! { <ProfileForm person=me.person/> })}
                <ThemeSwitch/>
                <SettingsLinks/>
            </div>
        </div>
    }
}

#[component]
fn ProfileForm(person: Person) -> impl IntoView {
    let action = ServerAction::<UpdateProfile>::new();
    let error = Signal::derive(move || action.value().get().and_then(Result::err));
    let is_saved = move || matches!(action.value().get(), Some(Ok(_)));
    let shown = RwSignal::new(person.clone());
    Effect::new(move |_| {
        if let Some(Ok(saved)) = action.value().get() {
            shown.set(saved);
        }
    });
    view! {
        <CommandForm action=action class="stack">
            <div class="profile-head">
                <Avatar person=shown size=Size::Large/>
                <div>
                    <p class="profile-name">{move || shown.with(|person| person.name.clone())}</p>
                    <p class="muted">"@" {move || shown.with(|person| person.handle.clone())}</p>
                </div>
            </div>
            <FormError error=error fields=&["name", "handle", "hue"]/>
            <Field name="name" label="Name" autocomplete="name" value=person.name.clone() error=error/>
            <Field name="handle" label="Handle" autocomplete="username" value=person.handle.clone() hint="You sign in with it." error=error/>
            <fieldset class="field">
                <legend>"Colour"</legend>
                <div class="swatches">
                    {(1..=HUES)
                        .map(|hue| {
                            let initials = person.initials();
                            view! {
                                <label class="swatch">
                                    <input type="radio" name="hue" value=hue.to_string() checked=hue == person.hue/>
                                    <span class="avatar" data-hue=hue.to_string() aria-hidden="true">{initials}</span>
                                    <span class="visually-hidden">{format!("Colour {hue}")}</span>
                                </label>
                            }
                        })
                        .collect_view()}
                </div>
            </fieldset>
            <div class="inline">
                <button class="button button-primary" type="submit" disabled=move || action.pending().get()>"Save the profile"</button>
                <span role="status" class="muted">{move || is_saved().then_some("Saved")}</span>
            </div>
        </CommandForm>
    }
}

/// The other pages of the settings.
#[component]
fn SettingsLinks() -> impl IntoView {
    let links = [
        ("/settings/notifications", "bell", "Notifications"),
        ("/settings/devices", "device", "Signed-in devices"),
        ("/settings/password", "key", "Password"),
        ("/settings/account", "trash", "Delete account"),
    ];
    view! {
        <nav class="only-phone" aria-label="Settings">
            <ul>
                {links
                    .map(|(href, icon, label)| {
                        view! {
                            <li>
                                <a class="nav-row" href=href>
                                    <Icon name=icon/>
                                    <span class="label">{label}</span>
                                </a>
                            </li>
                        }
                    })
                    .collect_view()}
            </ul>
        </nav>
    }
}
