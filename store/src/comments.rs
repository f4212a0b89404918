//! Comments under a post, with one level of replies.

mod list;
mod rows;

use crate::db::{execute, fetch_one, fetch_optional};
use crate::history::{self, Changes, Edit, Versioned};
use crate::mentions::Text;
use crate::notifications::{self, About, Told};
use crate::places::{self, CommentPlace, PostPlace, no_comment};
use crate::posts::rows::small;
use crate::search::documents::Document;
use crate::writer::WriteTx;
use crate::{Caller, Result, Store, access, authors, links, redaction};
use futures::FutureExt;
use protocol::comment::{Comment, CommentEdit, NewComment};
use protocol::reaction::ReactionTarget;
use protocol::workspace::Role;
use protocol::{CommentId, Error, EventKind, PostId};
use std::sync::Arc;
use uuid::Uuid;

impl Store {
    /// Writes a comment or a reply. The same id again by the same author returns the comment that is there.
    ///
    /// # Errors
    /// 404 for a post or comment that is not there, 409 for an id in use, 413 and 422 for the text.
    pub async fn create_comment(&self, caller: &Caller, new: NewComment) -> Result<Comment> {
        let caller = *caller;
        let NewComment { id, post, parent, body } = new.validate()?;
        let member =
            self.read(move |tx| async move { access::post(tx, &caller, post).await }.boxed()).await?;
        let text = Arc::new(self.text(&caller, member.workspace, body).await?);
        let written = self.write(move |tx| {
            let text = Arc::clone(&text);
            async move { create(tx, &caller, id, post, parent, &text).await }.boxed()
        });
        let written = written.await?;
        Ok(Comment { order: written.order(id.0, written.value.order), ..written.value })
    }

    /// Changes a comment's text.
    ///
    /// # Errors
    /// 404, 403 for other people's comments (admins may), 409 when somebody else changed it, 413 and 422.
    pub async fn update_comment(&self, caller: &Caller, edit: CommentEdit) -> Result<Comment> {
        let caller = *caller;
        let CommentEdit { id, base, body } = edit.validate()?;
        let place =
            self.read(move |tx| async move { places::comment(tx, &caller, id).await }.boxed()).await?;
        let text = Arc::new(self.text(&caller, place.member.workspace, body).await?);
        let written = self.write(move |tx| {
            let text = Arc::clone(&text);
            async move { update(tx, &caller, id, base, &text).await }.boxed()
        });
        let written = written.await?;
        Ok(Comment { order: written.order(id.0, written.value.order), ..written.value })
    }

    /// Deletes a comment and takes its text out of the log. Replies to it stay. Once more does nothing.
    ///
    /// # Errors
    /// 404, 403 for other people's comments (admins may).
    pub async fn delete_comment(&self, caller: &Caller, id: CommentId) -> Result<()> {
        let caller = *caller;
        self.write(move |tx| async move { delete(tx, &caller, id).await }.boxed()).await?;
        Ok(())
    }
}

async fn create(
    tx: &mut WriteTx,
    caller: &Caller,
    id: CommentId,
    post: PostId,
    parent: Option<CommentId>,
    text: &Text,
) -> Result<Comment> {
    places::take_turns(tx, post).await?;
    let place = places::post(tx, caller, post).await?.alive()?;
    if let Some(known) = known(tx, id).await? {
        return again(tx, caller, id, post, known).await;
    }
    let answered = match parent {
        Some(parent) => Some(answered(tx, caller, post, parent).await?),
        None => None,
    };
    // Replies have no replies: an answer to one stands beside it.
    let parent = answered.as_ref().map(|comment| comment.parent.unwrap_or(comment.id));
    let now = tx.now;
    execute!(
        tx,
        "INSERT INTO comments (id, post_id, workspace_id, parent_id, author_id, body, html, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        id.0,
        post.0,
        place.member.workspace.0,
        parent.map(|parent| parent.0),
        caller.user.0,
        &text.body,
        &text.html,
        now.0
    )?;
    let comments = count(tx, post, 1).await?;
    let comment = Comment {
        id,
        post,
        parent,
        author: authors::person(tx, caller.user).await?,
        body: text.body.clone(),
        html: text.html.clone(),
        at: now,
        order: 0,
        version: 1,
        edited_at: None,
        deleted: false,
        previews: Vec::new(),
        reactions: Vec::new(),
        mine: Vec::new(),
    };
    links::note(tx, ReactionTarget::Comment(id), place.member.workspace, &text.links).await?;
    tx.index(Document::comment((id, place.member.workspace, caller.user, now), &text.words));
    let event = EventKind::CommentCreated { comment: comment.clone(), comments };
    tx.append(place.member.topic(), Some(caller.user), Some(id.0), event);
    tell(tx, caller, &place, &comment, answered.as_ref(), text).await?;
    Ok(comment)
}

/// Tells everybody whom a new comment concerns, each once.
async fn tell(
    tx: &mut WriteTx,
    caller: &Caller,
    place: &PostPlace,
    comment: &Comment,
    answered: Option<&CommentPlace>,
    text: &Text,
) -> Result<()> {
    let (title,) = fetch_one!(tx, (String,), "SELECT title FROM posts WHERE id = $1", place.id.0)?;
    let mut replied_to = Vec::new();
    if let Some(answered) = answered {
        replied_to.push(answered.author);
        if let Some(first) = answered.parent {
            let author = fetch_one!(tx, (Uuid,), "SELECT author_id FROM comments WHERE id = $1", first.0)?;
            replied_to.push(protocol::UserId(author.0));
        }
    }
    let about = About {
        member: place.member,
        post: place.id,
        comment: Some(comment.id),
        title: &title,
        excerpt: &text.excerpt,
    };
    let told = Told { mentioned: text.mentioned(caller.user), replied_to, post_author: place.author };
    notifications::commented(tx, &about, &told).await
}

/// Author, post and whether it was deleted, of whatever has this id.
type Known = (Uuid, Uuid, bool);

async fn known(tx: &mut WriteTx, id: CommentId) -> Result<Option<Known>> {
    // An id names one thing only: the log is redacted by it.
    Ok(fetch_optional!(
        tx,
        Known,
        "SELECT author_id, post_id, deleted_at IS NOT NULL FROM comments WHERE id = $1
         UNION ALL SELECT author_id, id, FALSE FROM posts WHERE id = $1
         UNION ALL SELECT author_id, id, FALSE FROM messages WHERE id = $1",
        id.0
    )?)
}

/// The answer to a repeated `create`.
async fn again(
    tx: &mut WriteTx,
    caller: &Caller,
    id: CommentId,
    post: PostId,
    known: Known,
) -> Result<Comment> {
    let (author, known_post, deleted) = known;
    if author != caller.user.0 || known_post != post.0 {
        return Err(Error::taken("id", "This id is in use.").into());
    }
    if deleted {
        return Err(no_comment());
    }
    let row = rows::by_id(tx, id).await?;
    let row = row.ok_or_else(|| Error::taken("id", "This id is in use."))?;
    rows::complete_one(tx, row, caller.user).await
}

/// The comment that somebody answers: one of this post that was not deleted.
async fn answered(tx: &mut WriteTx, caller: &Caller, post: PostId, id: CommentId) -> Result<CommentPlace> {
    let place = places::comment(tx, caller, id).await?.alive()?;
    if place.post != post {
        return Err(no_comment());
    }
    Ok(place)
}

async fn update(tx: &mut WriteTx, caller: &Caller, id: CommentId, base: u32, text: &Text) -> Result<Comment> {
    places::take_turns_on_comment(tx, id).await?;
    let place = places::comment(tx, caller, id).await?.alive()?;
    if place.author != caller.user && place.member.role < Role::Admin {
        return Err(Error::forbidden("Only its author and admins can edit a comment.").into());
    }
    let row = rows::by_id(tx, id).await?.ok_or_else(no_comment)?;
    let current = row.current();
    let edit = Edit { base, title: None, body: Some(&text.body) };
    let changes = history::changes(tx, Versioned::Comment(id.0), &current, caller.user, &edit).await?;
    if changes == Changes::default() {
        return rows::complete_one(tx, row, caller.user).await;
    }
    history::record(tx, Versioned::Comment(id.0), &current, caller.user, "", &text.body).await?;
    execute!(
        tx,
        "UPDATE comments SET body = $2, html = $3, version = version + 1, edited_at = $4 WHERE id = $1",
        id.0,
        &text.body,
        &text.html,
        tx.now.0
    )?;
    links::note_again(tx, ReactionTarget::Comment(id), place.member.workspace, &text.links).await?;
    let row = rows::by_id(tx, id).await?.ok_or_else(no_comment)?;
    let comment = rows::complete_one(tx, row, caller.user).await?;
    let who = (id, place.member.workspace, comment.author.id, comment.at);
    tx.index(Document::comment(who, &text.words));
    let for_everybody = Comment { mine: Vec::new(), ..comment.clone() };
    tx.append(place.member.topic(), Some(caller.user), Some(id.0), EventKind::CommentUpdated(for_everybody));
    let told = text.newly_mentioned(caller.user, &current.body);
    if !told.is_empty() {
        let (title,) = fetch_one!(tx, (String,), "SELECT title FROM posts WHERE id = $1", place.post.0)?;
        let about = About {
            member: place.member,
            post: place.post,
            comment: Some(id),
            title: &title,
            excerpt: &text.excerpt,
        };
        notifications::mentioned(tx, &about, &told).await?;
    }
    Ok(comment)
}

async fn delete(tx: &mut WriteTx, caller: &Caller, id: CommentId) -> Result<()> {
    places::take_turns_on_comment(tx, id).await?;
    let place = places::comment(tx, caller, id).await?;
    if place.author != caller.user && place.member.role < Role::Admin {
        // Whoever could not have deleted it is told nothing about one that was.
        place.alive()?;
        return Err(Error::forbidden("Only its author and admins can delete a comment.").into());
    }
    if place.deleted {
        return Ok(());
    }
    redaction::comment(tx, id).await?;
    let comments = count(tx, place.post, -1).await?;
    let event = EventKind::CommentDeleted { id, post: place.post, comments };
    tx.append(place.member.topic(), Some(caller.user), Some(id.0), event);
    Ok(())
}

/// Counts a comment in or out, and returns how many the post has now.
async fn count(tx: &mut WriteTx, post: PostId, change: i64) -> Result<u32> {
    let (comments,) = fetch_one!(
        tx,
        (i64,),
        "UPDATE posts SET comments = comments + $2 WHERE id = $1 RETURNING comments",
        post.0,
        change
    )?;
    Ok(small(comments))
}
