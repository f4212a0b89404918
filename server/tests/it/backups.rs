//! `hubbub backup` while people write, and `hubbub restore`: what comes back, and what stays when it fails.

#![expect(clippy::unwrap_used, reason = "what a test cannot go on without may end it, in its helpers too")]

use crate::harness::{Live, Person, TestApp, config_in, within};
use crate::programs::{Bucket, Postgres, hubbub, run};
use crate::uploads::{Upload, picture};
use client::Output;
use protocol::Topic;
use protocol::file::thumbnail_path;
use protocol::frame::ResetReason;
use protocol::message::Attachment;
use protocol::post::{Feed, Post};
use protocol::search::SearchPage;
use reqwest::header;
use serde_json::json;
use server::backup::{self, Failed};
use server::config::Config;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use store::backup::BackupError;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

const WRITERS: usize = 16;

/// Titles of posts that were acknowledged.
type Acknowledged = Arc<Mutex<BTreeSet<String>>>;

fn taken(acknowledged: &Acknowledged) -> BTreeSet<String> {
    acknowledged.lock().expect("nobody panics with it").clone()
}

/// Writes one post after the other until it is told to stop.
fn keeps_posting(
    person: &Person,
    writer: usize,
    acknowledged: &Acknowledged,
    stop: &CancellationToken,
) -> JoinHandle<()> {
    let (person, acknowledged, stop) = (person.clone(), Arc::clone(acknowledged), stop.clone());
    #[expect(clippy::disallowed_methods, reason = "the test's own task, awaited below")]
    tokio::spawn(async move {
        for number in 0.. {
            if stop.is_cancelled() {
                return;
            }
            let post: Post =
                person.does("posts.create", person.new_post(&format!("{writer}-{number}"))).await;
            acknowledged.lock().expect("nobody panics with it").insert(post.title);
        }
    })
}

/// All titles of the person's feed.
async fn titles(person: &Person) -> BTreeSet<String> {
    let (mut titles, mut before) = (BTreeSet::new(), None);
    loop {
        let feed: Feed =
            person.does("posts.list", json!({ "workspace": person.workspace(), "before": before })).await;
        for post in feed.posts {
            assert!(titles.insert(post.title.clone()), "{} stands there twice", post.title);
        }
        before = feed.next;
        if before.is_none() {
            return titles;
        }
    }
}

async fn until(mut is_so: impl FnMut() -> bool) {
    within(async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}

/// A picture with its small ones, and a file that is no text.
async fn uploads_two_files(person: &Person) -> (Attachment, Vec<u8>, Attachment) {
    let group = person.founds_group(&[]).await;
    let content: Vec<u8> = (0..1_500_000_u32).map(|number| (number * 7 % 251) as u8).collect();
    let file = person.uploads(Upload::of(group, "data.bin", content.clone())).await;
    let photo = person.uploads(Upload::of(group, "photo.png", picture(900, 900))).await;
    person.sends_files(group, &[&file, &photo]).await;
    has_thumbnail(person, &photo).await;
    (file, content, photo)
}

async fn has_thumbnail(person: &Person, photo: &Attachment) {
    within(async {
        while person.wire.opens(&thumbnail_path(photo.id, 480)).await.headers()[header::CONTENT_TYPE]
            != "image/jpeg"
        {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
}

/// Everything that lies below a folder, with its contents.
fn everything_in(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("it can be read") {
        let path = entry.expect("it can be read").path();
        if path.is_dir() {
            found.extend(everything_in(&path));
        } else {
            found.push((path.display().to_string(), std::fs::read(&path).expect("it can be read")));
        }
    }
    found.sort();
    found
}

async fn stop_and_restore(app: &mut TestApp, config: &Config, file: &Path) {
    app.stop().await;
    let refused = backup::restore(config, file, false).await.expect_err("it holds accounts");
    assert!(matches!(refused, Failed::Database(BackupError::NotEmpty)), "{refused}");
    let restored = backup::restore(config, file, true).await.expect("it is restored");
    assert!(
        0 < restored.logs && restored.manifest.missing.is_empty() && restored.manifest.changed.is_empty()
    );
}

/// Hears that what the page knows is of another history.
async fn hears_of_another_history(live: &mut Live, topic: Topic) {
    live.until(|output| match output {
        Output::Reset { topic: of, reason, .. } if of == topic => {
            assert_eq!(reason, ResetReason::Epoch);
            Some(())
        }
        _ => None,
    })
    .await;
}

async fn comes_back_as_it_was(mut config: Config) {
    let mut app = TestApp::start_on(config.clone()).await;
    config.address = app.site.address;
    let (ada, ben) = app.two_people().await;
    let (_, program) = ada.makes_token("read").await;
    let (file, content, photo) = uploads_two_files(&ada).await;
    ada.posts("Winter soup").await;
    let (acknowledged, stop) = (Acknowledged::default(), CancellationToken::new());
    acknowledged.lock().expect("nobody panics with it").insert("Winter soup".to_owned());
    let writers: Vec<_> =
        (0..WRITERS).map(|writer| keeps_posting(&ada, writer, &acknowledged, &stop)).collect();
    until(|| 2 * WRITERS <= taken(&acknowledged).len()).await;

    let before = taken(&acknowledged);
    let place = config.data_dir.parent().expect("it has one").join("backup.tar");
    let made = backup::make(&config, &place).await.expect("a backup");
    let count = taken(&acknowledged).len();
    until(|| count + WRITERS <= taken(&acknowledged).len()).await;
    stop.cancel();
    for writer in writers {
        within(writer).await.unwrap();
    }
    let mut live = ben.watches().await;
    ada.posts("Heard by Ben, and gone").await;
    live.titles_until("Heard by Ben, and gone").await;
    assert!(!made.manifest.members.is_empty() && made.bytes == std::fs::metadata(&place).unwrap().len());
    let in_use = backup::restore(&config, &place, true).await.expect_err("the server runs");
    assert!(matches!(in_use, Failed::Database(BackupError::InUse)), "{in_use}");

    stop_and_restore(&mut app, &config, &place).await;
    let mut app = TestApp::start_on(config.clone()).await;
    hears_of_another_history(&mut live, ben.topic()).await;
    // As the page: it loads again, and goes on from where that stands.
    let loaded: Feed = ben.does("posts.list", json!({ "workspace": ben.workspace() })).await;
    live.handle.set_position(ben.topic(), loaded.as_of.position);
    let after = titles(&ben).await;
    assert!(
        before.is_subset(&after),
        "acknowledged before the backup, and lost: {:?}",
        before.difference(&after)
    );
    assert_eq!(after.len() as u64, made.manifest.facts.rows["posts"], "exactly what the backup holds");
    assert!(after.is_subset(&taken(&acknowledged)), "nothing that nobody wrote");
    let found: SearchPage =
        ben.does("search.query", json!({ "workspace": ben.workspace(), "q": "wint sou" })).await;
    assert_eq!(found.hits.len(), 1);
    // Sessions, tokens and files are those that they were; live goes on.
    assert_eq!(program.status().await, 200);
    assert!(ben.opens_no_file_of_ada(&file).await);
    assert!(ada.opens_file(&file).await.bytes().await.unwrap() == content);
    assert_eq!(ada.opens_file(&photo).await.bytes().await.unwrap(), picture(900, 900));
    has_thumbnail(&ada, &photo).await;
    ada.posts("Winter salad").await;
    assert_eq!(live.titles_until("Winter salad").await, ["Winter salad"]);
    let found: SearchPage =
        ada.does("search.query", json!({ "workspace": ada.workspace(), "q": "winter" })).await;
    assert_eq!(found.hits.len(), 2, "what is written now is found beside it");
    app.stop().await;
}

impl Person {
    async fn opens_no_file_of_ada(&self, file: &Attachment) -> bool {
        self.opens_file(file).await.status() == 404
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_while_sixteen_write_comes_back_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    comes_back_as_it_was(config_in(folder.path())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_of_postgresql_while_sixteen_write_comes_back_as_it_was() {
    let Some(postgres) = Postgres::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let database_url = postgres.url.clone();
    comes_back_as_it_was(Config { database_url, ..config_in(folder.path()) }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_a_bucket_are_in_the_backup_and_go_where_the_settings_say() {
    let Some(bucket) = Bucket::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let config = Config {
        files_bucket: Bucket::NAME.to_owned(),
        files_endpoint: bucket.url.clone(),
        files_access_key: Bucket::KEY.to_owned(),
        files_secret_key: Bucket::KEY.to_owned(),
        ..config_in(folder.path())
    };
    let mut app = TestApp::start_on(config.clone()).await;
    let ada = app.site.set_up("ada").await;
    let (file, content, photo) = uploads_two_files(&ada).await;
    let place = folder.path().join("backup.tar");
    backup::make(&config, &place).await.expect("a backup");
    app.stop().await;
    drop(bucket);

    let elsewhere = Config { address: app.site.address, ..config_in(&folder.path().join("elsewhere")) };
    backup::restore(&elsewhere, &place, false).await.expect("nothing is there");
    let mut app = TestApp::start_on(elsewhere).await;
    assert!(ada.opens_file(&file).await.bytes().await.unwrap() == content);
    has_thumbnail(&ada, &photo).await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_for_its_owner_alone_and_never_written_over_something() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let config = config_in(folder.path());
    let place = folder.path().join("backups");
    std::fs::create_dir(&place).unwrap();
    let file = place.join("hubbub.tar");
    let missing = backup::make(&config, &file).await.expect_err("there is no database");
    assert!(matches!(missing, Failed::Database(BackupError::Missing(_))), "{missing}");
    let mut app = TestApp::start_on(config.clone()).await;
    app.site.set_up("ada").await;
    backup::make(&config, &file).await.expect("a backup");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let written = std::fs::read(&file).unwrap();
    let again = backup::make(&config, &file).await.expect_err("it is there");
    assert!(matches!(again, Failed::Exists(_)), "{again}");
    assert!(std::fs::read(&file).unwrap() == written);
    assert_eq!(everything_in(&place).len(), 1, "nothing else is left");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_restored_into_the_kind_of_database_that_it_is_of() {
    let Some(postgres) = Postgres::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let config = config_in(folder.path());
    let mut app = TestApp::start_on(config.clone()).await;
    app.site.set_up("ada").await;
    app.stop().await;
    let file = folder.path().join("backup.tar");
    backup::make(&config, &file).await.expect("a backup");
    let config = Config { database_url: postgres.url.clone(), ..config_in(&folder.path().join("other")) };
    let refused = backup::restore(&config, &file, true).await.expect_err("it is another kind").to_string();
    assert!(refused.contains("SQLite") && refused.contains("PostgreSQL"), "{refused}");
    assert!(!config.data_dir.exists());
}

/// kill -9 at any moment of a restore leaves the old installation or the new one, never a mixture.
#[tokio::test(flavor = "multi_thread")]
async fn a_restore_that_is_killed_leaves_one_installation_whole() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config { data_dir: folder.path().join("data"), ..config_in(folder.path()) };
    let mut app = TestApp::start_on(config.clone()).await;
    config.address = app.site.address;
    let ada = app.site.set_up("ada").await;
    let (file, content, _) = uploads_two_files(&ada).await;
    ada.posts("Of the backup").await;
    let place = folder.path().join("backup.tar");
    backup::make(&config, &place).await.expect("a backup");
    ada.posts("Of the old one").await;
    app.stop().await;

    let (mut old, mut new) = (0, 0);
    // From before anything is read to after everything is done.
    for wait_ms in [5, 30, 60, 90, 120, 160, 200, 260, 2000] {
        let mut child = hubbub(folder.path())
            .args(["restore", "backup.tar", "--replace"])
            .stdout(Stdio::null())
            .spawn()
            .expect("it starts");
        let killed = tokio::time::timeout(Duration::from_millis(wait_ms), async {
            while child.try_wait().expect("it can be asked").is_none() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        })
        .await;
        if killed.is_err() {
            child.kill().expect("it can be killed");
        }
        child.wait().expect("it is gone");
        let mut app = TestApp::start_on(config.clone()).await;
        let found = titles(&ada).await;
        if found.contains("Of the old one") {
            old += 1
        } else {
            new += 1
        }
        assert!(found.contains("Of the backup"), "after {wait_ms} ms: {found:?}");
        assert!(ada.opens_file(&file).await.bytes().await.unwrap() == content);
        app.stop().await;
    }
    assert!(0 < old && 0 < new, "{old} killed early, {new} done: the moments do not fit");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_lacks_events_is_backed_up_as_it_is_and_said() {
    let folder = tempfile::tempdir().unwrap();
    let config = config_in(folder.path());
    let mut app = TestApp::start_on(config.clone()).await;
    app.site.set_up("ada").await.posts("Something").await;
    app.stop().await;
    let options = SqliteConnectOptions::new().filename(config.data_dir.join("hubbub.db"));
    let mut connection = options.connect().await.unwrap();
    let lose = "DELETE FROM events WHERE seq = 1 AND topic_id LIKE 'workspace:%'";
    sqlx::raw_sql(lose).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let file = folder.path().join("backup.tar");
    let made = backup::make(&config, &file).await.expect("a backup");
    assert_eq!(made.manifest.facts.gaps.len(), 1);
    let elsewhere = config_in(&folder.path().join("elsewhere"));
    let restored = backup::restore(&elsewhere, &file, false).await.expect("as it was");
    assert_eq!(restored.manifest.facts.gaps, made.manifest.facts.gaps);
}

#[test]
fn the_terminal_is_told_what_was_done_and_what_is_undone() {
    let folder = tempfile::tempdir().unwrap();
    let create = ["user", "create", "ada", "--role", "admin"];
    assert!(run(hubbub(folder.path()).args(create), "a long password\n").status.success());
    let made = run(hubbub(folder.path()).args(["backup", "b.tar"]), "");
    let said = String::from_utf8_lossy(&made.stdout).into_owned();
    assert!(made.status.success() && said.contains("1 accounts"), "{said}");
    let refused = run(hubbub(folder.path()).args(["restore", "b.tar"]), "");
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("--replace"), "{refused:?}");
    let restored = run(hubbub(folder.path()).args(["restore", "b.tar", "--replace"]), "");
    let said = String::from_utf8_lossy(&restored.stdout).into_owned();
    assert!(restored.status.success(), "{restored:?}");
    assert!(said.contains("load again") && said.contains("undone"), "{said}");
}
