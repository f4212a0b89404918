//! Who is online in the workspace: faces, a number, and the list behind it.

use super::avatar::{Avatar, Size};
use super::status_mark::StatusMark;
use crate::api::workspaces::get_members;
use crate::live::Live;
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::page::Page;
use protocol::{Person, UserId, WorkspaceId};

/// Faces shown before the list is opened.
const FACES: usize = 7;

/// The box beside the feed.
#[component]
pub fn HereNow(
    /// Where.
    workspace: WorkspaceId,
) -> impl IntoView {
    let live = Live::expect();
    let online = live.online(workspace);
    let members = live.members(workspace);
    let people = Memo::new(move |_| -> Vec<Person> {
        let online = online.get();
        members.with(|members| {
            let here = members.iter().filter(|member| online.people.contains_key(&member.person.id));
            here.map(|member| member.person.clone()).collect()
        })
    });
    // Presence carries ids; names that were not seen yet are asked for, once.
    Effect::new(move |_| {
        let known: Vec<UserId> =
            members.with_untracked(|members| members.iter().map(|member| member.person.id).collect());
        let unknown: Vec<UserId> =
            online.with(|online| online.people.keys().filter(|id| !known.contains(id)).copied().collect());
        if !unknown.is_empty() {
            spawn_local(async move {
                if let Ok(items) = get_members(workspace, unknown).await {
                    live.load_members(workspace, Page { items, next: None, as_of: None });
                }
            });
        }
    });
    let faces =
        Memo::new(move |_| people.with(|people| people.iter().take(FACES).cloned().collect::<Vec<_>>()));
    view! {
        <section class="here-now">
            <details>
                <summary class="side-title">
                    <span>"Here now"</span>
                    <span class="number" data-testid="online">{move || words(online.with(|online| online.count))}</span>
                </summary>
                <ul>
                    <For each=move || people.get() key=|person| person.clone() let(person)>
                        <li class="side-row">
                            <Avatar person=person.clone() size=Size::Medium presence=live.bearing_of(workspace, person.id)/>
                            <span>{person.name.clone()}</span>
                            <StatusMark workspace=workspace user=person.id/>
                        </li>
                    </For>
                </ul>
            </details>
            <span class="avatar-stack">
                <For each=move || faces.get() key=|person| person.clone() let(person)>
                    <Avatar person=person size=Size::Medium/>
                </For>
            </span>
        </section>
    }
}

/// Before the first word about who is here there is none to say.
fn words(count: u32) -> String {
    if count == 0 { String::new() } else { format!("{count} online") }
}
