//! `/join/<secret>`: into a workspace by an invitation, with a new account or one's own; and
//! `/register` where the instance lets anybody in.

use super::doorstep::{Doorstep, NewCredentials, entering};
use crate::api::account::{Entered, SignUp, get_me};
use crate::api::workspaces::{AcceptInvitation, get_invitation};
use crate::components::command_form::CommandForm;
use crate::components::field::{Field, FormError};
use crate::components::states::Blank;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

/// The page behind an invitation link.
#[component]
pub fn JoinPage() -> impl IntoView {
    let secret = use_params_map().with_untracked(|params| params.get("secret")).unwrap_or_default();
    let link = secret.clone();
    let preview = Resource::new_blocking(
        move || link.clone(),
        |secret| async move { (get_invitation(secret).await, get_me().await.ok()) },
    );
    view! {
        <Title text="Invitation · Hubbub"/>
        <Suspense>
            {move || {
                let secret = secret.clone();
                Suspend::new(async move {
                    let (invitation, me) = preview.await;
                    let Ok(invitation) = invitation else {
                        return view! { <EndedInvitation/> }.into_any();
                    };
                    let members = match invitation.members {
                        1 => "1 person is there".to_owned(),
                        count => format!("{count} people are there"),
                    };
                    let lead = format!("{} invites you. {members}.", invitation.by.name);
                    let title = format!("Join {}", invitation.workspace.name);
                    match me {
                        Some(me) => view! { <AcceptForm title=title lead=lead secret=secret name=me.person.name/> }.into_any(),
                        None => view! { <SignUpForm title=title lead=lead secret=secret/> }.into_any(),
                    }
                })
            }}
        </Suspense>
    }
}

/// The page of open registration.
#[component]
pub fn RegisterPage() -> impl IntoView {
    view! {
        <Title text="Make an account · Hubbub"/>
        <SignUpForm title="Make an account".to_owned() lead="You join the workspaces that invite you.".to_owned() secret=String::new()/>
    }
}

#[component]
fn EndedInvitation() -> impl IntoView {
    #[cfg(feature = "ssr")]
    crate::server::set_page_status(protocol::Code::NotFound);
    view! {
        <Doorstep>
            <Blank
                icon="link"
                title="This invitation has ended"
                text="It expired, was taken back, or enough people have used it. Ask for a new link."
                is_page=true
            >
                <a class="button button-primary" href="/sign-in">"Sign in"</a>
            </Blank>
        </Doorstep>
    }
}

#[component]
fn SignUpForm(title: String, lead: String, secret: String) -> impl IntoView {
    let action = ServerAction::<SignUp>::new();
    let error = entering(move || action.value().get());
    let sign_in = format!("/sign-in?to=/join/{secret}");
    view! {
        <Doorstep foot="Your name and handle are shown to the members.">
            <CommandForm action=action class="doorstep-form">
                <div>
                    <h1 class="doorstep-title">{title}</h1>
                    <p class="doorstep-lead">{lead}</p>
                </div>
                <FormError error=error fields=&["name", "handle", "password"]/>
                <input type="hidden" name="invitation" value=secret.clone()/>
                <Field name="name" label="Your name" autocomplete="name" error=error autofocus=true/>
                <NewCredentials handle_hint="What others write after the @. You sign in with it." error=error/>
                <button class="button button-primary button-wide" type="submit" disabled=move || action.pending().get()>
                    "Create the account"
                </button>
                <p class="field-hint">
                    "You have an account here? " <a href=sign_in>"Sign in"</a>
                </p>
            </CommandForm>
        </Doorstep>
    }
}

#[component]
fn AcceptForm(title: String, lead: String, secret: String, name: String) -> impl IntoView {
    let action = ServerAction::<AcceptInvitation>::new();
    let error = entering(move || {
        let answer = action.value().get()?;
        Some(answer.map(|workspace| Entered { to: format!("/w/{}/feed", workspace.slug) }))
    });
    view! {
        <Doorstep foot=format!("You are signed in as {name}.")>
            <CommandForm action=action class="doorstep-form">
                <div>
                    <h1 class="doorstep-title">{title}</h1>
                    <p class="doorstep-lead">{lead}</p>
                </div>
                <FormError error=error/>
                <input type="hidden" name="secret" value=secret/>
                <button class="button button-primary button-wide" type="submit" disabled=move || action.pending().get()>
                    "Join"
                </button>
            </CommandForm>
        </Doorstep>
    }
}
