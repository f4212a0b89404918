//! Every test runs on both databases: SQLite in a folder of its own, and a PostgreSQL that is started
//! once per test process, with a database per test.
//!
//! Without PostgreSQL's programs its half is left out, and says so; under `CI` that is a failure.

use std::fs::File;
use std::future::Future;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use protocol::Timestamp;
use sqlx::{Connection, PgConnection};
use store::{Clock, Committed, ManualClock, PasswordCost, Settings, Store};
use tempfile::TempDir;
use tokio::sync::mpsc;

/// When tests begin: 21 November 2026.
pub(crate) const START: Timestamp = Timestamp(1_795_252_205_000);

/// A store on a fresh database, with a clock that the test moves. Dereferences to [`Store`].
pub(crate) struct TestStore {
    pub(crate) store: Store,
    /// Moves the store's time.
    pub(crate) clock: ManualClock,
    /// How it was opened, to open it once more.
    pub(crate) settings: Settings,
    committed: mpsc::Receiver<Committed>,
    _folder: Option<TempDir>,
}

impl std::ops::Deref for TestStore {
    type Target = Store;
    fn deref(&self) -> &Store {
        &self.store
    }
}

impl TestStore {
    async fn open(url: String, folder: Option<TempDir>) -> Self {
        let (clock, hand) = Clock::manual(START);
        let settings = Settings { clock, password_cost: PasswordCost::cheap(), ..Settings::new(url) };
        let (store, committed) = Store::open(&settings).await.expect("the test's database opens");
        Self { store, clock: hand, settings, committed, _folder: folder }
    }

    /// What was committed since the last call, in order. Complete for every command that was answered
    /// as soon as one more is answered, because the writer hands on before it takes the next group.
    pub(crate) fn committed(&mut self) -> Vec<Committed> {
        let mut all = Vec::new();
        while let Ok(commit) = self.committed.try_recv() {
            all.push(commit);
        }
        all
    }

    /// The next commit.
    pub(crate) async fn next_commit(&mut self) -> Committed {
        let next = tokio::time::timeout(Duration::from_secs(10), self.committed.recv()).await;
        next.expect("a commit within ten seconds").expect("the writer runs")
    }

    /// A second store on the same database, as another node or another process would open it.
    pub(crate) async fn open_again(&self) -> (Store, mpsc::Receiver<Committed>) {
        Store::open(&self.settings).await.expect("the test's database opens again")
    }
}

/// Runs the body on SQLite, then on PostgreSQL.
pub(crate) fn on_both<F, Running>(body: F)
where
    F: Fn(TestStore) -> Running,
    Running: Future<Output = ()>,
{
    on_sqlite(&body);
    on_postgres(body);
}

/// Runs the body on SQLite only.
pub(crate) fn on_sqlite<F, Running>(body: F)
where
    F: Fn(TestStore) -> Running,
    Running: Future<Output = ()>,
{
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = format!("sqlite://{}/a folder/hubbub.db", folder.path().display());
    eprintln!("-- on SQLite");
    runtime().block_on(async { body(TestStore::open(url, Some(folder)).await).await });
}

/// Runs the body on PostgreSQL only.
pub(crate) fn on_postgres<F, Running>(body: F)
where
    F: Fn(TestStore) -> Running,
    Running: Future<Output = ()>,
{
    let Some(server) = postgres() else { return };
    eprintln!("-- on PostgreSQL");
    runtime().block_on(async { body(TestStore::open(server.create_database().await, None).await).await });
}

fn runtime() -> tokio::runtime::Runtime {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime")
}

/// A running PostgreSQL.
struct Postgres {
    /// Its folder, in which its socket lies.
    folder: String,
    databases: AtomicU32,
    /// It stops when this process ends, because its standard input closes then.
    _watcher: Child,
}

impl Postgres {
    async fn create_database(&self) -> String {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let mut connection = PgConnection::connect(&self.url("postgres")).await.expect("PostgreSQL answers");
        let create = sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"));
        sqlx::query(create).execute(&mut connection).await.expect("a database per test");
        connection.close().await.expect("the connection closes");
        self.url(&name)
    }

    fn url(&self, database: &str) -> String {
        format!("postgres://hubbub@localhost/{database}?host={}", self.folder)
    }
}

/// Starts a server in a temporary folder, says where, and stops it when nobody holds the input open.
const WATCHER: &str = r#"
    set -e
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
    "$BIN/initdb" -D "$folder/data" -U hubbub -A trust -E UTF8 --locale=C --no-sync >"$folder/initdb.log" 2>&1
    "$BIN/postgres" -D "$folder/data" -k "$folder" -c listen_addresses= -c fsync=off \
        -c max_connections=300 -c shared_buffers=64MB -c log_line_prefix='%d|' >"$folder/postgres.log" 2>&1 </dev/null &
    server=$!
    until "$BIN/pg_isready" -q -h "$folder"; do kill -0 $server; sleep 0.1; done
    echo "$folder"
    cat >/dev/null
    kill -INT $server
    wait $server || true
"#;

/// What PostgreSQL writes down of its databases: each message on a line that begins with the database's name,
/// what belongs to it on lines after it that begin with a tab.
pub(crate) fn postgres_log() -> File {
    let folder = &postgres().expect("it runs").folder;
    File::open(format!("{folder}/postgres.log")).expect("its log")
}

fn postgres() -> Option<&'static Postgres> {
    static SERVER: OnceLock<Option<Postgres>> = OnceLock::new();
    let server = SERVER.get_or_init(|| match binaries() {
        Some(bin) => Some(start(&bin)),
        None => {
            assert!(std::env::var_os("CI").is_none(), "PostgreSQL's programs are missing");
            None
        }
    });
    if server.is_none() {
        eprintln!("-- left out on PostgreSQL: no programs below /usr/lib/postgresql");
    }
    server.as_ref()
}

/// The folder of the newest installed version.
fn binaries() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let folders = versions.filter_map(|entry| Some(entry.ok()?.path().join("bin")));
    folders.filter(|bin| bin.join("initdb").exists()).max()
}

fn start(bin: &std::path::Path) -> Postgres {
    // PostgreSQL refuses to run as root.
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|out| out.stdout.starts_with(b"0\n"));
    let mut command = if is_root { Command::new("runuser") } else { Command::new("sh") };
    if is_root {
        command.args(["-u", "postgres", "--", "sh"]);
    }
    let mut watcher = command
        .args(["-c", WATCHER])
        .env("BIN", bin)
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("a shell");
    let mut folder = String::new();
    let output = watcher.stdout.take().expect("it is piped");
    BufReader::new(output).read_line(&mut folder).expect("the watcher speaks");
    let folder = folder.trim().to_owned();
    assert!(!folder.is_empty(), "PostgreSQL did not start");
    Postgres { folder, databases: AtomicU32::new(0), _watcher: watcher }
}
