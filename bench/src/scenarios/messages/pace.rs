//! Sending: as fast as the answers come, or by the clock.

use super::{send, together};
use crate::Result;
use crate::measure::Delays;
use crate::servers::Servers;
use crate::site::Person;
use protocol::ConversationId;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

/// Somebody, and where they write: into one room after the other.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) writer: usize,
    pub(super) rooms: Vec<ConversationId>,
}

/// What came of it.
pub(super) struct Sent {
    pub(super) per_second: f64,
    pub(super) delays: Delays,
    pub(super) cpu_per_thousand: f64,
}

/// What one writer did.
struct Work {
    delays: Delays,
    orders: Vec<(ConversationId, u64)>,
}

/// Everybody sends the next one when the last was answered.
pub(super) async fn as_fast_as_possible(
    servers: &Servers,
    people: &Arc<[Person]>,
    targets: &[Target],
    seconds: u64,
) -> Result<Sent> {
    run(servers, people, targets, seconds, None).await
}

/// All together send so many a second, each when it is time; who is late makes up for it, and the delay
/// counts from when it was time.
pub(super) async fn by_the_clock(
    servers: &Servers,
    people: &Arc<[Person]>,
    targets: &[Target],
    per_second: f64,
    seconds: u64,
) -> Result<Sent> {
    let every = Duration::from_secs_f64(targets.len() as f64 / per_second.max(1.0));
    run(servers, people, targets, seconds, Some(every)).await
}

async fn run(
    servers: &Servers,
    people: &Arc<[Person]>,
    targets: &[Target],
    seconds: u64,
    every: Option<Duration>,
) -> Result<Sent> {
    let cpu = servers.cpu()?;
    let started = Instant::now();
    let until = started + Duration::from_secs(seconds);
    let mut writers = JoinSet::new();
    for (place, target) in targets.iter().filter(|target| !target.rooms.is_empty()).cloned().enumerate() {
        let people = Arc::clone(people);
        // One after the other, not all at the same moment.
        let first = every.map(|every| started + every.mul_f64(place as f64 / targets.len() as f64));
        writers.spawn(async move { write(&people[target.writer], &target, first.zip(every), until).await });
    }
    let (mut delays, mut orders) = (Vec::new(), Vec::new());
    while let Some(work) = writers.join_next().await {
        let work = work??;
        delays.push(work.delays);
        orders.extend(work.orders);
    }
    let elapsed = started.elapsed().as_secs_f64();
    let cpu = servers.cpu()?.saturating_sub(cpu);
    let count = orders.len();
    check_numbers(orders)?;
    Ok(Sent {
        per_second: count as f64 / elapsed,
        delays: together(&delays),
        cpu_per_thousand: cpu.as_secs_f64() / count.max(1) as f64 * 1_000.0,
    })
}

async fn write(
    by: &Person,
    target: &Target,
    clock: Option<(Instant, Duration)>,
    until: Instant,
) -> Result<Work> {
    let mut work = Work { delays: Delays::new(), orders: Vec::new() };
    for (number, room) in target.rooms.iter().cycle().enumerate() {
        let due = match clock {
            Some((first, every)) => first + every.mul_f64(number as f64),
            None => Instant::now(),
        };
        if until <= due.max(Instant::now()) {
            break;
        }
        sleep_until(due).await;
        let order = send(by, *room, number).await?;
        work.delays.add(due.elapsed());
        work.orders.push((*room, order));
    }
    Ok(work)
}

/// Nobody else wrote, so the numbers that a room gave out follow one another: a gap would be a message that
/// was kept and not answered, a number twice one that was lost.
fn check_numbers(orders: Vec<(ConversationId, u64)>) -> Result<()> {
    let mut rooms: HashMap<ConversationId, Vec<u64>> = HashMap::new();
    for (room, order) in orders {
        rooms.entry(room).or_default().push(order);
    }
    for (room, mut orders) in rooms {
        orders.sort_unstable();
        if let Some(pair) = orders.windows(2).find(|pair| pair[0] + 1 != pair[1]) {
            return Err(format!("in {room} {} is followed by {}", pair[0], pair[1]).into());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::Timestamp;

    #[test]
    fn a_gap_and_a_number_that_was_given_twice_are_found() {
        let (one, other) = (ConversationId::new(Timestamp(1)), ConversationId::new(Timestamp(2)));
        assert!(check_numbers(vec![(one, 3), (other, 3), (one, 5), (one, 4)]).is_ok());
        assert!(check_numbers(vec![(one, 3), (one, 5)]).is_err());
        assert!(check_numbers(vec![(one, 3), (one, 4), (one, 4)]).is_err());
    }
}
