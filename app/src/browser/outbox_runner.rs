//! Sends the outbox. All tabs of a browser share it through IndexedDB; the one that holds the
//! lock sends. What it hears from the server it tells the others, so that their rows do not
//! flicker between the answer and its event.

use super::{clock, storage};
use crate::api::comments::{create_comment, delete_comment};
use crate::api::messages::{delete_message, send_message};
use crate::api::posts::{create_post, delete_post};
use crate::api::reactions::{add_reaction, remove_reaction};
use crate::live::{Answer, EntryId, Keep, Live, OutboxCommand};
use idb::Database;
use js_sys::{Function, Promise, Reflect};
use leptos::task::spawn_local;
use protocol::Error;
use serde::{Deserialize, Serialize};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{BroadcastChannel, MessageEvent};

/// The name of the lock and of the channel.
const NAME: &str = "hubbub-outbox";

pub(super) struct OutboxRunner {
    live: Live,
    database: RefCell<Option<Rc<Database>>>,
    jobs: RefCell<VecDeque<Job>>,
    working: Cell<bool>,
    sends: Cell<bool>,
    sending: Cell<bool>,
    stopped: Cell<bool>,
    channel: Option<BroadcastChannel>,
    /// Ends the promise that holds the lock.
    release: RefCell<Option<Function>>,
    heard: RefCell<Option<Listener>>,
}

type Listener = Closure<dyn FnMut(MessageEvent)>;

/// Work on the storage, one after the other.
#[derive(Debug)]
enum Job {
    Keep(Keep),
    /// Read what all tabs have kept.
    Read,
}

/// What tabs tell each other.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Message {
    /// The storage is another.
    Changed,
    /// The server answered.
    Done { entry: EntryId, answer: Answer },
}

impl OutboxRunner {
    pub(super) fn start(live: Live) -> Rc<Self> {
        let runner = Rc::new(Self {
            live,
            database: RefCell::new(None),
            jobs: RefCell::new(VecDeque::new()),
            // Until the storage is open, or known to be refused.
            working: Cell::new(true),
            sends: Cell::new(false),
            sending: Cell::new(false),
            stopped: Cell::new(false),
            channel: BroadcastChannel::new(NAME).ok(),
            release: RefCell::new(None),
            heard: RefCell::new(None),
        });
        runner.listen();
        let opening = runner.clone();
        spawn_local(async move {
            match storage::open().await {
                Ok(database) => {
                    *opening.database.borrow_mut() = Some(Rc::new(database));
                    opening.jobs.borrow_mut().push_back(Job::Read);
                }
                // No memory: the outbox lives as long as its tab.
                Err(_) => opening.jobs.borrow_mut().clear(),
            }
            opening.working.set(false);
            opening.work();
            opening.ask_to_send();
        });
        runner
    }

    /// Stops. Whatever is on its way is asked for again by the next tab.
    pub(super) fn stop(&self) {
        self.stopped.set(true);
        if let Some(release) = self.release.borrow_mut().take() {
            let _ = release.call0(&JsValue::UNDEFINED);
        }
        if let Some(channel) = &self.channel {
            channel.set_onmessage(None);
            channel.close();
        }
        self.heard.borrow_mut().take();
    }

    fn listen(self: &Rc<Self>) {
        let Some(channel) = &self.channel else { return };
        let listening = Rc::downgrade(self);
        let heard = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            let text = event.data().as_string().unwrap_or_default();
            if let (Some(runner), Ok(message)) = (listening.upgrade(), serde_json::from_str(&text)) {
                runner.hear(message);
            }
        });
        channel.set_onmessage(Some(heard.as_ref().unchecked_ref()));
        *self.heard.borrow_mut() = Some(heard);
    }

    fn hear(self: &Rc<Self>, message: Message) {
        match message {
            Message::Changed => {
                self.jobs.borrow_mut().push_back(Job::Read);
                self.work();
            }
            Message::Done { entry, answer } => self.live.done(entry, answer),
        }
    }

    fn tell(&self, message: &Message) {
        let text = serde_json::to_string(message).expect("a message is plain data");
        if let Some(channel) = &self.channel {
            // A channel that is closed has nobody to tell.
            let _ = channel.post_message(&JsValue::from_str(&text));
        }
    }

    /// Asks to be the tab that sends. Without locks every tab sends: the ids make it harmless.
    fn ask_to_send(self: &Rc<Self>) {
        let asking = self.clone();
        let granted = Closure::once_into_js(move |_lock: JsValue| {
            asking.begin_to_send();
            let holding = asking.clone();
            // The lock is held until this promise ends, or the tab does.
            Promise::new(&mut |end, _| *holding.release.borrow_mut() = Some(end))
        });
        if request_lock(&granted).is_none() {
            self.begin_to_send();
        }
    }

    fn begin_to_send(self: &Rc<Self>) {
        if self.stopped.get() {
            return;
        }
        self.sends.set(true);
        self.run();
    }

    /// Keeps what changed, after everything before it.
    pub(super) fn keep(self: &Rc<Self>, keep: Vec<Keep>) {
        if keep.is_empty() {
            return;
        }
        self.jobs.borrow_mut().extend(keep.into_iter().map(Job::Keep));
        self.work();
    }

    fn work(self: &Rc<Self>) {
        if self.working.replace(true) {
            return;
        }
        let runner = self.clone();
        spawn_local(async move {
            let mut changed = false;
            loop {
                let job = runner.jobs.borrow_mut().pop_front();
                let database = runner.database.borrow().clone();
                let (Some(job), Some(database)) = (job, database) else { break };
                match job {
                    Job::Keep(keep) => {
                        runner.write(&database, keep).await;
                        changed = true;
                    }
                    Job::Read => runner.read(&database).await,
                }
            }
            runner.working.set(false);
            if changed {
                runner.tell(&Message::Changed);
            }
        });
    }

    async fn write(&self, database: &Database, keep: Keep) {
        match keep {
            Keep::Put(entry) => {
                if storage::put(database, &entry).await.is_ok() {
                    self.live.change(|state| state.stored(entry.id));
                }
            }
            Keep::Remove(id) => {
                // If it stays, it is sent once more some day, which changes nothing.
                let _ = storage::remove(database, id).await;
            }
        }
    }

    async fn read(self: &Rc<Self>, database: &Database) {
        let Ok(mut stored) = storage::all(database).await else { return };
        for job in self.jobs.borrow().iter() {
            if let Job::Keep(Keep::Remove(id)) = job {
                stored.retain(|entry| entry.id != *id);
            }
        }
        self.live.change(|state| state.sync_outbox(stored));
    }

    /// Sends what is due, one after the other, if this is the tab to do it.
    pub(super) fn run(self: &Rc<Self>) {
        if !self.sends.get() || self.stopped.get() || self.sending.get() {
            return;
        }
        let Some(first) = self.next() else { return };
        self.sending.set(true);
        let runner = self.clone();
        spawn_local(async move {
            let mut next = Some(first);
            while let Some((entry, command)) = next {
                match send(command).await {
                    Ok(answer) => {
                        runner.live.done(entry, answer.clone());
                        runner.tell(&Message::Done { entry, answer });
                    }
                    Err(error) => runner.live.change(|state| state.refused(entry, &error, clock::now())),
                }
                next = if runner.stopped.get() { None } else { runner.next() };
            }
            runner.sending.set(false);
        });
    }

    fn next(&self) -> Option<(EntryId, OutboxCommand)> {
        let mut next = None;
        self.live.change(|state| match state.next_to_send(clock::now()) {
            Some((entry, changes)) => {
                next = Some((entry.id, entry.command));
                changes
            }
            None => Default::default(),
        });
        next
    }
}

async fn send(command: OutboxCommand) -> Result<Answer, Error> {
    let answer = match command {
        OutboxCommand::CreatePost(new) => create_post(new).await.map(|post| Answer::Post(Box::new(post))),
        OutboxCommand::CreateComment(new) => {
            create_comment(new).await.map(|comment| Answer::Comment(Box::new(comment)))
        }
        OutboxCommand::SendMessage(new) => {
            send_message(new).await.map(|message| Answer::Message(Box::new(message)))
        }
        OutboxCommand::DeleteMessage(id) => delete_message(id).await.map(|_| Answer::Done),
        OutboxCommand::AddReaction(reaction) => add_reaction(reaction).await.map(|_| Answer::Done),
        OutboxCommand::RemoveReaction(reaction) => remove_reaction(reaction).await.map(|_| Answer::Done),
        OutboxCommand::DeletePost(id) => delete_post(id).await.map(|_| Answer::Done),
        OutboxCommand::DeleteComment(id) => delete_comment(id).await.map(|_| Answer::Done),
    };
    answer.map_err(|error| error.0)
}

/// `navigator.locks.request(NAME, granted)`: not in `web-sys` without its unstable flag, and not
/// in browsers that came here without https.
fn request_lock(granted: &JsValue) -> Option<()> {
    let navigator = web_sys::window()?.navigator();
    let locks = Reflect::get(&navigator, &JsValue::from_str("locks")).ok()?;
    let request = Reflect::get(&locks, &JsValue::from_str("request")).ok()?.dyn_into::<Function>().ok()?;
    request.call2(&locks, &JsValue::from_str(NAME), granted).ok()?;
    Some(())
}
