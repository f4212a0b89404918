//! Reactions: set or removed, never toggled, so that a repeat changes nothing.

use crate::access::{self, Member, MessagePlace};
use crate::authors::{Author, author_columns};
use crate::db::{Tx, execute, fetch_all, fetch_one, fetch_optional};
use crate::writer::WriteTx;
use crate::{Caller, Result, Store, notifications, places};
use futures::FutureExt;
use protocol::event::{EventKind, ReactionChange};
use protocol::reaction::{Reaction, ReactionCount, ReactionTarget};
use protocol::{CommentId, Error, Person, PostId, Topic, UserId, limits};
use std::collections::HashMap;

impl Store {
    /// Sets the caller's reaction. One that is set already stays.
    ///
    /// # Errors
    /// 404 outside the workspace, 422 for what is no emoji or one kind too many.
    pub async fn add_reaction(&self, caller: &Caller, reaction: Reaction) -> Result<()> {
        reaction.validate()?;
        if emojis::get(&reaction.emoji).is_none() {
            return Err(Error::invalid("emoji", "This is not an emoji.").into());
        }
        let caller = *caller;
        self.write(move |tx| {
            let reaction = reaction.clone();
            async move { add(tx, &caller, reaction).await }.boxed()
        })
        .await?;
        Ok(())
    }

    /// Removes the caller's reaction, if it is there.
    ///
    /// # Errors
    /// 404 outside the workspace.
    pub async fn remove_reaction(&self, caller: &Caller, reaction: Reaction) -> Result<()> {
        reaction.validate()?;
        let caller = *caller;
        self.write(move |tx| {
            let reaction = reaction.clone();
            async move { remove(tx, &caller, reaction).await }.boxed()
        })
        .await?;
        Ok(())
    }

    /// Who chose an emoji, the first one first, at most [`limits::PEOPLE_PAGE_ROWS`].
    ///
    /// # Errors
    /// 404 outside the workspace.
    pub async fn reactors(
        &self,
        caller: &Caller,
        target: ReactionTarget,
        emoji: String,
    ) -> Result<Vec<Person>> {
        let caller = *caller;
        self.read(move |tx| {
            async move {
                carrier(tx, &caller, target).await?;
                let rows = fetch_all!(
                    tx,
                    Author,
                    concat!(
                        "SELECT ",
                        author_columns!(),
                        " FROM reactions r JOIN users u ON u.id = r.user_id
                          WHERE r.target = $1 AND r.emoji = $2 ORDER BY r.at, u.id LIMIT $3"
                    ),
                    target.to_string(),
                    &emoji,
                    limits::PEOPLE_PAGE_ROWS as i64
                )?;
                Ok(rows.into_iter().map(Person::from).collect())
            }
            .boxed()
        })
        .await
    }
}

/// The reactions of one target, and which of them are the viewer's.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reactions {
    pub(crate) all: Vec<ReactionCount>,
    pub(crate) mine: Vec<String>,
}

#[derive(sqlx::FromRow)]
struct CountRow {
    target: String,
    emoji: String,
    count: i64,
    mine: i64,
}

/// The reactions of a page of targets, in one query. Targets without any are missing.
pub(crate) async fn of(
    tx: &mut Tx,
    targets: impl IntoIterator<Item = ReactionTarget>,
    viewer: UserId,
) -> Result<HashMap<String, Reactions>> {
    let targets: Vec<String> = targets.into_iter().map(|target| target.to_string()).collect();
    let mut reactions: HashMap<String, Reactions> = HashMap::new();
    let rows = fetch_all!(
        tx,
        CountRow,
        texts = targets,
        "SELECT target, emoji, COUNT(*) AS count, MIN(place) AS first_place,
             CAST(MAX(CASE WHEN user_id = $2 THEN 1 ELSE 0 END) AS BIGINT) AS mine
         FROM reactions WHERE target IN (SELECT text FROM texts)
         GROUP BY target, emoji ORDER BY first_place, emoji",
        viewer.0
    )?;
    for row in rows {
        let of_target = reactions.entry(row.target).or_default();
        if row.mine != 0 {
            of_target.mine.push(row.emoji.clone());
        }
        let count = u32::try_from(row.count).unwrap_or(u32::MAX);
        of_target.all.push(ReactionCount { emoji: row.emoji, count });
    }
    Ok(reactions)
}

/// Something that shows its reactions.
pub(crate) trait Reacted {
    fn target(&self) -> ReactionTarget;
    /// Everybody's, and which are the viewer's.
    fn show(&mut self, reactions: Reactions);
}

/// Adds everybody's reactions, and which are the viewer's, in one query for all rows. A row may stand
/// among them twice, as a pinned post does.
pub(crate) async fn add_to<T: Reacted>(tx: &mut Tx, rows: &mut [T], viewer: UserId) -> Result<()> {
    let reactions = of(tx, rows.iter().map(T::target), viewer).await?;
    for row in rows {
        if let Some(of_row) = reactions.get(&row.target().to_string()) {
            row.show(of_row.clone());
        }
    }
    Ok(())
}

/// What carries a reaction, or shows what it links.
pub(crate) enum Carrier {
    /// A post or a comment.
    Feed {
        member: Member,
        post: PostId,
        comment: Option<CommentId>,
        author: UserId,
    },
    Message(MessagePlace),
}

impl Carrier {
    pub(crate) fn topic(&self) -> Topic {
        match self {
            Self::Feed { member, .. } => member.topic(),
            Self::Message(place) => place.reader.topic(),
        }
    }

    pub(crate) fn post(&self) -> Option<PostId> {
        match self {
            Self::Feed { post, .. } => Some(*post),
            Self::Message(_) => None,
        }
    }
}

/// What stands under a target, if it stands and the caller may read it.
pub(crate) async fn carrier(tx: &mut Tx, caller: &Caller, target: ReactionTarget) -> Result<Carrier> {
    Ok(match target {
        ReactionTarget::Post(id) => {
            let place = places::post(tx, caller, id).await?.alive()?;
            Carrier::Feed { member: place.member, post: id, comment: None, author: place.author }
        }
        ReactionTarget::Comment(id) => {
            let place = places::comment(tx, caller, id).await?.alive()?;
            let (member, post, author) = (place.member, place.post, place.author);
            Carrier::Feed { member, post, comment: Some(id), author }
        }
        ReactionTarget::Message(id) => {
            Carrier::Message(access::message(tx, caller, id).await?.alive()?.text()?)
        }
    })
}

/// What carries the reaction, if the caller may react there: in a conversation those who may write.
async fn changed(tx: &mut WriteTx, caller: &Caller, target: ReactionTarget) -> Result<Carrier> {
    places::take_turns_on(tx, target).await?;
    let carrier = carrier(tx, caller, target).await?;
    if let Carrier::Message(place) = &carrier {
        place.reader.clone().participant()?.speaker()?;
    }
    Ok(carrier)
}

async fn add(tx: &mut WriteTx, caller: &Caller, reaction: Reaction) -> Result<()> {
    let carrier = changed(tx, caller, reaction.target).await?;
    let target = reaction.target.to_string();
    let place = place_of(tx, &target, &reaction.emoji).await?;
    let added = execute!(
        tx,
        "INSERT INTO reactions (target, emoji, user_id, place, at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (target, emoji, user_id) DO NOTHING",
        &target,
        &reaction.emoji,
        caller.user.0,
        place,
        tx.now.0
    )?;
    if added == 0 {
        return Ok(());
    }
    announce(tx, caller, &carrier, &reaction, EventKind::ReactionAdded).await?;
    match &carrier {
        Carrier::Feed { member, post, comment, author } => {
            notifications::reacted(tx, member, *author, *post, *comment, &reaction).await
        }
        Carrier::Message(place) => notifications::messages::reacted(tx, place, &reaction).await,
    }
}

async fn remove(tx: &mut WriteTx, caller: &Caller, reaction: Reaction) -> Result<()> {
    let carrier = changed(tx, caller, reaction.target).await?;
    let removed = execute!(
        tx,
        "DELETE FROM reactions WHERE target = $1 AND emoji = $2 AND user_id = $3",
        reaction.target.to_string(),
        &reaction.emoji,
        caller.user.0
    )?;
    if removed == 0 {
        return Ok(());
    }
    announce(tx, caller, &carrier, &reaction, EventKind::ReactionRemoved).await
}

/// The place of an emoji on a target: the one that it has, or the next.
async fn place_of(tx: &mut Tx, target: &str, emoji: &str) -> Result<i64> {
    let known = fetch_optional!(
        tx,
        (i64,),
        "SELECT place FROM reactions WHERE target = $1 AND emoji = $2 LIMIT 1",
        target,
        emoji
    )?;
    if let Some((place,)) = known {
        return Ok(place);
    }
    let (kinds, next) = fetch_one!(
        tx,
        (i64, i64),
        "SELECT COUNT(DISTINCT emoji), COALESCE(MAX(place) + 1, 0) FROM reactions WHERE target = $1",
        target
    )?;
    if limits::REACTION_KINDS_MAX as i64 <= kinds {
        let message =
            format!("At most {} different emoji; choose one that is there.", limits::REACTION_KINDS_MAX);
        return Err(Error::invalid("emoji", message).into());
    }
    Ok(next)
}

async fn announce(
    tx: &mut WriteTx,
    caller: &Caller,
    carrier: &Carrier,
    reaction: &Reaction,
    kind: impl FnOnce(ReactionChange) -> EventKind,
) -> Result<()> {
    let reactions = of(tx, [reaction.target], caller.user).await?;
    let change = ReactionChange {
        target: reaction.target,
        post: carrier.post(),
        user: caller.user,
        emoji: reaction.emoji.clone(),
        reactions: reactions.into_values().next().unwrap_or_default().all,
    };
    tx.append(carrier.topic(), Some(caller.user), Some(reaction.target.entity()), kind(change));
    Ok(())
}
