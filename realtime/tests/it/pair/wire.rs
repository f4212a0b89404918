//! One socket: its server's side, what is on the way, and what was asked of the node.

use super::{Mistake, Pair};
use crate::naive::frames;
use crate::world::{Database, PAGE_EVENTS};
use protocol::presence::PresenceChoice;
use protocol::{ConnectionId, NodeId, Timestamp, Topic};
use realtime::connection::{Input, Output, PageRequest, Setup};
use realtime::topic::{Link, LiveTopic};
use realtime::{Bell, Connection, Patience};
use serde_json::Value;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::{Access, LogEvent, TopicHead};

/// Messages that a socket takes before it has to be flushed.
const MESSAGES_AT_ONCE: usize = 4;

/// To the client.
pub(super) enum Down {
    Opened,
    Text(String),
    Closed(u16),
}

/// To the server.
pub(super) enum Up {
    Text(String),
    Gone,
}

/// An answer of the node, from what was true when it was asked.
enum Answer {
    Linked(Vec<Topic>, Vec<Link>, Vec<TopicHead>),
    Refreshed(TopicHead),
    Page(PageRequest, Vec<Arc<LogEvent>>),
    Other(Input),
}

pub(super) struct Socket {
    server: Connection,
    bell: Arc<Bell>,
    /// The server's side is.
    pub(super) is_open: bool,
    /// Nothing gets through any more.
    pub(super) is_dead: bool,
    pub(super) down: VecDeque<(u64, Down)>,
    up: VecDeque<(u64, Up)>,
    answers: Vec<(u64, Answer)>,
    /// When the network has taken what was written.
    taken_at: Option<u64>,
    wait: Option<Instant>,
}

impl Socket {
    pub(super) fn dies(&mut self) {
        self.is_dead = true;
        self.down.clear();
        self.up.clear();
    }

    /// The client says something, after what it said before.
    pub(super) fn sends(&mut self, due: u64, up: Up) {
        if !self.is_dead {
            let due = self.up.back().map_or(due, |(last, _)| due.max(*last));
            self.up.push_back((due, up));
        }
    }

    fn brings(&mut self, due: u64, down: Down) {
        if !self.is_dead {
            let due = self.down.back().map_or(due, |(last, _)| due.max(*last));
            self.down.push_back((due, down));
        }
    }

    /// When its server has something to do.
    pub(super) fn next_due(&self, start: Instant) -> Option<u64> {
        if !self.is_open {
            return None;
        }
        let up = self.up.front().map(|(due, _)| *due);
        let answers = self.answers.iter().map(|(due, _)| *due).min();
        let wait = self.wait.map(|wait| milliseconds(wait.saturating_duration_since(start)));
        [up, answers, self.taken_at, wait].into_iter().flatten().min()
    }
}

/// Rounded up, so that what was waited for is due.
fn milliseconds(time: Duration) -> u64 {
    time.as_nanos().div_ceil(1_000_000) as u64
}

impl Pair {
    /// The client opens a socket.
    pub(super) fn connects(&mut self) {
        let setup = Setup {
            connection: ConnectionId::new(Timestamp(1)),
            node: NodeId::new(Timestamp(1)),
            user: self.database.user,
            program: None,
            patience: Patience::default(),
            jitter: [0.5, 0.5],
        };
        let mut socket = Socket {
            server: Connection::new(setup, self.at()),
            bell: Arc::default(),
            is_open: true,
            is_dead: self.now < self.dead_until,
            down: VecDeque::new(),
            up: VecDeque::new(),
            answers: Vec::new(),
            taken_at: None,
            wait: None,
        };
        let due = self.now + self.latency();
        socket.brings(due, Down::Opened);
        // One that nobody holds and whose server has let go is over.
        self.sockets.retain(|socket| socket.is_open);
        self.sockets.push(socket);
        self.held = Some(self.sockets.len() - 1);
    }

    /// The client drops its socket; its server hears of it later, if ever.
    pub(super) fn hangs_up(&mut self) {
        if let Some(held) = self.held.take() {
            let due = self.now + self.latency();
            self.sockets[held].sends(due, Up::Gone);
            self.sockets[held].down.clear();
        }
    }

    /// Everything that is due at the servers' ends. Whether there was anything.
    pub(super) fn servers_act(&mut self) -> bool {
        let mut did = false;
        for index in 0..self.sockets.len() {
            while let Some(input) = self.due_input(index) {
                did = true;
                let now = self.at();
                self.sockets[index].server.handle(input, now);
                self.pump(index);
            }
        }
        did
    }

    fn due_input(&mut self, index: usize) -> Option<Input> {
        let (now, at) = (self.now, self.at());
        let socket = &mut self.sockets[index];
        if !socket.is_open {
            return None;
        }
        if let Some((_, up)) = socket.up.pop_front_if(|(due, _)| *due <= now) {
            return match up {
                Up::Text(text) => Some(Input::Text(text.into_bytes().into())),
                Up::Gone => {
                    socket.is_open = false;
                    None
                }
            };
        }
        if let Some(answer) = socket.answers.iter().position(|(due, _)| *due <= now) {
            return Some(match socket.answers.remove(answer).1 {
                Answer::Linked(topics, links, heads) => {
                    for (link, head) in links.iter().zip(&heads) {
                        if link.live().extent().is_none() {
                            link.live().look(head, at);
                        }
                    }
                    Input::Linked(topics, Some(links))
                }
                Answer::Refreshed(head) => {
                    self.live[&head.topic].look(&head, at);
                    self.repair();
                    Input::Refreshed(head.topic, true)
                }
                Answer::Page(request, events) => Input::Page(request, Some(events)),
                Answer::Other(input) => input,
            });
        }
        if socket.taken_at.is_some_and(|taken| taken <= now) {
            socket.taken_at = None;
            return Some(Input::Taken);
        }
        if socket.bell.answer() {
            return Some(Input::Woken);
        }
        socket.wait.take_if(|wait| *wait <= at).map(|_| Input::Tick)
    }

    /// Writes what the server has for the socket, and asks what it wants to know.
    fn pump(&mut self, index: usize) {
        let now = self.at();
        let taken = (self.now + self.latency()).max(self.stalled_until);
        loop {
            let mut wrote = false;
            if self.sockets[index].taken_at.is_none() {
                for _ in 0..MESSAGES_AT_ONCE {
                    let Some(message) = self.sockets[index].server.message(now) else { break };
                    let text = String::from_utf8(message.text.to_vec()).expect("frames are text");
                    let due = self.now + self.latency();
                    self.sockets[index].brings(due, Down::Text(text));
                    wrote = true;
                }
                if wrote {
                    self.sockets[index].taken_at = Some(taken);
                }
            }
            loop {
                match self.sockets[index].server.poll() {
                    Output::Wait(until) => {
                        self.sockets[index].wait = until;
                        break;
                    }
                    Output::Close(code) => {
                        self.sockets[index].is_open = false;
                        let due = self.now + self.latency();
                        self.sockets[index].brings(due, Down::Closed(code.number()));
                        return;
                    }
                    output => self.ask(index, output),
                }
            }
            if !wrote {
                return;
            }
        }
    }

    fn ask(&mut self, index: usize, output: Output) {
        let Some(answer) = answer(&self.database, &mut self.live, &self.sockets[index].bell, output) else {
            return;
        };
        let due = self.now + self.latency();
        self.sockets[index].answers.push((due, answer));
    }

    /// What the client says, as it arrives: a mutant's frames are changed on the way.
    pub(super) fn client_says(&self, text: String) -> Option<String> {
        let mut frame: Value = serde_json::from_str(&text).expect("the client speaks JSON");
        match self.mistake {
            Some(Mistake::ForgetsPositions) => {
                frame.as_object_mut()?.remove("resume");
                frame.as_object_mut()?.remove("since");
            }
            Some(Mistake::NeverAsksAgain) if frame["type"] == "open" => return None,
            _ => return Some(text),
        }
        Some(frame.to_string())
    }

    /// What the server says, as it arrives.
    pub(super) fn server_says(&self, text: String) -> String {
        if self.mistake != Some(Mistake::HidesHeads) {
            return text;
        }
        let mut all = frames(text.as_bytes());
        for frame in all.iter_mut().filter(|frame| frame["type"] == "ping") {
            frame.as_object_mut().expect("frames are objects").remove("heads");
        }
        Value::Array(all).to_string()
    }
}

fn answer(
    database: &Database,
    live: &mut std::collections::HashMap<Topic, Arc<LiveTopic>>,
    bell: &Arc<Bell>,
    output: Output,
) -> Option<Answer> {
    Some(match output {
        Output::Link(topics) => {
            let known: Vec<Topic> =
                topics.iter().copied().filter(|topic| database.topics.contains(topic)).collect();
            let links = known.iter().map(|topic| {
                let live = live.entry(*topic).or_insert_with(|| LiveTopic::new(*topic));
                Link::new(live, bell)
            });
            let links = links.collect();
            Answer::Linked(topics, links, known.iter().map(|topic| database.head(*topic)).collect())
        }
        Output::Access => Answer::Other(Input::Access(Some(Access {
            active: true,
            topics: database.topics.clone(),
            expires_in: Duration::from_secs(30 * 24 * 3600),
            choice: PresenceChoice::default(),
        }))),
        Output::Check { topic, epoch } => {
            Answer::Other(Input::Checked { topic, epoch, may_read: Some(true) })
        }
        Output::Refresh(topic) => Answer::Refreshed(database.head(topic)),
        Output::Page(request) => {
            Answer::Page(request, database.read_after(request.topic, request.after, PAGE_EVENTS))
        }
        Output::MoveRead(..) => Answer::Other(Input::ReadMoved(Ok(()))),
        _ => return None,
    })
}
