//! A command on its way through the writer.

use super::WriteTx;
use crate::log::LogEvent;
use crate::{Error, Result};
use futures::future::BoxFuture;
use std::collections::HashMap;
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

/// A command whose result type is only known to its caller.
pub(crate) trait Job: Send {
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
pub(crate) fn job<T, F>(command: F) -> (Box<dyn Job>, oneshot::Receiver<Result<Written<T>>>)
where
    T: Send + 'static,
    F: for<'t> Fn(&'t mut WriteTx) -> BoxFuture<'t, Result<T>> + Send + Sync + 'static,
{
    let (answer, receiver) = oneshot::channel();
    (Box::new(Command { command, value: None, answer }), receiver)
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
