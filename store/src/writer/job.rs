//! A command on its way through the writer.

use super::WriteTx;
use crate::log::LogEvent;
use crate::{Error, Result};
use futures::future::BoxFuture;
use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::slice;
use std::sync::Arc;
use tokio::sync::oneshot;
use uuid::Uuid;

/// What a command returned, and what came of its events.
pub(crate) struct Written<T> {
    /// What the job returned.
    pub(crate) value: T,
    /// The events that it appended, in its order.
    #[cfg_attr(
        not(feature = "testing"),
        expect(dead_code, reason = "only the tests of the log look at them")
    )]
    pub(crate) events: Vec<Arc<LogEvent>>,
    orders: Arc<HashMap<Uuid, u64>>,
}

impl<T> Written<T> {
    /// The `order` of a post or comment: `stored`, or the number that it got in this very commit.
    pub(crate) fn order(&self, id: Uuid, stored: u64) -> u64 {
        self.orders.get(&id).copied().unwrap_or(stored)
    }
}

/// Where the caller waits for what a command returned.
pub(crate) type Answer<T> = oneshot::Receiver<Result<Written<T>>>;

/// Commands of a kind that come so often that a group begins all of them with the statements of one.
pub(crate) trait Together: Send + Sync + Sized + 'static {
    /// What is known of a command that was begun.
    type Begun: Send + 'static;
    /// What it returns.
    type Value: Send + 'static;

    /// Begins these commands, in their order; an answer for each. One that is refused must not have
    /// written anything.
    fn begin<'t>(
        tx: &'t mut WriteTx,
        commands: &'t [Arc<Self>],
    ) -> BoxFuture<'t, Result<Vec<Result<Self::Begun>>>>;

    /// Does what is left to do for one of them.
    fn finish<'t>(&'t self, tx: &'t mut WriteTx, begun: Self::Begun) -> BoxFuture<'t, Result<Self::Value>>;
}

/// A command whose result type is only known to its caller.
pub(crate) trait Job: Any + Send {
    /// Jobs of one kind can begin together.
    fn kind(&self) -> Option<TypeId> {
        None
    }
    /// Begins it and others of its kind; they run afterwards, each by itself.
    fn begin<'t>(
        &'t mut self,
        others: &'t mut [Box<dyn Job>],
        tx: &'t mut WriteTx,
    ) -> BoxFuture<'t, Result<()>> {
        let _ = (others, tx);
        Box::pin(async { Ok(()) })
    }
    /// What was begun was taken back.
    fn forget(&mut self) {}
    /// Runs it, perhaps not for the first time.
    fn run<'t>(&'t mut self, tx: &'t mut WriteTx) -> BoxFuture<'t, Result<()>>;
    /// Tells the caller that what the last run did is durable.
    fn answer(self: Box<Self>, events: Vec<Arc<LogEvent>>, orders: Arc<HashMap<Uuid, u64>>);
    /// Tells the caller why nothing was done.
    fn refuse(self: Box<Self>, error: Error);
}

struct Command<T, F> {
    command: F,
    value: Option<T>,
    answer: oneshot::Sender<Result<Written<T>>>,
}

/// Wraps a command and the way back to its caller.
pub(crate) fn job<T, F>(command: F) -> (Box<dyn Job>, Answer<T>)
where
    T: Send + 'static,
    F: for<'t> Fn(&'t mut WriteTx) -> BoxFuture<'t, Result<T>> + Send + Sync + 'static,
{
    let (answer, receiver) = oneshot::channel();
    (Box::new(Command { command, value: None, answer }), receiver)
}

/// A command that may begin with others.
struct OneOfMany<C: Together> {
    command: Arc<C>,
    begun: Option<Result<C::Begun>>,
    value: Option<C::Value>,
    answer: oneshot::Sender<Result<Written<C::Value>>>,
}

/// Wraps a command that may begin with others, and the way back to its caller.
pub(crate) fn one_of_many<C: Together>(command: C) -> (Box<dyn Job>, Answer<C::Value>) {
    let (answer, receiver) = oneshot::channel();
    (Box::new(OneOfMany { command: Arc::new(command), begun: None, value: None, answer }), receiver)
}

impl<C: Together> Job for OneOfMany<C> {
    fn kind(&self) -> Option<TypeId> {
        Some(TypeId::of::<C>())
    }

    fn begin<'t>(
        &'t mut self,
        others: &'t mut [Box<dyn Job>],
        tx: &'t mut WriteTx,
    ) -> BoxFuture<'t, Result<()>> {
        let others = others.iter_mut().filter_map(|job| {
            let job: &mut dyn Any = &mut **job;
            job.downcast_mut::<Self>()
        });
        let all: Vec<&mut Self> = std::iter::once(self).chain(others).collect();
        Box::pin(async move {
            let commands: Vec<Arc<C>> = all.iter().map(|job| Arc::clone(&job.command)).collect();
            let begun = C::begin(tx, &commands).await?;
            for (job, begun) in all.into_iter().zip(begun) {
                job.begun = Some(begun);
            }
            Ok(())
        })
    }

    fn forget(&mut self) {
        self.begun = None;
    }

    fn run<'t>(&'t mut self, tx: &'t mut WriteTx) -> BoxFuture<'t, Result<()>> {
        Box::pin(async move {
            let begun = match self.begun.take() {
                Some(begun) => begun,
                None => {
                    let alone = C::begin(tx, slice::from_ref(&self.command)).await?;
                    alone.into_iter().next().expect("each command is answered")
                }
            };
            let begun = begun?;
            // If it fails from here on, what it wrote in the beginning has to be taken back.
            tx.has_written();
            self.value = Some(self.command.finish(tx, begun).await?);
            Ok(())
        })
    }

    fn answer(self: Box<Self>, events: Vec<Arc<LogEvent>>, orders: Arc<HashMap<Uuid, u64>>) {
        let value = self.value.expect("only a job that ran is answered");
        // The caller may have gone away; the command is done nevertheless.
        let _ = self.answer.send(Ok(Written { value, events, orders }));
    }

    fn refuse(self: Box<Self>, error: Error) {
        let _ = self.answer.send(Err(error));
    }
}

impl<T, F> Job for Command<T, F>
where
    T: Send + 'static,
    F: for<'t> Fn(&'t mut WriteTx) -> BoxFuture<'t, Result<T>> + Send + Sync + 'static,
{
    fn run<'t>(&'t mut self, tx: &'t mut WriteTx) -> BoxFuture<'t, Result<()>> {
        let running = (self.command)(tx);
        let value = &mut self.value;
        Box::pin(async move {
            *value = Some(running.await?);
            Ok(())
        })
    }

    fn answer(self: Box<Self>, events: Vec<Arc<LogEvent>>, orders: Arc<HashMap<Uuid, u64>>) {
        let value = self.value.expect("only a job that ran is answered");
        // The caller may have gone away; the command is done nevertheless.
        let _ = self.answer.send(Ok(Written { value, events, orders }));
    }

    fn refuse(self: Box<Self>, error: Error) {
        let _ = self.answer.send(Err(error));
    }
}
