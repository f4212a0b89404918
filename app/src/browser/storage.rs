//! The outbox in IndexedDB, drafts in localStorage. Both may be refused by the browser; then the
//! page works without a memory.

use crate::live::{Entry, EntryId};
use idb::{Database, DatabaseEvent, Error, Factory, ObjectStoreParams, Query, TransactionMode};
use protocol::UserId;
use protocol::draft::{Draft, DraftPlace};
use wasm_bindgen::JsValue;

const DATABASE: &str = "hubbub";
const VERSION: u32 = 1;
const OUTBOX: &str = "outbox";

/// Opens the database of this browser.
pub(super) async fn open() -> Result<Database, Error> {
    let mut request = Factory::new()?.open(DATABASE, Some(VERSION))?;
    request.on_upgrade_needed(|event| {
        if let Ok(database) = event.database() {
            // It can only fail when the store exists already.
            let _ = database.create_object_store(OUTBOX, ObjectStoreParams::new());
        }
    });
    request.await
}

/// Keeps an entry.
pub(super) async fn put(database: &Database, entry: &Entry) -> Result<(), Error> {
    let text = serde_json::to_string(entry).expect("an entry is plain data");
    let transaction = database.transaction(&[OUTBOX], TransactionMode::ReadWrite)?;
    let store = transaction.object_store(OUTBOX)?;
    store.put(&JsValue::from_str(&text), Some(&key(entry.id)))?.await?;
    transaction.commit()?.await?;
    Ok(())
}

/// Forgets an entry.
pub(super) async fn remove(database: &Database, id: EntryId) -> Result<(), Error> {
    let transaction = database.transaction(&[OUTBOX], TransactionMode::ReadWrite)?;
    transaction.object_store(OUTBOX)?.delete(Query::Key(key(id)))?.await?;
    transaction.commit()?.await?;
    Ok(())
}

/// All entries. One that this version cannot read stays where it is.
pub(super) async fn all(database: &Database) -> Result<Vec<Entry>, Error> {
    let transaction = database.transaction(&[OUTBOX], TransactionMode::ReadOnly)?;
    let values = transaction.object_store(OUTBOX)?.get_all(None, None)?.await?;
    let texts = values.into_iter().filter_map(|value| value.as_string());
    Ok(texts.filter_map(|text| serde_json::from_str(&text).ok()).collect())
}

fn key(id: EntryId) -> JsValue {
    JsValue::from_str(&id.to_string())
}

/// What a draft's key begins with; the person and the place follow.
const DRAFT: &str = "hubbub-draft:";

fn local() -> Option<web_sys::Storage> {
    web_sys::window()?.local_storage().ok().flatten()
}

fn draft_key(user: UserId, place: DraftPlace) -> String {
    format!("{DRAFT}{user}:{place}")
}

/// Keeps a draft until the server has it.
pub(super) fn keep_draft(user: UserId, draft: &Draft) {
    let text = serde_json::to_string(draft).expect("a draft is plain data");
    if let Some(storage) = local() {
        // A full storage: the server still gets the draft.
        let _ = storage.set_item(&draft_key(user, draft.place), &text);
    }
}

/// Forgets a draft that the server has, unless it changed meanwhile.
pub(super) fn forget_draft(user: UserId, draft: &Draft) {
    let Some(storage) = local() else { return };
    let key = draft_key(user, draft.place);
    let kept = storage.get_item(&key).ok().flatten();
    let kept = kept.and_then(|text| serde_json::from_str::<Draft>(&text).ok());
    if kept.is_none_or(|kept| kept.at <= draft.at) {
        let _ = storage.remove_item(&key);
    }
}

/// Drafts that a closed tab left behind.
pub(super) fn kept_drafts(user: UserId) -> Vec<Draft> {
    let Some(storage) = local() else { return Vec::new() };
    let prefix = format!("{DRAFT}{user}:");
    let keys = (0..storage.length().unwrap_or(0)).filter_map(|index| storage.key(index).ok().flatten());
    let keys: Vec<String> = keys.filter(|key| key.starts_with(&prefix)).collect();
    let texts = keys.iter().filter_map(|key| storage.get_item(key).ok().flatten());
    texts.filter_map(|text| serde_json::from_str(&text).ok()).collect()
}

/// The draft that another tab has just kept, if this is what the event says.
pub(super) fn draft_of(event: &web_sys::StorageEvent, user: UserId) -> Option<Draft> {
    let prefix = format!("{DRAFT}{user}:");
    event.key().filter(|key| key.starts_with(&prefix))?;
    serde_json::from_str(&event.new_value()?).ok()
}
