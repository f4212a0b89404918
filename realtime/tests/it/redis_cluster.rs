//! A Redis Cluster of the test's own: three masters, without replicas.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

const MASTERS: usize = 3;

/// A running cluster; it ends with the value.
pub(crate) struct RedisCluster {
    ports: Vec<u16>,
    /// On which its nodes talk to each other.
    buses: Vec<u16>,
    processes: Vec<Child>,
    folder: TempDir,
}

impl RedisCluster {
    /// None when the programs are missing, which is said, and a failure under `CI`.
    pub(crate) async fn start() -> Option<Self> {
        let is_there = |program: &str| {
            Command::new(program)
                .arg("--version")
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .is_ok()
        };
        if !is_there("redis-server") || !is_there("redis-cli") {
            assert!(std::env::var_os("CI").is_none(), "redis-server or redis-cli is missing");
            eprintln!("skipped: there is no redis-server or no redis-cli");
            return None;
        }
        let folder = tempfile::tempdir().expect("a temporary folder");
        // Held together, so that no two are the same.
        let listeners: Vec<TcpListener> =
            (0..2 * MASTERS).map(|_| TcpListener::bind("127.0.0.1:0").expect("a free port")).collect();
        let ports: Vec<u16> =
            listeners.iter().map(|listener| listener.local_addr().expect("an address").port()).collect();
        drop(listeners);
        let (ports, buses) = ports.split_at(MASTERS);
        let mut cluster =
            Self { ports: ports.to_vec(), buses: buses.to_vec(), processes: Vec::new(), folder };
        cluster.processes = (0..MASTERS).map(|place| cluster.run(place)).collect();
        for port in &cluster.ports {
            until(|| asks(*port, &["PING"]).contains("PONG")).await;
        }
        let mut create = Command::new("redis-cli");
        create.args(["--cluster", "create"]);
        create.args(cluster.ports.iter().map(|port| format!("127.0.0.1:{port}")));
        let created = create.args(["--cluster-replicas", "0", "--cluster-yes"]).output().expect("it runs");
        assert!(created.status.success(), "{}", String::from_utf8_lossy(&created.stdout));
        for port in &cluster.ports {
            until(|| asks(*port, &["CLUSTER", "INFO"]).contains("cluster_state:ok")).await;
        }
        Some(cluster)
    }

    /// Kills a node.
    pub(crate) fn kill(&mut self, place: usize) {
        self.processes[place].kill().expect("it runs");
        self.processes[place].wait().expect("it ends");
    }

    /// Starts it again, with the slots that it had.
    pub(crate) async fn returns(&mut self, place: usize) {
        self.processes[place] = self.run(place);
        for port in &self.ports {
            until(|| asks(*port, &["CLUSTER", "INFO"]).contains("cluster_state:ok")).await;
        }
    }

    fn run(&self, place: usize) -> Child {
        let (port, bus) = (self.ports[place].to_string(), self.buses[place].to_string());
        let folder = self.folder.path().join(&port);
        std::fs::create_dir_all(&folder).expect("a folder");
        let options = ["--port", &port, "--cluster-port", &bus, "--bind", "127.0.0.1", "--save", ""];
        Command::new("redis-server")
            .args(options)
            .args(["--appendonly", "no", "--cluster-enabled", "yes", "--cluster-node-timeout", "2000"])
            .args(["--cluster-config-file", "nodes.conf", "--dir"])
            .arg(folder)
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server starts")
    }

    /// One of its nodes: the others are found by it.
    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.ports[0])
    }

    /// All of them.
    pub(crate) fn urls(&self) -> String {
        let urls: Vec<String> = self.ports.iter().map(|port| format!("redis://127.0.0.1:{port}")).collect();
        urls.join(",")
    }

    /// What every node answers.
    pub(crate) fn ask(&self, command: &[&str]) -> Vec<String> {
        self.ports.iter().map(|port| asks(*port, command)).collect()
    }

    /// Moves a slot to another node, as somebody does who adds machines.
    pub(crate) fn moves_slot(&self, slot: u16) {
        let ids: Vec<String> = self.ask(&["CLUSTER", "MYID"]).iter().map(|id| id.trim().to_owned()).collect();
        let text = slot.to_string();
        let owners = self.ask(&["CLUSTER", "SHARDS"]);
        assert_eq!(owners.len(), MASTERS);
        let from = self.owner(slot);
        let to = (from + 1) % MASTERS;
        asks(self.ports[to], &["CLUSTER", "SETSLOT", &text, "IMPORTING", &ids[from]]);
        asks(self.ports[from], &["CLUSTER", "SETSLOT", &text, "MIGRATING", &ids[to]]);
        for place in [to, from].into_iter().chain((0..MASTERS).filter(|other| ![to, from].contains(other))) {
            let said = asks(self.ports[place], &["CLUSTER", "SETSLOT", &text, "NODE", &ids[to]]);
            assert!(said.contains("OK"), "{said}");
        }
        assert_eq!(self.owner(slot), to);
    }

    /// The place of the node that serves a slot.
    fn owner(&self, slot: u16) -> usize {
        let nodes = asks(self.ports[0], &["CLUSTER", "SLOTS"]);
        let lines: Vec<&str> = nodes.lines().collect();
        // Lines of numbers: first and last slot, then address and port.
        let numbers: Vec<Option<u16>> = lines.iter().map(|line| line.trim().parse().ok()).collect();
        let found = (0..lines.len().saturating_sub(3)).find_map(|at| match (numbers[at], numbers[at + 1]) {
            (Some(first), Some(last)) if lines[at + 2] == "127.0.0.1" && (first..=last).contains(&slot) => {
                numbers[at + 3]
            }
            _ => None,
        });
        let port = found.unwrap_or_else(|| panic!("nobody has slot {slot}: {nodes}"));
        self.ports.iter().position(|other| *other == port).expect("it is one of ours")
    }
}

impl Drop for RedisCluster {
    fn drop(&mut self) {
        for process in &mut self.processes {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

fn asks(port: u16, command: &[&str]) -> String {
    let asked = Command::new("redis-cli").args(["-p", &port.to_string()]).args(command).output();
    String::from_utf8_lossy(&asked.expect("redis-cli runs").stdout).into_owned()
}

async fn until(is_so: impl Fn() -> bool) {
    for _ in 0..600 {
        if is_so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the cluster does not come up");
}
