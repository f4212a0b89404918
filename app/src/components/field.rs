//! Form fields: a label, an input, a hint, and the sentence that says what does not fit.

use super::icon::Icon;
use crate::error::ApiError;
use leptos::prelude::*;

/// The sentence for one field of a refused form, if the refusal names that field.
pub fn field_error(error: Signal<Option<ApiError>>, field: &'static str) -> Signal<Option<String>> {
    Signal::derive(move || {
        error.with(|error| {
            let error = error.as_ref().filter(|error| error.0.field.as_deref() == Some(field))?;
            Some(error.0.message.clone())
        })
    })
}

/// A labelled input.
#[component]
pub fn Field(
    /// Its name in the form.
    name: &'static str,
    /// Its id, where another field of the page has the same name.
    #[prop(optional)]
    id: Option<&'static str>,
    /// What it asks for.
    label: &'static str,
    /// `text`, `password`, `number` …
    #[prop(default = "text")]
    kind: &'static str,
    /// What it holds at first.
    #[prop(optional, into)]
    value: Option<String>,
    /// What browsers may fill in.
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// A quiet sentence below.
    #[prop(optional, into)]
    hint: Option<String>,
    /// The form's refusal.
    error: Signal<Option<ApiError>>,
    /// It has the focus when the page opens.
    #[prop(optional)]
    autofocus: bool,
    /// It must be filled in.
    #[prop(default = true)]
    required: bool,
) -> impl IntoView {
    let error = field_error(error, name);
    let id = id.unwrap_or(name);
    let hint_id = format!("{id}-hint");
    let described_by = hint_id.clone();
    let shown = RwSignal::new(false);
    let is_password = kind == "password";
    view! {
        <div class="field">
            <label for=id>{label}</label>
            <span class:input-group=is_password>
                <input
                    class="input"
                    id=id
                    name=name
                    type=move || if shown.get() { "text" } else { kind }
                    value=value
                    autocomplete=autocomplete
                    autofocus=autofocus
                    required=required
                    aria-describedby=described_by
                    aria-invalid=move || error.get().is_some().then_some("true")
                />
                {is_password
                    .then(|| {
                        view! {
                            <button
                                class="icon-button"
                                type="button"
                                aria-label=move || if shown.get() { "Hide the password" } else { "Show the password" }
                                aria-pressed=move || shown.get().to_string()
                                on:click=move |_| shown.update(|shown| *shown = !*shown)
                            >
                                <Icon name="eye"/>
                            </button>
                        }
                    })}
            </span>
            <div id=hint_id>
                {move || match error.get() {
                    Some(message) => {
                        view! {
                            <p class="field-error" role="alert">
                                <Icon name="alert" small=true/>
                                {message}
                            </p>
                        }
                            .into_any()
                    }
                    None => hint.clone().map(|hint| view! { <p class="field-hint">{hint}</p> }).into_any(),
                }}
            </div>
        </div>
    }
}

/// The sentence of a refusal that names none of the form's fields.
#[component]
pub fn FormError(
    /// The form's refusal.
    error: Signal<Option<ApiError>>,
    /// Fields that show their own sentence.
    #[prop(default = &[])]
    fields: &'static [&'static str],
) -> impl IntoView {
    let message = move || {
        error.with(|error| {
            let error = error.as_ref()?;
            let shown_elsewhere = error.0.field.as_deref().is_some_and(|field| fields.contains(&field));
            (!shown_elsewhere).then(|| error.0.message.clone())
        })
    };
    move || {
        message().map(|message| {
            view! {
                <p class="field-error" role="alert">
                    <Icon name="alert" small=true/>
                    {message}
                </p>
            }
        })
    }
}
