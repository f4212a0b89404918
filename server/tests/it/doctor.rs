//! `hubbub doctor`: each thing that can be broken, broken, and the sentence that says so.

use crate::harness::{Person, TestApp, config_in};
use crate::programs::{Postgres, Redis, hubbub, run};
use crate::uploads::Upload;
use server::config::Config;
use server::doctor::{Finding, Level, Report, examine};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// An installation that was used, and stopped, in a folder of its own.
struct Installation {
    folder: TempDir,
    config: Config,
}

impl Installation {
    async fn used() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut config = config_in(folder.path());
        config.database_url = String::new();
        Self::on(folder, config).await
    }

    async fn on(folder: TempDir, mut config: Config) -> Self {
        std::fs::create_dir_all(config.site_dir.join("pkg")).expect("the page");
        let mut app = TestApp::start_on(config.clone()).await;
        config.address = app.site.address;
        let ada = app.site.set_up("ada").await;
        shares_a_file(&ada).await;
        ada.posts("Something").await;
        app.stop().await;
        std::fs::set_permissions(&config.data_dir, PermissionsExt::from_mode(0o700)).expect("it is ours");
        Self { folder, config }
    }

    /// The finding of one check.
    async fn finds(&self, check: &str) -> Finding {
        finds(&self.config, check).await
    }

    /// Changes the database behind everybody's back.
    async fn does(&self, sql: &'static str) {
        let options = SqliteConnectOptions::new().filename(self.config.data_dir.join("hubbub.db"));
        let mut connection = options.foreign_keys(false).connect().await.expect("it is there");
        sqlx::raw_sql(sql).execute(&mut connection).await.expect(sql);
        connection.close().await.expect("it closes");
    }

    /// The first file that people uploaded.
    fn uploaded(&self) -> PathBuf {
        let shelf = std::fs::read_dir(self.config.data_dir.join("files")).expect("it is there").next();
        let shelf = shelf.expect("there is one").expect("it can be read").path();
        std::fs::read_dir(shelf).expect("a folder").next().expect("a file").expect("it can be read").path()
    }
}

async fn shares_a_file(ada: &Person) {
    let group = ada.founds_group(&[]).await;
    let file = ada.uploads(Upload::of(group, "a.txt", "what stands in it")).await;
    ada.sends_files(group, &[&file]).await;
}

async fn finds(config: &Config, check: &str) -> Finding {
    let report = examine(config).await;
    let found: Vec<&Finding> = report.findings.iter().filter(|finding| finding.check == check).collect();
    let worst = found.into_iter().max_by_key(|finding| finding.level as u8);
    worst.unwrap_or_else(|| panic!("{check} was not looked at: {report}")).clone()
}

#[track_caller]
fn is(finding: &Finding, level: Level, words: &str) {
    assert!(finding.level == level && finding.says.contains(words), "{finding:?}");
    assert_eq!(finding.advice.is_none(), level == Level::Ok, "what is wrong has advice: {finding:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_installation_that_is_well_has_no_problems_stopped_or_running() {
    let installation = Installation::used().await;
    let report = examine(&installation.config).await;
    assert_eq!(report.problems, 0, "{report}");
    is(&installation.finds("server").await, Level::Note, "nothing listens");
    is(&installation.finds("log").await, Level::Ok, "without a gap");
    is(&installation.finds("files").await, Level::Ok, "1 in");
    let mut app = TestApp::start_on(installation.config.clone()).await;
    is(&installation.finds("server").await, Level::Ok, "is ready");
    let public = Config {
        public_url: format!("http://{}", app.site.address),
        trusted_proxies: vec!["127.0.0.1".parse().expect("an address")],
        ..installation.config.clone()
    };
    is(&finds(&public, "public address").await, Level::Note, "without https");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgresql_with_redis_it_is_well_too_and_without_them_it_is_not() {
    let (Some(postgres), Some(redis)) = (Postgres::start(), Redis::start()) else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let config = Config {
        database_url: postgres.url.clone(),
        redis_url: redis.url.clone(),
        ..config_in(folder.path())
    };
    let installation = Installation::on(folder, config).await;
    let report = examine(&installation.config).await;
    assert_eq!(report.problems, 0, "{report}");
    is(&installation.finds("redis").await, Level::Ok, "a message came back");
    is(&installation.finds("database").await, Level::Ok, "PostgreSQL answers");
    drop(redis);
    is(&installation.finds("redis").await, Level::Problem, "no message comes back");
    drop(postgres);
    is(&installation.finds("database").await, Level::Problem, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn events_that_lack_are_named() {
    let installation = Installation::used().await;
    installation.does("DELETE FROM events WHERE seq = 1 AND topic_id LIKE 'workspace:%'").await;
    is(&installation.finds("log").await, Level::Problem, "1 logs lack events: workspace:");
    installation.does("UPDATE topics SET floor_seq = 1 WHERE id LIKE 'workspace:%'").await;
    is(&installation.finds("log").await, Level::Ok, "without a gap");
    installation.does("UPDATE topics SET head_seq = head_seq + 1 WHERE id LIKE 'user:%'").await;
    is(&installation.finds("log").await, Level::Problem, "lack events: user:");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_damaged_or_of_another_version_is_said_so() {
    let installation = Installation::used().await;
    installation.does("DELETE FROM users").await;
    is(&installation.finds("database").await, Level::Problem, "refer to rows of users that are not there");

    let installation = Installation::used().await;
    installation.does("UPDATE _sqlx_migrations SET version = 99999 WHERE version = (SELECT MAX(version) FROM _sqlx_migrations)").await;
    is(&installation.finds("schema").await, Level::Problem, "the tables have schema 99999");
    installation.does("DELETE FROM _sqlx_migrations WHERE version > 5").await;
    is(&installation.finds("schema").await, Level::Note, "schema 5, and this program needs");

    let installation = Installation::used().await;
    installation.does("PRAGMA wal_checkpoint(TRUNCATE)").await;
    let file = installation.config.data_dir.join("hubbub.db");
    let mut bytes = std::fs::read(&file).expect("it is there");
    let middle = bytes.len() / 2;
    bytes[middle..middle + 16_384].fill(0xa5);
    std::fs::write(&file, bytes).expect("it is ours");
    is(&installation.finds("database").await, Level::Problem, "");
    std::fs::write(&file, "no database at all".repeat(100)).expect("it is ours");
    is(&installation.finds("database").await, Level::Problem, "not a database");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_are_missing_cut_or_nobodys_are_said_so() {
    let installation = Installation::used().await;
    let file = installation.uploaded();
    let stranger = file.with_file_name(format!(
        "{:0>30}{}",
        7,
        &file.file_name().unwrap_or_default().to_string_lossy()[30..]
    ));
    std::fs::write(&stranger, "x").expect("it is ours");
    is(&installation.finds("files").await, Level::Note, "1 objects");
    std::fs::write(&file, "what").expect("it is ours");
    is(&installation.finds("files").await, Level::Problem, "1 files");
    std::fs::remove_file(&file).expect("it is ours");
    is(&installation.finds("files").await, Level::Problem, "1 files are missing");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_cannot_be_used_are_said_so() {
    let installation = Installation::used().await;
    is(&installation.finds("keys").await, Level::Ok, "");
    installation.does("UPDATE settings SET value = 'no key' WHERE key = 'push_key'").await;
    is(&installation.finds("keys").await, Level::Problem, "notifications to devices");
    installation
        .does("DELETE FROM settings WHERE key = 'push_key'; UPDATE signing_keys SET public = zeroblob(32)")
        .await;
    is(&installation.finds("keys").await, Level::Problem, "access tokens");
    installation.does("DELETE FROM signing_keys").await;
    is(&installation.finds("keys").await, Level::Note, "none yet");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_goes_wrong_is_said_so() {
    let installation = Installation::used().await;
    is(&installation.finds("clock").await, Level::Ok, "");
    installation.does("UPDATE events SET at = at + 3600000 WHERE seq = 1").await;
    is(&installation.finds("clock").await, Level::Problem, "something was written at");
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_that_lead_elsewhere_are_said_so() {
    let mut installation = Installation::used().await;
    let other = Installation::used().await;
    let mut others =
        TestApp::start_on(Config { address: ([127, 0, 0, 1], 0).into(), ..other.config.clone() }).await;
    installation.config.public_url = format!("http://{}", others.site.address);
    is(&installation.finds("public address").await, Level::Problem, "another Hubbub");
    installation.config.address = ([127, 0, 0, 1], others.site.address.port()).into();
    others.stop().await;
    is(&installation.finds("public address").await, Level::Problem, "cannot be reached");
    installation.config.public_url = String::new();
    is(&installation.finds("public address").await, Level::Note, "only this machine");
    installation.config.address = ([0, 0, 0, 0], 1).into();
    is(&installation.finds("public address").await, Level::Problem, "without https");
    // Something else at our address.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    installation.config.address = listener.local_addr().expect("it has one");
    let _answering = std::thread::spawn(move || {
        use std::io::{Read, Write};
        while let Ok((mut stream, _)) = listener.accept() {
            let _ = stream.read(&mut [0; 1024]);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nhi");
        }
    });
    is(&installation.finds("server").await, Level::Problem, "another program listens");
    std::fs::remove_dir_all(installation.config.site_dir.join("pkg")).expect("it is ours");
    is(&installation.finds("page").await, Level::Problem, "is not there");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_nobody_vouches_for_is_said_so() {
    let mut installation = Installation::used().await;
    let folder = installation.folder.path();
    let mut make = Command::new("openssl");
    make.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]);
    make.args(["-subj", "/CN=localhost", "-keyout", "key.pem", "-out", "cert.pem"]).current_dir(folder);
    let Ok(made) = make.stdout(Stdio::null()).stderr(Stdio::null()).status() else {
        assert!(std::env::var_os("CI").is_none(), "openssl is missing");
        eprintln!("-- left out: there is no openssl");
        return;
    };
    assert!(made.success());
    let port = crate::programs::free_port();
    let mut proxy = Command::new("openssl")
        .args(["s_server", "-www", "-quiet", "-cert", "cert.pem", "-key", "key.pem", "-accept"])
        .arg(port.to_string())
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("openssl starts");
    crate::programs::wait_for_port(port);
    installation.config.public_url = format!("https://localhost:{port}");
    let found = installation.finds("public address").await;
    proxy.kill().expect("it runs");
    proxy.wait().expect("it ends");
    is(&found, Level::Problem, "certificate");
    assert!(found.advice.is_some_and(|advice| advice.contains("the proxy's")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_others_look_into_or_that_is_none_is_said_so() {
    let mut installation = Installation::used().await;
    is(&installation.finds("data folder").await, Level::Ok, "ours alone");
    std::fs::set_permissions(&installation.config.data_dir, PermissionsExt::from_mode(0o755)).expect("ours");
    is(&installation.finds("data folder").await, Level::Note, "other users");
    let file = installation.folder.path().join("file");
    std::fs::write(&file, "").expect("it is ours");
    installation.config.data_dir = file;
    is(&installation.finds("data folder").await, Level::Problem, "is not a folder");
    installation.config.data_dir = installation.folder.path().join("new");
    is(&installation.finds("data folder").await, Level::Note, "is not there");
    is(&installation.finds("database").await, Level::Note, "is not there");
}

#[test]
fn the_terminal_and_programs_are_told_and_the_exit_says_whether_something_has_to_be_done() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::create_dir_all(folder.path().join("target/site/pkg")).expect("the page");
    let well = run(hubbub(folder.path()).args(["doctor", "--json"]).env("PORT", "1"), "");
    let report: serde_json::Value = serde_json::from_slice(&well.stdout).expect("it is JSON");
    assert!(well.status.success() && report["problems"] == 0, "{report:#}");
    let few = format!("ulimit -n 300; exec {} doctor", env!("CARGO_BIN_EXE_hubbub"));
    let few = run(Command::new("sh").args(["-c", &few]).current_dir(folder.path()).env("PORT", "1"), "");
    let said = String::from_utf8_lossy(&few.stdout).into_owned();
    assert_eq!(few.status.code(), Some(1), "{said}");
    assert!(said.contains("PROBLEM  open files") && said.contains("LimitNOFILE"), "{said}");
    let refused = run(hubbub(folder.path()).arg("doctor").env("HUBBUB_PUBLIC_URL", "nowhere"), "");
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        String::from_utf8_lossy(&refused.stdout).contains("PROBLEM  settings         setting public_url")
    );
}

#[test]
fn a_report_counts_its_problems() {
    let error = server::config::ConfigError::NoFile(PathBuf::from("/nowhere.toml"));
    let report = Report::of_refused(&error);
    assert_eq!(report.problems, 1);
    assert!(report.to_string().ends_with("1 problem."), "{report}");
}
