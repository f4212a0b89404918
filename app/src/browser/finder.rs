//! Finds people and rooms of a workspace by what is typed, where the page does not know them yet.
//! Completion and the palette answer from what came.

use crate::api::conversations::browse_rooms;
use crate::api::workspaces::list_members;
use crate::live::Live;
use leptos::prelude::{RwSignal, Update, set_timeout};
use leptos::task::spawn_local;
use protocol::conversation::Conversation;
use protocol::{ConversationId, WorkspaceId};
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

/// Asked only when typing paused for this long.
const AFTER: Duration = Duration::from_millis(150);

type Question = (WorkspaceId, String);
/// Brings what fits a word; whether that was everything.
type Ask = dyn Fn(WorkspaceId, Option<String>) -> Pin<Box<dyn Future<Output = bool>>>;
/// Rooms that can be joined, as the list of them has them.
pub(super) type Listed = RwSignal<HashMap<ConversationId, Conversation>>;

pub(super) struct Finder {
    ask: Box<Ask>,
    /// Whatever fits these is known.
    known: RefCell<HashSet<Question>>,
    wanted: RefCell<Option<Question>>,
}

impl Finder {
    /// Members by name and handle.
    pub(super) fn of_people(live: Live) -> Rc<Self> {
        Self::new(move |workspace, word| {
            Box::pin(async move {
                // Offline, completion answers from what is known.
                let Ok(page) = list_members(workspace, word, None).await else { return false };
                let is_all = page.next.is_none();
                live.load_members(workspace, page);
                is_all
            })
        })
    }

    /// Rooms by name, also those that the person has not joined.
    pub(super) fn of_rooms(listed: Listed) -> Rc<Self> {
        Self::new(move |workspace, word| {
            Box::pin(async move {
                let Ok(page) = browse_rooms(workspace, word, None).await else { return false };
                let is_all = page.next.is_none();
                let rooms = page.items.into_iter().map(|room| (room.conversation.id, room.conversation));
                // The page may have been left meanwhile.
                let _ = listed.try_update(|listed| listed.extend(rooms));
                is_all
            })
        })
    }

    fn new(
        ask: impl Fn(WorkspaceId, Option<String>) -> Pin<Box<dyn Future<Output = bool>>> + 'static,
    ) -> Rc<Self> {
        Rc::new(Self { ask: Box::new(ask), known: RefCell::default(), wanted: RefCell::default() })
    }

    /// Somebody looks for what holds this word.
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
                    spawn_local(async move { finder.bring(question).await });
                }
            },
            AFTER,
        );
    }

    /// Whatever fits a word also fits each part of it.
    fn knows(&self, (workspace, word): &Question) -> bool {
        let known = self.known.borrow();
        known.iter().any(|(place, part)| place == workspace && word.contains(part.as_str()))
    }

    async fn bring(&self, question: Question) {
        let (workspace, word) = question.clone();
        if (self.ask)(workspace, Some(word).filter(|word| !word.is_empty())).await {
            self.known.borrow_mut().insert(question);
        }
    }
}
