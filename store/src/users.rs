//! Accounts as rows: people, their handles, and lists of them.

use crate::authors::{Author, author_columns};
use crate::db::{Tx, execute, fetch_all, fetch_one, fetch_optional};
use crate::writer::WriteTx;
use crate::{Caller, Error, Result, Store, authors, members};
use protocol::account::ProfileEdit;
use protocol::page::PageKey;
use protocol::person::{HUES, InstanceRole};
use protocol::{EventKind, Person, Topic, UserId, limits};
use std::collections::HashMap;
use uuid::Uuid;

/// An account that is about to be made; its password was hashed before.
#[derive(Clone)]
pub(crate) struct NewUser {
    pub(crate) id: UserId,
    pub(crate) name: String,
    pub(crate) handle: String,
    pub(crate) password_hash: String,
    pub(crate) role: InstanceRole,
}

/// Makes the account and its topic.
///
/// # Errors
/// 409 when somebody has the handle.
pub(crate) async fn insert(tx: &mut WriteTx, new: &NewUser) -> Result<()> {
    let hue = 1 + i64::from(new.id.0.as_bytes()[15] % HUES);
    let inserted = execute!(
        tx,
        "INSERT INTO users (id, name, handle, folded, hue, password_hash, role, active, former, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (handle) DO NOTHING",
        new.id.0,
        &new.name,
        &new.handle,
        folded(&new.name, &new.handle),
        hue,
        &new.password_hash,
        role_word(new.role),
        true,
        false,
        tx.now.0
    )?;
    if inserted == 0 {
        return Err(handle_taken());
    }
    tx.create_topic(Topic::User(new.id), None).await
}

/// Refuses a handle that somebody else has.
pub(crate) async fn refuse_taken_handle(tx: &mut Tx, handle: &str, except: Option<UserId>) -> Result<()> {
    let owner = fetch_optional!(tx, (Uuid,), "SELECT id FROM users WHERE handle = $1", handle)?;
    match owner {
        Some((owner,)) if Some(UserId(owner)) != except => Err(handle_taken()),
        _ => Ok(()),
    }
}

/// What is said to who wants a handle that somebody has.
pub(crate) fn handle_taken() -> Error {
    protocol::Error::taken("handle", "Somebody has this handle already.").into()
}

/// What lists are ordered by and searches look through.
pub(crate) fn folded(name: &str, handle: &str) -> String {
    format!("{} @{handle}", name.to_lowercase())
}

/// A search as the pattern of a `LIKE … ESCAPE '!'` on [`folded`]; everything without one.
pub(crate) fn pattern(query: Option<&str>) -> String {
    let mut pattern = String::from("%");
    for c in query.unwrap_or_default().trim().to_lowercase().chars().take(limits::PERSON_NAME_CHARS_MAX) {
        if matches!(c, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(c);
    }
    if 1 < pattern.len() {
        pattern.push('%');
    }
    pattern
}

/// The place in a list of people after which a page begins: `<id>.<folded>`.
pub(crate) fn place_after(key: Option<PageKey>) -> Result<(String, Uuid)> {
    let Some(key) = key else { return Ok((String::new(), Uuid::nil())) };
    let parts = key.0.split_once('.');
    let place = parts.and_then(|(id, folded)| Some((folded.to_owned(), Uuid::parse_str(id).ok()?)));
    place.ok_or_else(|| protocol::Error::bad_request("This page does not exist.").into())
}

/// Cuts off the one row too many that was read, and names the last one that stays if there was one.
pub(crate) fn next_key<T>(rows: &mut Vec<T>, key: impl Fn(&T) -> String) -> Option<PageKey> {
    let more = limits::PEOPLE_PAGE_ROWS < rows.len();
    rows.truncate(limits::PEOPLE_PAGE_ROWS);
    rows.last().filter(|_| more).map(|last| PageKey(key(last)))
}

/// These people; ids without an account are left out.
pub(crate) async fn people(tx: &mut Tx, ids: Vec<Uuid>) -> Result<HashMap<UserId, Person>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = fetch_all!(
        tx,
        Author,
        ids = ids,
        "SELECT u.id AS author_id, u.name AS author_name, u.handle AS author_handle,
                CAST(u.hue AS BIGINT) AS author_hue, u.former AS author_former, u.bot_of IS NOT NULL AS author_bot
         FROM users u WHERE u.id IN (SELECT id FROM ids)"
    )?;
    Ok(rows.into_iter().map(|row| (row.id(), Person::from(row))).collect())
}

/// Who has the handle.
pub(crate) async fn by_handle(tx: &mut Tx, handle: &str) -> Result<Person> {
    let sql = concat!("SELECT ", author_columns!(), " FROM users u WHERE u.handle = $1");
    let row = fetch_optional!(tx, Author, sql, handle)?;
    row.map(Person::from).ok_or_else(|| protocol::Error::not_found("This account").into())
}

/// The word for a role in the database.
pub(crate) fn role_word(role: InstanceRole) -> &'static str {
    match role {
        InstanceRole::Member => "member",
        InstanceRole::Admin => "admin",
    }
}

/// The role that a word stands for.
pub(crate) fn role_of(word: &str, user: UserId) -> Result<InstanceRole> {
    match word {
        "member" => Ok(InstanceRole::Member),
        "admin" => Ok(InstanceRole::Admin),
        _ => Err(Error::corrupt("users", user, "its role is unknown")),
    }
}

/// The stored hash of an account's password.
pub(crate) async fn password_hash(tx: &mut Tx, user: UserId) -> Result<Option<String>> {
    let (hash,) = fetch_one!(tx, (Option<String>,), "SELECT password_hash FROM users WHERE id = $1", user.0)?;
    Ok(hash)
}

/// Refuses what would leave the instance without an administrator who can sign in. Takes turns
/// with other nodes, so that two of the last administrators cannot go at the same moment.
pub(crate) async fn refuse_last_admin(tx: &mut WriteTx, user: UserId) -> Result<()> {
    if !tx.is_sqlite() {
        execute!(tx, "SELECT 1 FROM settings WHERE key = $1 FOR UPDATE", crate::accounts::SET_UP)?;
    }
    let others = fetch_optional!(
        tx,
        (i64,),
        "SELECT at FROM users WHERE role = 'admin' AND active AND id <> $1 LIMIT 1",
        user.0
    )?;
    let itself = fetch_optional!(
        tx,
        (i64,),
        "SELECT at FROM users WHERE role = 'admin' AND active AND id = $1",
        user.0
    )?;
    if itself.is_some() && others.is_none() {
        let sentence = "This is the last administrator. Make somebody else an administrator first.";
        return Err(protocol::Error::forbidden(sentence).into());
    }
    Ok(())
}

impl Store {
    /// Changes the caller's name, handle or colour, for everybody in their workspaces.
    ///
    /// # Errors
    /// 422 for what does not fit, 409 when somebody has the handle.
    pub async fn update_profile(&self, caller: &Caller, edit: ProfileEdit) -> Result<Person> {
        let caller = *caller;
        let edit = edit.validate()?;
        let written = self.write(move |tx| {
            let edit = edit.clone();
            Box::pin(async move { update(tx, &caller, edit).await })
        });
        Ok(written.await?.value)
    }
}

async fn update(tx: &mut WriteTx, caller: &Caller, edit: ProfileEdit) -> Result<Person> {
    let before = authors::person(tx, caller.user).await?;
    if before.former {
        return Err(protocol::Error::unauthenticated().into());
    }
    let after = Person {
        name: edit.name.unwrap_or_else(|| before.name.clone()),
        handle: edit.handle.unwrap_or_else(|| before.handle.clone()),
        hue: edit.hue.unwrap_or(before.hue),
        ..before.clone()
    };
    if after == before {
        return Ok(after);
    }
    refuse_taken_handle(tx, &after.handle, Some(caller.user)).await?;
    execute!(
        tx,
        "UPDATE users SET name = $2, handle = $3, folded = $4, hue = $5 WHERE id = $1",
        caller.user.0,
        &after.name,
        &after.handle,
        folded(&after.name, &after.handle),
        i64::from(after.hue)
    )?;
    for (workspace, member) in members::everywhere(tx, &after).await? {
        let kind = EventKind::MemberUpdated(member);
        tx.append(Topic::Workspace(workspace), Some(caller.user), Some(caller.user.0), kind);
    }
    Ok(after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_is_taken_literally() {
        assert_eq!(pattern(None), "%");
        assert_eq!(pattern(Some("  ")), "%");
        assert_eq!(pattern(Some("Ada_100%!")), "%ada!_100!%!!%");
    }
}
