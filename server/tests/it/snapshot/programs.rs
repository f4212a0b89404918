//! What other programs tell the town.

use super::acts::{Act, START, Town};
use protocol::custom_event::{NewCustomEvent, Notice};
use protocol::json::Json;
use protocol::{CustomEventId, WorkspaceId};
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use serde_json::json;
use store::Caller;

/// So many that they fit one page of the activity.
const EVENTS_MAX: usize = 40;
const KINDS: [&str; 3] = ["invoice:paid", "stock:updated", "task:assigned"];

impl Town {
    /// Publishes something to everybody or to one, or takes it back.
    pub(super) async fn publishes(
        &mut self,
        act: Act,
        by: Caller,
        workspace: WorkspaceId,
        dice: &mut StdRng,
    ) -> store::Result<()> {
        let n: i32 = dice.random_range(0..1000);
        match act {
            Act::Publish if self.published.len() < EVENTS_MAX => {
                let id = CustomEventId::new(START);
                let notice = Notice { text: format!("Notice {n}"), link: Some("/settings".to_owned()) };
                let new = NewCustomEvent {
                    id,
                    kind: (*KINDS.choose(dice).expect("kinds")).to_owned(),
                    payload: Json::of(&json!({ "n": n, "title": "Title" })),
                    person: (n % 3 == 0).then_some(self.ben.user),
                    notice: (n % 2 == 0).then_some(notice),
                };
                let outcomes = self.store.publish_events(&by, workspace, vec![new]).await?;
                if outcomes.first().is_some_and(Result::is_ok) {
                    self.published.push(id);
                }
            }
            Act::DeleteEvent => {
                let Some(id) = self.published.choose(dice).copied() else { return Ok(()) };
                self.store.delete_custom_event(&self.ada, id).await?;
                self.published.retain(|other| *other != id);
            }
            _ => {}
        }
        Ok(())
    }
}
