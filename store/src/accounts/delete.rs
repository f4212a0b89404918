//! Deleting an account. Its row stays without a name, because what the person wrote stays.

use crate::db::{Tx, execute, fetch_all};
use crate::writer::WriteTx;
use crate::{Caller, Error, Result, audit, authors, dialect, members, sessions, users};
use protocol::workspace::{Member, Role};
use protocol::{ConversationId, Person, Topic, UserId, WorkspaceId};
use serde_json::Value;
use std::collections::BTreeSet;
use uuid::Uuid;

pub(super) async fn delete(tx: &mut WriteTx, caller: &Caller) -> Result<()> {
    let user = caller.user;
    users::refuse_last_admin(tx, user).await?;
    let person = authors::person(tx, user).await?;
    let memberships = members::everywhere(tx, &person).await?;
    for (workspace, member) in &memberships {
        if member.role == Role::Owner {
            members::refuse_last_owner(tx, *workspace, user).await?;
        }
    }
    audit::by(tx, caller, "account.deleted", None, "").await?;
    execute!(
        tx,
        "UPDATE users SET name = '', handle = NULL, folded = '', hue = 1, password_hash = NULL, role = 'member',
                          active = $2, former = $3
         WHERE id = $1",
        user.0,
        false,
        true
    )?;
    take_name_out_of_logs(tx, user).await?;
    empty_own_log(tx, user).await?;
    forget_what_only_they_saw(tx, user).await?;
    sessions::end_all(tx, Some(user), user).await?;
    execute!(tx, "DELETE FROM tokens WHERE user_id = $1", user.0)?;
    for (workspace, member) in memberships {
        let gone = Member { person: Person::former(user), status: None, ..member };
        members::take_out(tx, user, workspace, gone).await?;
    }
    Ok(())
}

/// Nobody may read the person's own log any more, and it holds their drafts. What this
/// transaction appends to it still reaches their sockets, which end with it.
async fn empty_own_log(tx: &mut WriteTx, user: UserId) -> Result<()> {
    let topic = Topic::User(user).to_string();
    execute!(tx, "UPDATE topics SET floor_seq = head_seq WHERE id = $1", &topic)?;
    execute!(tx, "DELETE FROM events WHERE topic_id = $1", &topic)?;
    Ok(())
}

async fn forget_what_only_they_saw(tx: &mut WriteTx, user: UserId) -> Result<()> {
    execute!(tx, "DELETE FROM statuses WHERE user_id = $1", user.0)?;
    execute!(tx, "DELETE FROM drafts WHERE user_id = $1", user.0)?;
    execute!(tx, "DELETE FROM reads WHERE user_id = $1", user.0)?;
    execute!(tx, "DELETE FROM saved_messages WHERE user_id = $1", user.0)?;
    execute!(tx, "DELETE FROM message_mentions WHERE user_id = $1", user.0)?;
    execute!(tx, "DELETE FROM notifications WHERE user_id = $1", user.0)?;
    execute!(tx, "DELETE FROM custom_events WHERE user_id = $1", user.0)?;
    execute!(tx, "DELETE FROM push_subscriptions WHERE user_id = $1", user.0)?;
    execute!(tx, "DELETE FROM push_log WHERE user_id = $1", user.0)?;
    execute!(tx, "UPDATE sessions SET device = '', address = '' WHERE user_id = $1", user.0)?;
    Ok(())
}

/// Makes them a former member in everything that was logged where they were: in their workspaces,
/// and for the people whom a notification told of them. This reads those logs as a whole, but only
/// the days that are kept, and few people ever do it.
async fn take_name_out_of_logs(tx: &mut WriteTx, user: UserId) -> Result<()> {
    let topics = topics_that_name(tx, user).await?;
    let rows = fetch_all!(
        tx,
        (String, i64, String),
        texts = topics,
        "SELECT topic_id, seq, payload FROM events WHERE topic_id IN (SELECT text FROM texts) AND payload LIKE $2",
        format!("%{user}%")
    )?;
    let (id, former) = (user.to_string(), Person::former(user));
    let former = serde_json::to_value(former).expect("a person is JSON");
    let mut renamed = Vec::with_capacity(rows.len());
    for (topic, seq, payload) in rows {
        let frame = serde_json::from_str(&payload);
        let mut frame: Value =
            frame.map_err(|why| Error::corrupt("events", format!("{topic} {seq}"), why))?;
        make_former(&mut frame, &id, &former);
        renamed.push((topic, seq, frame.to_string()));
    }
    if !renamed.is_empty() {
        dialect::replace_payloads(tx, &renamed).await?;
    }
    Ok(())
}

async fn topics_that_name(tx: &mut Tx, user: UserId) -> Result<Vec<String>> {
    // Also workspaces that they left: what they wrote there names them.
    let workspaces = fetch_all!(
        tx,
        (Uuid,),
        "SELECT workspace_id FROM members WHERE user_id = $1
         UNION SELECT workspace_id FROM posts WHERE author_id = $1
         UNION SELECT workspace_id FROM comments WHERE author_id = $1
         UNION SELECT workspace_id FROM custom_events WHERE source_id = $1",
        user.0
    )?;
    let told = fetch_all!(
        tx,
        (Uuid,),
        "SELECT DISTINCT n.user_id FROM notifications n JOIN notification_actors a ON a.notification_id = n.id
         WHERE a.user_id = $1",
        user.0
    )?;
    let published_to = fetch_all!(
        tx,
        (Uuid,),
        "SELECT DISTINCT user_id FROM custom_events WHERE source_id = $1 AND user_id IS NOT NULL",
        user.0
    )?;
    let ids: Vec<Uuid> = workspaces.iter().map(|(id,)| *id).collect();
    // Also conversations that they left, and those that somebody named them in.
    let conversations = fetch_all!(
        tx,
        (Uuid,),
        ids = ids,
        "SELECT c.id FROM conversations c WHERE c.workspace_id IN (SELECT id FROM ids)"
    )?;
    let joined = fetch_all!(
        tx,
        (Uuid,),
        "SELECT DISTINCT other.user_id FROM participants own
         JOIN participants other ON other.conversation_id = own.conversation_id
         JOIN conversations c ON c.id = own.conversation_id
         WHERE own.user_id = $1 AND c.kind <> 'room'",
        user.0
    )?;
    let workspaces = workspaces.into_iter().map(|(id,)| Topic::Workspace(WorkspaceId(id)));
    let conversations = conversations.into_iter().map(|(id,)| Topic::Conversation(ConversationId(id)));
    let people = told.into_iter().chain(joined).chain(published_to).map(|(id,)| Topic::User(UserId(id)));
    let topics: BTreeSet<Topic> = workspaces.chain(conversations).chain(people).collect();
    Ok(topics.into_iter().map(|topic| topic.to_string()).collect())
}

/// A person is what has their id and a handle; what they said of themself stands beside it.
fn make_former(value: &mut Value, id: &str, former: &Value) {
    match value {
        Value::Object(members) => {
            if members.contains_key("handle") && members.get("id").and_then(Value::as_str) == Some(id) {
                *value = former.clone();
                return;
            }
            let is_of_them = |person: &Value| person.get("id").and_then(Value::as_str) == Some(id);
            if members.get("person").is_some_and(is_of_them) {
                members.remove("status");
            }
            members.values_mut().for_each(|member| make_former(member, id, former));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| make_former(item, id, former)),
        _ => {}
    }
}
