//! `/settings`: the caller's profile and how the page looks.

use crate::api::account::{UpdateProfile, get_me};
use crate::api::reads::SetReceipts;
use crate::components::avatar::{Avatar, Size};
use crate::components::command_form::CommandForm;
use crate::components::field::{Field, FormError};
use crate::components::icon::Icon;
use crate::components::own_status::{PresenceChoices, StatusForm};
use crate::components::page::{Topbar, loaded};
use crate::layout::theme::ThemeSwitch;
use crate::live::Live;
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
                <OwnStatus/>
                {loaded(me, "Loading your profile", |me| view! { <ProfileForm person=me.person/> })}
                <ReceiptsSwitch/>
                <ThemeSwitch/>
                <SettingsLinks/>
            </div>
        </div>
    }
}

/// On a phone, where there is no rail with a menu at one's avatar.
#[component]
fn OwnStatus() -> impl IntoView {
    view! {
        <section class="only-phone" aria-label="Your status">
            <div class="own-panel">
                <StatusForm/>
                <PresenceChoices/>
            </div>
        </section>
    }
}

/// Whether others see what the person has read.
#[component]
fn ReceiptsSwitch() -> impl IntoView {
    let choice = Live::expect().choice();
    let set = ServerAction::<SetReceipts>::new();
    let error = Signal::derive(move || set.value().get().and_then(Result::err));
    let is_on = Memo::new(move |_| choice.get().receipts);
    view! {
        <section>
            <div class="section-head">
                <h2>"Seen by"</h2>
            </div>
            <CommandForm action=set class="stack">
                <p class="page-text" role="status">
                    {move || match is_on.get() {
                        true => "In direct messages and small groups others see what you have read, and you see what they have.",
                        false => "Others do not see what you have read, and you do not see what they have.",
                    }}
                </p>
                <input type="hidden" name="on" value=move || (!is_on.get()).to_string()/>
                <FormError error=error/>
                <div class="inline">
                    <button class="button" type="submit" disabled=move || set.pending().get()>
                        {move || if is_on.get() { "Do not let others see it" } else { "Let others see what I have read" }}
                    </button>
                </div>
            </CommandForm>
        </section>
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
        ("/settings/tokens", "code", "Access tokens"),
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
