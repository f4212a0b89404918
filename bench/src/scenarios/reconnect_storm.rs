//! The server is killed and started again; everybody comes back at once and misses nothing.

use crate::measure::Delays;
use crate::report::Section;
use crate::scenario::Options;
use crate::server::Server;
use crate::site::Community;
use crate::subscribers::title;
use crate::{Result, process};
use client::transport::native;
use client::{Handle, Output, Settings, Status};
use protocol::Topic;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout_at};

/// Posts written while everybody comes back.
const POSTS: usize = 50;
/// Between two of them.
const PAUSE: Duration = Duration::from_millis(100);
/// The target is half a minute; after this the run is broken.
const BACK_WITHIN: Duration = Duration::from_secs(120);
/// Connections begun at once while building up, below what the server takes per second.
const BEGIN_AT_ONCE: usize = 25;
const BEGIN_EVERY: Duration = Duration::from_millis(100);

/// What one client tells the scenario.
enum News {
    Live,
    /// It has all posts.
    Complete,
    /// It got another number of events than there were.
    Wrong(String),
}

pub(crate) async fn run(options: &Options) -> Result<Section> {
    let sockets = options.storm_sockets;
    let mut server = Server::start(options).await?;
    let community = Community::found(&server, Community::people_for(sockets)).await?;
    let (news, mut told) = mpsc::channel(sockets.max(1));
    let mut clients = JoinSet::new();
    for number in 0..sockets {
        let cookie = community.owner_of(number).cookie.clone();
        let (handle, outputs) = native::connect(&server.socket_url(), &cookie, Settings::new("bench"));
        clients.spawn(follow(handle, outputs, Topic::Workspace(community.workspace.id), news.clone()));
        if number % BEGIN_AT_ONCE == 0 {
            sleep(BEGIN_EVERY).await;
        }
    }
    let (_, wrong) = wait_for(&mut told, sockets, Instant::now(), |news| matches!(news, News::Live)).await?;
    no_faults(&wrong)?;

    let cut = Instant::now();
    server.kill_and_restart().await?;
    let restarted = cut.elapsed();
    let cpu = process::cpu(server.pid()?)?;
    let mut requests = Delays::new();
    for number in 0..POSTS {
        let asked = Instant::now();
        community.people[0].posts(&community.workspace, title(number)).await?;
        requests.add(asked.elapsed());
        sleep(PAUSE).await;
    }
    let (back, wrong) = wait_for(&mut told, sockets, cut, |news| matches!(news, News::Complete)).await?;
    no_faults(&wrong)?;
    let cpu = process::cpu(server.pid()?)?.saturating_sub(cpu);

    let note = format!(
        "{sockets} clients in one workspace; the server is killed with `kill -9` and started again on the same \
         database, and {POSTS} posts are written while everybody comes back. \"Complete\" is a client that has \
         every one of them, in order and once."
    );
    let mut section = Section::new("Reconnect storm", note);
    section.row("new server ready after", format!("{} ms", restarted.as_millis()));
    section.row("half of the clients complete after", format!("{:.1} s", back.ms(0.5) / 1e3));
    section.row("99% complete after", format!("{:.1} s", back.ms(0.99) / 1e3));
    section.row("all complete after", format!("{:.1} s", back.ms(1.0) / 1e3));
    section.row("posts.create meanwhile, p50 / p99", format!("{requests} ms"));
    section.row("CPU of the server meanwhile", format!("{:.1} s", cpu.as_secs_f64()));
    section.row("events lost or doubled", "0");
    Ok(section)
}

/// Counts what one client gets.
async fn follow(
    _handle: Handle,
    mut outputs: mpsc::Receiver<Output>,
    topic: Topic,
    news: mpsc::Sender<News>,
) {
    let mut events = 0;
    let mut was_live = false;
    while let Some(output) = outputs.recv().await {
        let told = match output {
            Output::Opened { topic: opened, .. } if opened == topic && !was_live => {
                // Its first position is known, so nothing that follows can be missed.
                was_live = true;
                News::Live
            }
            Output::Event(event) if event.topic == topic => {
                events += 1;
                match events {
                    POSTS => News::Complete,
                    n if POSTS < n => News::Wrong(format!("{n} events where {POSTS} were written")),
                    _ => continue,
                }
            }
            Output::Reset { reason, .. } => News::Wrong(format!("a reset: {reason:?}")),
            Output::Status(status @ (Status::SignedOut | Status::Stopped { .. })) => {
                News::Wrong(format!("a client that ended: {status:?}"))
            }
            _ => continue,
        };
        if news.send(told).await.is_err() {
            return;
        }
    }
}

/// Waits until so many clients said it; when each did, and what was wrong.
async fn wait_for(
    told: &mut mpsc::Receiver<News>,
    clients: usize,
    from: Instant,
    wanted: impl Fn(&News) -> bool,
) -> Result<(Delays, Vec<String>)> {
    let until = Instant::now() + BACK_WITHIN;
    let mut delays = Delays::new();
    let mut wrong = Vec::new();
    while delays.count() < clients as u64 {
        let late = |_| format!("only {} of {clients} clients came within {BACK_WITHIN:?}", delays.count());
        match timeout_at(until, told.recv()).await.map_err(late)? {
            Some(News::Wrong(fault)) => wrong.push(fault),
            Some(news) if wanted(&news) => delays.add(from.elapsed()),
            Some(_) => {}
            None => return Err("all clients have ended".into()),
        }
    }
    Ok((delays, wrong))
}

fn no_faults(wrong: &[String]) -> Result<()> {
    match wrong.first() {
        None => Ok(()),
        Some(first) => Err(format!("{} clients went wrong, the first: {first}", wrong.len()).into()),
    }
}
