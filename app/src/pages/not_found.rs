//! Every address that is none.

use super::doorstep::Doorstep;
use crate::components::states::Refused;
use crate::error::ApiError;
use leptos::prelude::*;
use leptos_meta::Title;
use protocol::Error;

/// The page.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    view! {
        <Title text="Not found · Hubbub"/>
        <Doorstep>
            <Refused error=ApiError(Error::not_found("This page"))/>
        </Doorstep>
    }
}
