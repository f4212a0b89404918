//! Messages: how many a second are taken and kept, into one room and into many, and how soon the others in
//! the room see them. On one server, or on two with a Redis between them.

mod pace;
mod seen;

use crate::measure::Delays;
use crate::report::Section;
use crate::scenario::Options;
use crate::servers::Servers;
use crate::site::{Community, Person};
use crate::{Result, say};
use futures::{StreamExt, TryStreamExt, stream};
use pace::{Sent, Target};
use protocol::account::Me;
use protocol::conversation::{ConversationKind, ConversationState, NewConversation};
use protocol::message::{Message, NewMessage};
use protocol::{ConversationId, MessageId, Timestamp, UserId};
use std::sync::Arc;

/// People in each of the many rooms.
const PEOPLE_IN_A_ROOM: usize = 10;
/// A lively hour in a room of everybody …
const CALM_PER_SECOND: f64 = 20.0;
/// … and in a busy company.
const BUSY_PER_SECOND: f64 = 200.0;
const AT_ONCE: usize = 16;
/// A text of the usual size: with it an event is about a kilobyte.
const WORDS: &str = "The numbers of last week are in. Thanks to everybody who helped to get them there; the next \
                     step is to look at what the second group says, and to write it down by Friday.";

/// A room, and who writes there.
#[derive(Clone, Debug)]
struct Room {
    id: ConversationId,
    /// The place of its writer among the people.
    writer: usize,
    /// Those of its people who listen, by their place.
    listeners: Vec<usize>,
}

pub(crate) async fn run(options: &Options) -> Result<Section> {
    let servers = Servers::start(options).await?;
    let count = options.subscribers.max(options.writers).max(PEOPLE_IN_A_ROOM);
    let mut community = Community::found(servers.first(), count).await?;
    for (number, person) in community.people.iter_mut().enumerate() {
        *person = person.at(&servers.of(number).base());
    }
    let people: Arc<[Person]> = community.people.clone().into();
    let hot = general(&people[0], &community).await?;
    let rooms = begin(&people, &community, options).await?;
    say(&format!("{count} people and {} rooms are there", rooms.len()));

    // Everybody writes into the hot room; each room of many has its own writer.
    let into_hot: Vec<Target> =
        (0..options.writers).map(|writer| Target { writer, rooms: vec![hot] }).collect();
    let into_many: Vec<Target> = (0..options.writers)
        .map(|writer| Target {
            writer,
            rooms: rooms.iter().filter(|room| room.writer == writer).map(|room| room.id).collect(),
        })
        .collect();
    let note = format!(
        "{} people each send one message after the other through `messages.send` over HTTP, for {} s: into one room of \
         {count}, then into {} rooms of {PEOPLE_IN_A_ROOM}; then again at half of that rate, by the clock, where waiting \
         for one's turn counts. Nobody listens; the numbers of all answered messages follow one another without a gap. \
         Then {} people listen, each on one socket, and delays are from before the request to the text on the socket; \
         each of them got each message once. {}.",
        options.writers,
        options.seconds,
        rooms.len(),
        options.subscribers,
        servers.described(),
    );
    let mut section = Section::new("Messages", note);
    for (what, targets) in
        [("into one room".to_owned(), &into_hot), (format!("into {} rooms", rooms.len()), &into_many)]
    {
        let full = pace::as_fast_as_possible(&servers, &people, targets, options.seconds).await?;
        let half =
            pace::by_the_clock(&servers, &people, targets, full.per_second / 2.0, options.seconds).await?;
        for (rate, sent) in [("full rate", full), ("half of it", half)] {
            add(&mut section, &format!("{what}, {rate}"), &sent);
        }
    }

    let listeners = &people[..options.subscribers];
    let in_rooms: usize = rooms.iter().map(|room| room.listeners.len()).sum();
    let heard = seen::Heard::listen(&servers, listeners, (listeners.len() + in_rooms) as u64).await?;
    let everybody: Vec<usize> = (0..listeners.len()).collect();
    let in_hot = [Room { id: hot, writer: 0, listeners: everybody }];
    for (what, rooms, per_second) in [
        (
            format!("{} people in one room, {CALM_PER_SECOND} messages/s", listeners.len()),
            &in_hot[..],
            CALM_PER_SECOND,
        ),
        (format!("{} rooms, {BUSY_PER_SECOND} messages/s", rooms.len()), &rooms[..], BUSY_PER_SECOND),
    ] {
        let (delays, deliveries) = heard.measure(&people, rooms, per_second, options.seconds).await?;
        section.row(
            format!("send to seen, {what}, p50 / p99"),
            format!("{delays} ms ({deliveries} deliveries)"),
        );
    }
    section.row("messages lost or doubled", "0");
    Ok(section)
}

fn add(section: &mut Section, what: &str, sent: &Sent) {
    section.row(format!("messages per second, {what}"), format!("{:.0}", sent.per_second));
    section.row(format!("… request to answer, {what}, p50 / p99"), format!("{} ms", sent.delays));
    section.row(format!("… CPU of the servers per 1,000, {what}"), format!("{:.2} s", sent.cpu_per_thousand));
}

/// The room that everybody is in.
async fn general(by: &Person, community: &Community) -> Result<ConversationId> {
    let workspace = serde_json::json!({ "workspace": community.workspace.id });
    let states: Vec<ConversationState> = by.call("conversations.list", &workspace).await?;
    let room = states.into_iter().find(|state| state.conversation.is_default);
    Ok(room.ok_or("there is no room for everybody")?.conversation.id)
}

/// Many rooms, each begun by one of the writers with some others.
async fn begin(people: &Arc<[Person]>, community: &Community, options: &Options) -> Result<Vec<Room>> {
    let ids: Vec<UserId> = stream::iter(people.iter())
        .map(|person| async move {
            let me: Me = person.call("account.get", &serde_json::json!({})).await?;
            crate::Result::Ok(me.person.id)
        })
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    let (ids, workspace) = (&ids, community.workspace.id);
    stream::iter(0..options.rooms)
        .map(|number| async move {
            let writer = number % options.writers;
            // Steps that differ from room to room, so that people meet others in each.
            let step = 1 + number / options.writers % 7;
            let others = (1..PEOPLE_IN_A_ROOM).map(|other| (writer + other * step) % ids.len());
            let mut members: Vec<usize> = others.filter(|other| *other != writer).collect();
            members.sort_unstable();
            members.dedup();
            let new = NewConversation {
                id: ConversationId::new(Timestamp::now()),
                workspace,
                kind: ConversationKind::Room,
                name: format!("room-{number}"),
                topic_line: String::new(),
                members: members.iter().map(|member| ids[*member]).collect(),
            };
            let state: ConversationState = people[writer].call("conversations.create", &new).await?;
            let listeners = members.into_iter().chain([writer]).filter(|one| *one < options.subscribers);
            crate::Result::Ok(Room { id: state.conversation.id, writer, listeners: listeners.collect() })
        })
        .buffered(AT_ONCE)
        .try_collect()
        .await
}

/// Sends a message; its number in the room.
async fn send(by: &Person, to: ConversationId, number: usize) -> Result<u64> {
    let new = NewMessage {
        id: MessageId::new(Timestamp::now()),
        conversation: to,
        thread: None,
        in_room: false,
        body: format!("{} {WORDS}", seen::mark(number)),
        attachments: Vec::new(),
    };
    let sent: Message = by.call("messages.send", &new).await?;
    Ok(sent.order)
}

/// Delays of several who worked side by side.
fn together(all: &[Delays]) -> Delays {
    let mut together = Delays::new();
    all.iter().for_each(|delays| together.merge(delays));
    together
}
