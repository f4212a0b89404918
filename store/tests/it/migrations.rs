//! Bringing an older database up to date: after a copy, and whatever happens meanwhile.

use crate::harness::{TestStore, on_both, on_postgres, on_sqlite};
use sqlx::migrate::Migrator;
use sqlx::{Connection, PgConnection, SqliteConnection};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime};
use store::{Error, Settings, Store};

/// The schema that the databases of these tests come from: the next migration makes a room for each workspace.
const OLD: i64 = 5;
const WORKSPACES: i64 = 2_000;
/// Where the child of a test finds its database.
const URL: &str = "HUBBUB_TEST_MIGRATES";

const FILL_SQLITE: &str = "
    INSERT INTO users (id, name, handle, folded, hue, role, active, former, at)
    VALUES (x'00000000000000000000000000000001', 'Ada', 'ada', 'ada @ada', 1, 'admin', 1, 0, 1);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
    INSERT INTO workspaces (id, name, slug, at) SELECT randomblob(16), 'W' || i, 'w' || i, i FROM n;
    INSERT INTO members (workspace_id, user_id, role, joined_at)
    SELECT id, x'00000000000000000000000000000001', 'owner', 1 FROM workspaces;";
const FILL_POSTGRES: &str = "
    INSERT INTO users (id, name, handle, folded, hue, role, active, former, at)
    VALUES ('00000000-0000-0000-0000-000000000001', 'Ada', 'ada', 'ada @ada', 1, 'admin', TRUE, FALSE, 1);
    INSERT INTO workspaces (id, name, slug, at)
    SELECT gen_random_uuid(), 'W' || i, 'w' || i, i FROM generate_series(1, 2000) AS i;
    INSERT INTO members (workspace_id, user_id, role, joined_at)
    SELECT id, '00000000-0000-0000-0000-000000000001', 'owner', 1 FROM workspaces;";

async fn migrator(folder: &str) -> Migrator {
    let folders = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../migrations"));
    Migrator::new(folders.join(folder)).await.unwrap()
}

/// The file of an embedded database.
fn file_of(url: &str) -> PathBuf {
    url.strip_prefix("sqlite://").unwrap().into()
}

fn copy_of(url: &str) -> PathBuf {
    format!("{}-schema-{OLD}", file_of(url).display()).into()
}

/// Makes the test's database one of the old schema again, with something in it.
async fn grows_younger(url: &str) {
    if url.starts_with("postgres") {
        let mut connection = PgConnection::connect(url).await.unwrap();
        sqlx::raw_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
            .execute(&mut connection)
            .await
            .unwrap();
        migrator("postgres").await.run_direct(Some(OLD), &mut connection, false).await.unwrap();
        sqlx::raw_sql(FILL_POSTGRES).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    } else {
        for file in std::fs::read_dir(file_of(url).parent().unwrap()).unwrap() {
            std::fs::remove_file(file.unwrap().path()).unwrap();
        }
        let mut connection = SqliteConnection::connect(&format!("{url}?mode=rwc")).await.unwrap();
        migrator("sqlite").await.run_direct(Some(OLD), &mut connection, false).await.unwrap();
        sqlx::raw_sql(FILL_SQLITE).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }
}

/// Number of the newest migration, and how many workspaces and rooms there are; no rooms before there were any.
async fn holds(url: &str) -> (i64, i64, i64) {
    let schema = "SELECT MAX(version) FROM _sqlx_migrations";
    let workspaces = "SELECT COUNT(*) FROM workspaces";
    let rooms = "SELECT COUNT(*) FROM conversations c JOIN participants p ON p.conversation_id = c.id";
    if url.starts_with("postgres") {
        let mut connection = PgConnection::connect(url).await.unwrap();
        let (schema,): (i64,) = sqlx::query_as(schema).fetch_one(&mut connection).await.unwrap();
        let (workspaces,) = sqlx::query_as(workspaces).fetch_one(&mut connection).await.unwrap();
        let rooms = sqlx::query_as(rooms).fetch_one(&mut connection).await.unwrap_or((0,));
        (schema, workspaces, rooms.0)
    } else {
        let mut connection = SqliteConnection::connect(url).await.unwrap();
        let (schema,): (i64,) = sqlx::query_as(schema).fetch_one(&mut connection).await.unwrap();
        let (workspaces,) = sqlx::query_as(workspaces).fetch_one(&mut connection).await.unwrap();
        let rooms = sqlx::query_as(rooms).fetch_one(&mut connection).await.unwrap_or((0,));
        (schema, workspaces, rooms.0)
    }
}

async fn newest() -> i64 {
    migrator("sqlite").await.iter().map(|migration| migration.version).max().unwrap()
}

/// Another process that opens the database.
fn a_start(url: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "migrations::a_process_of_its_own_opens_the_database", "--ignored"])
        .env(URL, url)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
#[ignore = "the next test runs it in a process that it kills"]
fn a_process_of_its_own_opens_the_database() {
    let url = std::env::var(URL).unwrap();
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let (store, _committed) = Store::open(&Settings::new(url)).await.unwrap();
        store.close().await;
    });
}

#[test]
fn a_migration_that_is_killed_at_any_moment_goes_on_at_the_next_start() {
    on_both(|test| async move {
        let url = test.settings.url.clone();
        test.close().await;
        grows_younger(&url).await;
        let began = tokio::time::Instant::now();
        assert!(a_start(&url).wait().unwrap().success());
        let whole = began.elapsed();
        assert_eq!(holds(&url).await, (newest().await, WORKSPACES, WORKSPACES));

        let seed: u64 = rand::random();
        eprintln!("seed {seed}; a start takes {whole:?}");
        let mut halfway = 0;
        for round in 0..8 {
            grows_younger(&url).await;
            let mut child = a_start(&url);
            // An even part of the time each, somewhere in it.
            let part = (round as f64 + (seed.rotate_left(8 * round) & 0xff) as f64 / 256.0) / 8.0;
            tokio::time::sleep(whole.mul_f64(part)).await;
            child.kill().unwrap();
            child.wait().unwrap();
            let (schema, workspaces, rooms) = holds(&url).await;
            assert_eq!(workspaces, WORKSPACES, "killed after {part} of a start");
            assert_eq!(rooms, if schema == OLD { 0 } else { WORKSPACES }, "a migration is done or not");
            halfway += i32::from(OLD < schema && schema < newest().await);
            assert!(a_start(&url).wait().unwrap().success(), "it goes on, killed after {part} of a start");
            assert_eq!(holds(&url).await, (newest().await, WORKSPACES, WORKSPACES));
        }
        eprintln!("{halfway} of 8 were killed between two migrations");
    });
}

async fn an_old_one(test: &TestStore) -> String {
    let url = test.settings.url.clone();
    test.close().await;
    grows_younger(&url).await;
    url
}

#[test]
fn an_embedded_database_is_copied_before_it_is_migrated_and_the_copy_goes_after_a_day() {
    on_sqlite(|test| async move {
        let url = an_old_one(&test).await;
        let opens = async || test.open_again().await.0.close().await;
        opens().await;
        let copy = copy_of(&url);
        let copied = format!("sqlite://{}", copy.display());
        assert_eq!(holds(&copied).await, (OLD, WORKSPACES, 0), "the way back");
        opens().await;
        assert!(copy.exists(), "mistakes show later");
        let file = std::fs::File::options().write(true).open(&copy).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1)).unwrap();
        opens().await;
        assert!(!copy.exists());
        assert_eq!(holds(&url).await, (newest().await, WORKSPACES, WORKSPACES));
    });
}

#[test]
fn without_a_copy_nothing_is_migrated() {
    on_sqlite(|test| async move {
        let url = an_old_one(&test).await;
        // As on a full disk: what is to be written cannot be.
        let in_the_way = format!("{}.{}", copy_of(&url).display(), std::process::id());
        std::fs::create_dir(&in_the_way).unwrap();
        let refused = Store::open(&test.settings).await.unwrap_err();
        assert!(matches!(refused, Error::NotCopied(..)), "{refused}");
        assert_eq!(holds(&url).await, (OLD, WORKSPACES, 0));
        std::fs::remove_dir(&in_the_way).unwrap();
        test.open_again().await.0.close().await;
        assert_eq!(holds(&url).await.0, newest().await);
    });
}

#[test]
fn several_nodes_that_start_at_once_migrate_once() {
    on_postgres(|test| async move {
        let url = an_old_one(&test).await;
        let starts: Vec<Child> = (0..4).map(|_| a_start(&url)).collect();
        for mut start in starts {
            assert!(start.wait().unwrap().success());
        }
        assert_eq!(holds(&url).await, (newest().await, WORKSPACES, WORKSPACES));
    });
}
