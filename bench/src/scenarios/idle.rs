//! Memory of sockets that do nothing.

use crate::report::Section;
use crate::scenario::Options;
use crate::server::Server;
use crate::site::Community;
use crate::{Result, process, subscribers};
use std::time::Duration;
use tokio::time::sleep;

/// Handshakes at once while opening.
const AT_ONCE: usize = 32;
/// Buffers of the handshakes are given back by then.
const SETTLES_WITHIN: Duration = Duration::from_secs(3);

pub(crate) async fn run(options: &Options) -> Result<Section> {
    let server = Server::start(options).await?;
    let at_start = process::memory(server.pid()?)?;
    let sockets = options.idle_sockets;
    let community = Community::found(&server, Community::people_for(sockets)).await?;
    sleep(SETTLES_WITHIN).await;
    let before = process::memory(server.pid()?)?;
    let cookies = (0..sockets).map(|number| community.owner_of(number).cookie.clone());
    let open = subscribers::open(&server.socket_url(), cookies, AT_ONCE).await?;
    sleep(SETTLES_WITHIN).await;
    let after = process::memory(server.pid()?)?;
    let cpu_before = process::cpu(server.pid()?)?;
    sleep(Duration::from_secs(options.seconds)).await;
    let cpu = process::cpu(server.pid()?)?.saturating_sub(cpu_before);

    let each = after.saturating_sub(before) as f64 / open.len() as f64 / 1024.0;
    let note = format!(
        "{sockets} sockets of {} people in one workspace, all of them in `hello` and then silent. Memory is RssAnon \
         of the server process; the kernel's own socket memory comes on top, for every server alike.",
        community.people.len()
    );
    let mut section = Section::new("Idle sockets", note);
    section.row("cold start, to the first answer", format!("{} ms", server.ready_after.as_millis()));
    section.row("memory after the start", megabytes(at_start));
    section.row("memory with everybody signed up", megabytes(before));
    section.row(format!("memory with {sockets} sockets"), megabytes(after));
    section.row("memory per socket", format!("{each:.1} KB"));
    section.row(
        format!("CPU of {} s with all of them idle", options.seconds),
        format!("{:.2} s", cpu.as_secs_f64()),
    );
    Ok(section)
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1024.0 / 1024.0)
}
