//! Light, dark, or as the system says.

use crate::browser::theme::{self, Theme};
use leptos::prelude::*;

/// The switch. Its choice is this browser's, not the account's.
#[component]
pub fn ThemeSwitch() -> impl IntoView {
    let current = RwSignal::new(Theme::System);
    Effect::new(move |_| current.set(theme::current()));
    let choose = move |choice| {
        theme::set(choice);
        current.set(choice);
    };
    let choices = [(Theme::System, "System"), (Theme::Light, "Light"), (Theme::Dark, "Dark")];
    view! {
        <section>
            <div class="section-head">
                <h2>"Appearance"</h2>
            </div>
            <div class="segmented" role="group" aria-label="Appearance">
                {choices
                    .map(|(choice, label)| {
                        view! {
                            <button
                                type="button"
                                aria-pressed=move || (current.get() == choice).to_string()
                                on:click=move |_| choose(choice)
                            >
                                {label}
                            </button>
                        }
                    })
                    .collect_view()}
            </div>
        </section>
    }
}
