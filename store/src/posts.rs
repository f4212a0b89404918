//! Posts: writing, editing, deleting and pinning them.

pub(crate) mod feed;
pub(crate) mod rows;

use crate::db::{Tx, execute, fetch_one, fetch_optional};
use crate::history::{self, Edit, Versioned};
use crate::mentions::Text;
use crate::notifications::{self, About};
use crate::places::{self, no_post};
use crate::search::documents::{Document, Words};
use crate::writer::WriteTx;
use crate::{Caller, Result, Store, access, authors, links, markdown, redaction};
use futures::FutureExt;
use protocol::post::{NewPost, Post, PostEdit};
use protocol::reaction::ReactionTarget;
use protocol::workspace::Role;
use protocol::{Error, EventKind, PostId, WorkspaceId, limits};
use std::sync::Arc;
use uuid::Uuid;

impl Store {
    /// Writes a post. The same id again by the same author returns the post that is there.
    ///
    /// # Errors
    /// 404 outside the workspace, 403 for guests, 409 for an id in use, 413 and 422 for the texts.
    pub async fn create_post(&self, caller: &Caller, new: NewPost) -> Result<Post> {
        let caller = *caller;
        let new = new.validate()?;
        let text = Arc::new(self.text(&caller, new.workspace, new.body).await?);
        let new = Arc::new(NewPost { body: String::new(), ..new });
        let written = self.write(move |tx| {
            let (new, text) = (Arc::clone(&new), Arc::clone(&text));
            async move { create(tx, &caller, &new, &text).await }.boxed()
        });
        let written = written.await?;
        Ok(Post { order: written.order(written.value.id.0, written.value.order), ..written.value })
    }

    /// Changes title or body.
    ///
    /// # Errors
    /// 404, 403 for other people's posts (admins may), 409 with both texts where somebody else
    /// changed the same field, 413 and 422.
    pub async fn update_post(&self, caller: &Caller, edit: PostEdit) -> Result<Post> {
        let caller = *caller;
        let PostEdit { id, base, title, body } = edit.validate()?;
        let text = match body {
            Some(body) => {
                let member =
                    self.read(move |tx| async move { access::post(tx, &caller, id).await }.boxed()).await?;
                Some(self.text(&caller, member.workspace, body).await?)
            }
            None => None,
        };
        let edit = Arc::new((title, text));
        let written = self.write(move |tx| {
            let edit = Arc::clone(&edit);
            async move { update(tx, &caller, id, base, edit.0.as_deref(), edit.1.as_ref()).await }.boxed()
        });
        let written = written.await?;
        Ok(Post { order: written.order(written.value.id.0, written.value.order), ..written.value })
    }

    /// Deletes a post with its comments, and takes its text out of the log. Once more does nothing.
    ///
    /// # Errors
    /// 404, 403 for other people's posts (admins may).
    pub async fn delete_post(&self, caller: &Caller, id: PostId) -> Result<()> {
        let caller = *caller;
        self.write(move |tx| async move { delete(tx, &caller, id).await }.boxed()).await?;
        Ok(())
    }

    /// Pins a post to the top of the feed, or unpins it. Workspace admins.
    ///
    /// # Errors
    /// 404, 403, 422 when [`limits::PINNED_POSTS_MAX`] are pinned.
    pub async fn pin_post(&self, caller: &Caller, id: PostId, pinned: bool) -> Result<()> {
        let caller = *caller;
        self.write(move |tx| async move { pin(tx, &caller, id, pinned).await }.boxed()).await?;
        Ok(())
    }
}

async fn create(tx: &mut WriteTx, caller: &Caller, new: &NewPost, text: &Text) -> Result<Post> {
    let writer = access::member(tx, caller, new.workspace).await?.may_post()?;
    let now = tx.now;
    // An id names one thing only: the log is redacted by it.
    let inserted = execute!(
        tx,
        "INSERT INTO posts (id, workspace_id, author_id, title, body, html, at)
         SELECT $1, $2, $3, $4, $5, $6, $7 WHERE NOT EXISTS (SELECT 1 FROM comments WHERE id = $1)
         AND NOT EXISTS (SELECT 1 FROM messages WHERE id = $1)
         ON CONFLICT (id) DO NOTHING",
        new.id.0,
        new.workspace.0,
        caller.user.0,
        &new.title,
        &text.body,
        &text.html,
        now.0
    )?;
    if inserted == 0 {
        return again(tx, caller, new).await;
    }
    let post = Post {
        id: new.id,
        workspace: new.workspace,
        author: authors::person(tx, caller.user).await?,
        title: new.title.clone(),
        body: text.body.clone(),
        html: text.html.clone(),
        at: now,
        order: 0,
        version: 1,
        edited_at: None,
        pinned: false,
        comments: 0,
        previews: Vec::new(),
        reactions: Vec::new(),
        mine: Vec::new(),
    };
    links::note(tx, ReactionTarget::Post(post.id), post.workspace, &text.links).await?;
    tx.index(Document::post((post.id, post.workspace, caller.user, now), &post.title, &text.words));
    tx.append(writer.topic(), Some(caller.user), Some(new.id.0), EventKind::PostCreated(post.clone()));
    let about =
        About { member: *writer, post: new.id, comment: None, title: &new.title, excerpt: &text.excerpt };
    notifications::mentioned(tx, &about, &text.mentioned(caller.user)).await?;
    Ok(post)
}

/// The answer to a repeated `create`.
async fn again(tx: &mut WriteTx, caller: &Caller, new: &NewPost) -> Result<Post> {
    let taken = || Error::taken("id", "This id is in use.").into();
    let known = fetch_optional!(
        tx,
        (Uuid, Uuid),
        "SELECT author_id, workspace_id FROM posts WHERE id = $1",
        new.id.0
    )?;
    if known != Some((caller.user.0, new.workspace.0)) {
        return Err(taken());
    }
    let row = rows::by_id(tx, new.id).await?.ok_or_else(no_post)?;
    rows::complete_one(tx, row, caller.user).await
}

async fn update(
    tx: &mut WriteTx,
    caller: &Caller,
    id: PostId,
    base: u32,
    title: Option<&str>,
    text: Option<&Text>,
) -> Result<Post> {
    places::take_turns(tx, id).await?;
    let place = places::post(tx, caller, id).await?.alive()?;
    if place.author != caller.user && place.member.role < Role::Admin {
        return Err(Error::forbidden("Only its author and admins can edit a post.").into());
    }
    let row = rows::by_id(tx, id).await?.ok_or_else(no_post)?;
    let current = row.current();
    let edit = Edit { base, title, body: text.map(|text| text.body.as_str()) };
    let changes = history::changes(tx, Versioned::Post(id.0), &current, caller.user, &edit).await?;
    if changes == history::Changes::default() {
        return rows::complete_one(tx, row, caller.user).await;
    }
    let new_title = changes.title.as_deref().unwrap_or(&current.title);
    let new_body = changes.body.as_deref().unwrap_or(&current.body);
    history::record(tx, Versioned::Post(id.0), &current, caller.user, new_title, new_body).await?;
    let new_text = text.filter(|_| changes.body.is_some());
    execute!(
        tx,
        "UPDATE posts SET title = $2, body = $3, html = COALESCE($4, html), version = version + 1, edited_at = $5
         WHERE id = $1",
        id.0,
        new_title,
        new_body,
        new_text.map(|text| text.html.as_str()),
        tx.now.0
    )?;
    if let Some(text) = new_text {
        links::note_again(tx, ReactionTarget::Post(id), place.member.workspace, &text.links).await?;
    }
    let row = rows::by_id(tx, id).await?.ok_or_else(no_post)?;
    let post = rows::complete_one(tx, row, caller.user).await?;
    let who = (id, post.workspace, post.author.id, post.at);
    tx.index(match new_text.filter(|text| text.body == post.body) {
        Some(text) => Document::post(who, &post.title, &text.words),
        None => {
            Document::post(who, &post.title, &Words::of(&markdown::without_marks(&post.body), &post.html))
        }
    });
    let for_everybody = Post { mine: Vec::new(), ..post.clone() };
    tx.append(place.member.topic(), Some(caller.user), Some(id.0), EventKind::PostUpdated(for_everybody));
    if let Some(text) = new_text {
        let told = text.newly_mentioned(caller.user, &current.body);
        let about = About {
            member: place.member,
            post: id,
            comment: None,
            title: &post.title,
            excerpt: &text.excerpt,
        };
        notifications::mentioned(tx, &about, &told).await?;
    }
    Ok(post)
}

async fn delete(tx: &mut WriteTx, caller: &Caller, id: PostId) -> Result<()> {
    places::take_turns(tx, id).await?;
    let place = places::post(tx, caller, id).await?;
    if place.author != caller.user && place.member.role < Role::Admin {
        // Whoever could not have deleted it is told nothing about one that was.
        place.alive()?;
        return Err(Error::forbidden("Only its author and admins can delete a post.").into());
    }
    if place.deleted {
        return Ok(());
    }
    redaction::post(tx, id).await?;
    tx.append(place.member.topic(), Some(caller.user), Some(id.0), EventKind::PostDeleted { id });
    Ok(())
}

async fn pin(tx: &mut WriteTx, caller: &Caller, id: PostId, pinned: bool) -> Result<()> {
    places::take_turns(tx, id).await?;
    let place = places::post(tx, caller, id).await?.alive()?;
    let moderator = place.member.moderator()?;
    let changed = if pinned {
        let (others, newest) = pinned_besides(tx, moderator.workspace, id).await?;
        if limits::PINNED_POSTS_MAX as i64 <= others {
            let message =
                format!("At most {} posts can be pinned; unpin one first.", limits::PINNED_POSTS_MAX);
            return Err(Error::invalid("id", message).into());
        }
        execute!(
            tx,
            "UPDATE posts SET pinned_at = $2 WHERE id = $1 AND pinned_at IS NULL AND deleted_at IS NULL",
            id.0,
            // Two pins of one millisecond keep their order.
            newest.map_or(tx.now.0, |newest| tx.now.0.max(newest + 1))
        )?
    } else {
        execute!(tx, "UPDATE posts SET pinned_at = NULL WHERE id = $1 AND pinned_at IS NOT NULL", id.0)?
    };
    if changed != 0 {
        tx.append(moderator.topic(), Some(caller.user), Some(id.0), EventKind::PostPinned { id, pinned });
    }
    Ok(())
}

/// How many other posts are pinned, and when the last of them was.
async fn pinned_besides(tx: &mut Tx, workspace: WorkspaceId, id: PostId) -> Result<(i64, Option<i64>)> {
    Ok(fetch_one!(
        tx,
        (i64, Option<i64>),
        "SELECT COUNT(*), MAX(pinned_at) FROM posts WHERE workspace_id = $1 AND pinned_at IS NOT NULL AND id <> $2",
        workspace.0,
        id.0
    )?)
}
