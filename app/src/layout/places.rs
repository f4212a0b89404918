//! Which place the address names: the workspace on screen, and the part of it.

use crate::live::Live;
use leptos::prelude::*;
use leptos_router::hooks::use_location;
use protocol::workspace::Membership;

/// The address on screen, as navigation needs it.
#[derive(Clone, Copy)]
pub struct Places {
    /// The path.
    pub path: Memo<String>,
    /// The workspace that the path names, or else the person's first one.
    pub workspace: Memo<Option<Membership>>,
}

impl Places {
    /// Follows the address.
    #[must_use]
    pub fn follow() -> Self {
        let location = use_location();
        let workspaces = Live::expect().workspaces();
        let path = Memo::new(move |_| location.pathname.get());
        let workspace = Memo::new(move |_| {
            let path = path.get();
            let slug = path.strip_prefix("/w/").and_then(|rest| rest.split('/').next());
            workspaces.with(|workspaces| {
                let named =
                    workspaces.iter().find(|membership| Some(membership.workspace.slug.as_str()) == slug);
                named.or(workspaces.first()).cloned()
            })
        });
        Self { path, workspace }
    }

    /// Marks the link to the page on screen.
    pub fn current(self, href: Signal<String>) -> Memo<Option<&'static str>> {
        Memo::new(move |_| (self.path.get() == href.get()).then_some("page"))
    }

    /// The address of a part of the workspace on screen; the start page without one.
    pub fn href(self, part: &'static str) -> Signal<String> {
        Signal::derive(move || {
            self.workspace.with(|membership| match membership {
                Some(membership) => format!("/w/{}/{part}", membership.workspace.slug),
                None => "/".to_owned(),
            })
        })
    }
}
