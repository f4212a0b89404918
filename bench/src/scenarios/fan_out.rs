//! One post seen by everybody: the server and the bare peer in turn, A B A B.

use crate::floor::Floor;
use crate::measure::{Delays, median};
use crate::report::Section;
use crate::scenario::Options;
use crate::server::Server;
use crate::site::{Community, Person};
use crate::subscribers::{self, Tally, title};
use crate::{Result, process};
use futures::future::try_join_all;
use protocol::workspace::Workspace;
use std::time::Duration;
use tokio::time::sleep;

/// How often the server and the peer take turns.
const TURNS: usize = 3;
/// Posts in flight in the second half.
const IN_FLIGHT: usize = 16;
/// Posts per second where the delay is measured: an unhurried hour in a busy community.
const CALM_POSTS_PER_SECOND: u64 = 20;
const AT_ONCE: usize = 32;

/// Who is measured.
enum Publisher<'a> {
    Server { writers: &'a [Person], workspace: &'a Workspace },
    Floor { floor: &'a mut Floor, bytes: u64 },
}

impl Publisher<'_> {
    /// Publishes so many posts at once.
    async fn publish(&mut self, first: usize, count: usize) -> Result<()> {
        match self {
            Self::Server { writers, workspace } => {
                let (writers, workspace) = (*writers, *workspace);
                let posts = (0..count).map(|n| writers[n % writers.len()].posts(workspace, title(first + n)));
                try_join_all(posts).await?;
                Ok(())
            }
            Self::Floor { floor, bytes } => floor.publish(first, count, *bytes).await,
        }
    }
}

/// CPU seconds per million deliveries, one value per turn.
#[derive(Default)]
struct Costs {
    single: Vec<f64>,
    batched: Vec<f64>,
}

pub(crate) async fn run(options: &Options) -> Result<Section> {
    let sockets = options.subscribers;
    let server = Server::start(options).await?;
    let community = Community::found(&server, Community::people_for(sockets).max(IN_FLIGHT)).await?;
    let mut floor = Floor::start().await?;
    let tally = Tally::new(options.posts);

    let writing = writing_alone(options, &server, &community, &tally).await?;
    let cookies = (0..sockets).map(|number| community.owner_of(number).cookie.clone());
    let _hears_server =
        subscribers::listen(subscribers::open(&server.socket_url(), cookies, AT_ONCE).await?, &tally);
    let nobody = (0..sockets).map(|_| "".into());
    let _hears_floor = subscribers::listen(subscribers::open(&floor.socket_url(), nobody, 1).await?, &tally);

    let calm = calm_delays(options, &community, &tally).await?;
    let bytes = tally.event_bytes();
    let (mut ours, mut bare) = (Costs::default(), Costs::default());
    for _ in 0..TURNS {
        let mut publisher = Publisher::Server { writers: &community.people, workspace: &community.workspace };
        ours.turn(&mut publisher, server.pid()?, options, &tally).await?;
        let pid = floor.pid();
        bare.turn(&mut Publisher::Floor { floor: &mut floor, bytes }, pid, options, &tally).await?;
    }

    let note = format!(
        "{sockets} sockets of {} people in one workspace, {bytes} bytes per event, {} posts per turn and {TURNS} turns \
         each, medians. CPU is that of the whole server process, for accepting, storing and delivering the posts \
         through `posts.create`; the floor is a bare process that writes the same bytes to as many sockets.",
        community.people.len(),
        options.posts,
    );
    let mut section = Section::new("Fan-out", note);
    for (what, ours, bare, per_post) in [
        ("one at a time", ours.single, bare.single, writing.single),
        ("16 in flight", ours.batched, bare.batched, writing.batched),
    ] {
        let (ours, bare) = (median(ours), median(bare));
        let delivery = ours - per_post / sockets as f64 * 1e6;
        section.row(format!("CPU seconds per million deliveries, {what}"), format!("{ours:.2}"));
        section.row(format!("… without what writing alone costs, {what}"), format!("{delivery:.2}"));
        section.row(format!("… of the floor, {what}"), format!("{bare:.2}"));
        section.row(
            format!("… times the floor, {what}"),
            format!("{:.2} ({:.2} without writing)", ours / bare, delivery / bare),
        );
    }
    section.row(
        format!("request to seen by everybody at {CALM_POSTS_PER_SECOND} posts/s, p50 / p99"),
        format!("{calm} ms"),
    );
    Ok(section)
}

/// What a post costs that nobody hears, in CPU seconds.
struct Writing {
    single: f64,
    batched: f64,
}

async fn writing_alone(
    options: &Options,
    server: &Server,
    community: &Community,
    tally: &Tally,
) -> Result<Writing> {
    let mut publisher = Publisher::Server { writers: &community.people, workspace: &community.workspace };
    let mut each = [0.0; 2];
    for (each, count) in each.iter_mut().zip([1, IN_FLIGHT]) {
        let cpu = rounds(&mut publisher, server.pid()?, options.posts, count, 0, tally).await?;
        *each = cpu.as_secs_f64() / options.posts as f64;
    }
    Ok(Writing { single: each[0], batched: each[1] })
}

/// From the request to the subscribers, with time between the posts.
async fn calm_delays(options: &Options, community: &Community, tally: &Tally) -> Result<Delays> {
    tally.take_delays();
    for number in 0..options.posts.min(200) {
        tally.sends(number, 1, options.subscribers);
        community.people[0].posts(&community.workspace, title(number)).await?;
        tally.everybody_has_it().await?;
        sleep(Duration::from_millis(1000 / CALM_POSTS_PER_SECOND)).await;
    }
    Ok(tally.take_delays())
}

impl Costs {
    async fn turn(
        &mut self,
        publisher: &mut Publisher<'_>,
        pid: u32,
        options: &Options,
        tally: &Tally,
    ) -> Result<()> {
        for (costs, count) in [(&mut self.single, 1), (&mut self.batched, IN_FLIGHT)] {
            let cpu = rounds(publisher, pid, options.posts, count, options.subscribers, tally).await?;
            costs.push(cpu.as_secs_f64() / (options.posts * options.subscribers) as f64 * 1e6);
        }
        Ok(())
    }
}

/// Publishes all posts, so many at once, each time until everybody has them; the CPU that it took.
async fn rounds(
    publisher: &mut Publisher<'_>,
    pid: u32,
    posts: usize,
    count: usize,
    sockets: usize,
    tally: &Tally,
) -> Result<Duration> {
    let before = process::cpu(pid)?;
    for first in (0..posts).step_by(count) {
        let count = count.min(posts - first);
        tally.sends(first, count, sockets);
        publisher.publish(first, count).await?;
        tally.everybody_has_it().await?;
    }
    Ok(process::cpu(pid)?.saturating_sub(before))
}
