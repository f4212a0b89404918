//! What the page wants, and what of it must be said again on a new socket.

use super::{Connection, State};
use crate::Intent;
use crate::clock::Tick;
use protocol::ephemeral::TypingPlace;
use protocol::frame::ClientFrame;
use protocol::{Position, Topic, limits};
use std::collections::BTreeMap;

/// What the server must know of the person, beside the positions.
#[derive(Debug, Default)]
pub(super) struct Wishes {
    /// What is looked at, and the workspace around it.
    focus: (Option<Topic>, Option<Topic>),
    /// The window is not used.
    idle: bool,
    /// What `hello` said of that.
    told_idle: bool,
    typing: Option<Typing>,
    /// Read up to here, until the person's own log says so.
    reads: BTreeMap<Topic, u64>,
}

/// The server was told that the person writes here.
#[derive(Clone, Copy, Debug)]
struct Typing {
    topic: Topic,
    place: TypingPlace,
    told_at: Tick,
}

impl Wishes {
    /// Typing is of this moment; it is not said again on another socket.
    pub(super) fn forget_typing(&mut self) {
        self.typing = None;
    }

    /// What the next `hello` says of the window.
    pub(super) fn tell_idle(&mut self) -> bool {
        self.told_idle = self.idle;
        self.idle
    }

    /// The log has it.
    pub(super) fn read_is_kept(&mut self, topic: Topic, seq: u64) {
        if self.reads.get(&topic).is_some_and(|wanted| *wanted <= seq) {
            self.reads.remove(&topic);
        }
    }
}

impl Connection {
    pub(super) fn wish(&mut self, intent: Intent) {
        match intent {
            Intent::SetPosition { topic, position } => {
                if self.positions.set(topic, position) {
                    self.open(topic, Some(position));
                }
            }
            Intent::Open { topic } => {
                if self.positions.want(topic) {
                    self.open(topic, None);
                }
            }
            Intent::Close { topic } => {
                self.positions.forget(topic);
                self.say_if_live(&ClientFrame::Close { topic });
            }
            Intent::Focus { topic, within } => {
                if self.wishes.focus != (topic, within) {
                    self.wishes.focus = (topic, within);
                    self.say_if_live(&ClientFrame::Focus { topic, within });
                }
            }
            Intent::Idle { on } => {
                if self.wishes.idle != on {
                    self.wishes.idle = on;
                    self.say_if_live(&ClientFrame::Idle { on });
                }
            }
            Intent::Typing { topic, place, on: true } => self.types(topic, place),
            Intent::Typing { place, on: false, .. } => {
                if self.wishes.typing.is_some_and(|typing| typing.place == place) {
                    self.stops_typing();
                }
            }
            Intent::Read { topic, seq } => {
                let known = self.wishes.reads.get(&topic).copied();
                if known.is_none_or(|known| known < seq) {
                    self.wishes.reads.insert(topic, seq);
                    self.say_if_live(&ClientFrame::Read { topic, seq });
                }
            }
        }
    }

    /// Asks for a topic from a position, or from its head. Without a socket `hello` will do it.
    pub(super) fn open(&mut self, topic: Topic, since: Option<Position>) {
        if matches!(self.state, State::Live(_)) {
            self.positions.ask(topic);
            self.say(&ClientFrame::Open { topic, since });
        }
    }

    /// After `welcome`: what `hello` does not carry.
    pub(super) fn say_wishes(&mut self) {
        for (topic, since) in self.positions.unasked() {
            self.say(&ClientFrame::Open { topic, since });
        }
        if let (Some(topic), within) = self.wishes.focus {
            self.say(&ClientFrame::Focus { topic: Some(topic), within });
        }
        if self.wishes.idle != self.wishes.told_idle {
            self.say(&ClientFrame::Idle { on: self.wishes.idle });
        }
        for (topic, seq) in self.wishes.reads.clone() {
            self.say(&ClientFrame::Read { topic, seq });
        }
    }

    fn types(&mut self, topic: Topic, place: TypingPlace) {
        let now = self.clock.now();
        if let Some(typing) = self.wishes.typing {
            if typing.place == place && now.since(typing.told_at) < limits::TYPING_AGAIN_AFTER {
                return;
            }
            if typing.place != place {
                self.stops_typing();
            }
        }
        if matches!(self.state, State::Live(_)) {
            self.wishes.typing = Some(Typing { topic, place, told_at: now });
            self.say(&ClientFrame::Typing { topic, place, on: true });
        }
    }

    fn stops_typing(&mut self) {
        if let Some(Typing { topic, place, .. }) = self.wishes.typing.take() {
            self.say_if_live(&ClientFrame::Typing { topic, place, on: false });
        }
    }

    fn say_if_live(&mut self, frame: &ClientFrame) {
        if matches!(self.state, State::Live(_)) {
            self.say(frame);
        }
    }
}
