//! A form that calls a server function: with WASM as JSON and without a reload, before WASM as
//! plain HTML, to the same address.

use crate::api::codec::JsonOrForm;
use crate::browser;
use crate::error::ApiError;
use leptos::prelude::*;
use leptos::server_fn::{Decodes, ServerFn};
use protocol::Error;
use serde::de::DeserializeOwned;

/// The form. Its fields are the arguments of the server function.
#[component]
pub fn CommandForm<F>(
    /// Calls the function and holds its answer.
    action: ServerAction<F>,
    #[prop(optional)] class: &'static str,
    children: Children,
) -> impl IntoView
where
    F: ServerFn<Error = ApiError> + DeserializeOwned + Clone + Send + Sync + 'static,
    F::Output: Send + Sync + 'static,
    F: ServerFn,
{
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let fields = browser::page::form_fields(&event);
        match <JsonOrForm as Decodes<F>>::decode(fields.into()) {
            Ok(arguments) => {
                action.dispatch(arguments);
            }
            Err(reason) => action.value().set(Some(Err(ApiError(Error::bad_request(reason))))),
        }
    };
    view! {
        <form method="post" action=F::url() class=class on:submit=submit>
            {children()}
        </form>
    }
}
