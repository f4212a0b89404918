//! What the kernel says of a process: CPU time and memory.

use crate::Result;
use std::fs;
use std::time::Duration;

/// `/proc` counts CPU time in these; Linux has shown hundredths to programs since always.
const TICK: Duration = Duration::from_millis(10);

/// CPU time of all its threads so far, user and system.
pub(crate) fn cpu(pid: u32) -> Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    ticks(&stat).map(|ticks| TICK * ticks).ok_or_else(|| "cannot read the CPU time of the server".into())
}

/// Memory of its own that is in RAM, in bytes: not the program's file.
pub(crate) fn memory(pid: u32) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    kilobytes(&status, "RssAnon:")
        .map(|kb| kb * 1024)
        .ok_or_else(|| "cannot read the memory of the server".into())
}

/// utime and stime: the 12th and 13th word after the name, which may hold spaces.
fn ticks(stat: &str) -> Option<u32> {
    let words: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    Some(words.get(11)?.parse::<u32>().ok()? + words.get(12)?.parse::<u32>().ok()?)
}

fn kilobytes(status: &str, name: &str) -> Option<u64> {
    status.lines().find_map(|line| line.strip_prefix(name))?.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_and_memory_are_found_in_what_the_kernel_writes() {
        let stat = "42 (hub) bub) S 1 42 42 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 5 0 1 2 3";
        assert_eq!(ticks(stat), Some(300));
        assert_eq!(kilobytes("VmRSS:\t  900 kB\nRssAnon:\t  512 kB\n", "RssAnon:"), Some(512));
        assert_eq!(kilobytes("VmRSS:\t  900 kB\n", "RssAnon:"), None);
    }

    #[test]
    fn a_process_can_be_measured() {
        let own = std::process::id();
        assert!(cpu(own).is_ok() && 0 < memory(own).unwrap());
    }
}
