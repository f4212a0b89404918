//! Finds members of a workspace by what is typed, where the page does not know them yet. What comes
//! goes into the live state, from which completion and the palette answer.

use crate::api::workspaces::list_members;
use crate::live::Live;
use leptos::prelude::set_timeout;
use leptos::task::spawn_local;
use protocol::WorkspaceId;
use std::cell::RefCell;
use std::collections::HashSet;
use std::rc::Rc;
use std::time::Duration;

/// Asked only when typing paused for this long.
const AFTER: Duration = Duration::from_millis(150);

type Question = (WorkspaceId, String);

pub(super) struct PeopleFinder {
    live: Live,
    /// Everybody who fits these is known.
    known: RefCell<HashSet<Question>>,
    wanted: RefCell<Option<Question>>,
}

impl PeopleFinder {
    pub(super) fn new(live: Live) -> Rc<Self> {
        Rc::new(Self { live, known: RefCell::default(), wanted: RefCell::default() })
    }

    /// Somebody looks for people whose name or handle holds this word.
    pub(super) fn find(self: &Rc<Self>, workspace: WorkspaceId, word: &str) {
        let question = (workspace, word.to_lowercase());
        if self.knows(&question) {
            return;
        }
        *self.wanted.borrow_mut() = Some(question.clone());
        let finder = self.clone();
        set_timeout(
            move || {
                if finder.wanted.borrow_mut().take_if(|wanted| *wanted == question).is_some() {
                    spawn_local(async move { finder.ask(question).await });
                }
            },
            AFTER,
        );
    }

    /// Whoever fits a word also fits each part of it.
    fn knows(&self, (workspace, word): &Question) -> bool {
        let known = self.known.borrow();
        known.iter().any(|(place, part)| place == workspace && word.contains(part.as_str()))
    }

    async fn ask(&self, question: Question) {
        let (workspace, word) = question.clone();
        // Offline, completion answers from what is known.
        if let Ok(page) = list_members(workspace, Some(word).filter(|word| !word.is_empty()), None).await {
            if page.next.is_none() {
                self.known.borrow_mut().insert(question);
            }
            self.live.load_members(workspace, page);
        }
    }
}
