//! Many people writing at once, through the same method that the page calls.

use crate::measure::Delays;
use crate::report::Section;
use crate::scenario::Options;
use crate::server::Server;
use crate::site::Community;
use crate::subscribers::title;
use crate::{Result, process};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

/// What one writer did.
struct Work {
    delays: Delays,
    /// The numbers that the posts got.
    orders: Vec<u64>,
    refused: u64,
    last_refusal: Option<String>,
}

pub(crate) async fn run(options: &Options) -> Result<Section> {
    let server = Server::start(options).await?;
    let community = Community::found(&server, options.writers).await?;
    let full = burst(&server, &community, options, Duration::ZERO).await?;
    // Half of that rate: each writer waits as long as a post took.
    let pause = Duration::from_secs_f64(options.writers as f64 / full.per_second);
    let half = burst(&server, &community, options, pause).await?;

    let note = format!(
        "{} people, each with one post after the other through `posts.create` over HTTP into one workspace, for {} s; \
         then again with a pause that brings about half of that rate. Nobody listens. Every answered post has a number of its own.",
        options.writers, options.seconds
    );
    let mut section = Section::new("Write burst", note);
    for (what, burst) in [("at full rate", full), ("with pauses", half)] {
        section.row(format!("posts per second, {what}"), format!("{:.0}", burst.per_second));
        section.row(format!("request to answer, {what}, p50 / p99"), format!("{} ms", burst.delays));
        section.row(
            format!("CPU of the server per 1,000 posts, {what}"),
            format!("{:.2} s", burst.cpu_per_thousand),
        );
        section.row(format!("refused, {what}"), burst.refused);
    }
    Ok(section)
}

struct Burst {
    per_second: f64,
    delays: Delays,
    cpu_per_thousand: f64,
    refused: String,
}

async fn burst(server: &Server, community: &Community, options: &Options, pause: Duration) -> Result<Burst> {
    let cpu = process::cpu(server.pid()?)?;
    let started = Instant::now();
    let until = started + Duration::from_secs(options.seconds);
    let mut writers = JoinSet::new();
    for person in &community.people {
        let (person, workspace) = (person.clone(), community.workspace.clone());
        writers.spawn(async move {
            let mut work = Work { delays: Delays::new(), orders: Vec::new(), refused: 0, last_refusal: None };
            for number in 0.. {
                let asked = Instant::now();
                if until <= asked {
                    break;
                }
                match person.posts(&workspace, title(number)).await {
                    Ok(post) => {
                        work.delays.add(asked.elapsed());
                        work.orders.push(post.order);
                    }
                    Err(error) => {
                        work.refused += 1;
                        work.last_refusal = Some(error.to_string());
                    }
                }
                if !pause.is_zero() {
                    sleep(pause).await;
                }
            }
            work
        });
    }
    let mut all = Work { delays: Delays::new(), orders: Vec::new(), refused: 0, last_refusal: None };
    while let Some(work) = writers.join_next().await {
        let work = work?;
        all.delays.merge(&work.delays);
        all.orders.extend(work.orders);
        all.refused += work.refused;
        all.last_refusal = all.last_refusal.or(work.last_refusal);
    }
    let elapsed = started.elapsed().as_secs_f64();
    let cpu = process::cpu(server.pid()?)?.saturating_sub(cpu);
    let posts = all.orders.len();
    check_numbers(all.orders)?;
    let refused = all.last_refusal.map_or("0".to_owned(), |last| format!("{}: {last}", all.refused));
    Ok(Burst {
        per_second: posts as f64 / elapsed,
        delays: all.delays,
        cpu_per_thousand: cpu.as_secs_f64() / posts.max(1) as f64 * 1_000.0,
        refused,
    })
}

/// Two acknowledged posts with one number would be a broken log, and the figures worth nothing.
fn check_numbers(mut orders: Vec<u64>) -> Result<()> {
    orders.sort_unstable();
    match orders.windows(2).find(|pair| pair[0] == pair[1]) {
        None => Ok(()),
        Some(pair) => Err(format!("two posts have the number {}", pair[0]).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_was_given_twice_is_found() {
        assert!(check_numbers(vec![3, 1, 2]).is_ok());
        assert!(check_numbers(vec![3, 1, 3]).is_err());
    }
}
