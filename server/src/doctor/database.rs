//! The database: reachable, whole, of this version; its log, its clock and its keys.

use super::{Finding, Level};
use crate::config::Config;
use crate::push;
use protocol::Timestamp;
use std::collections::HashSet;
use std::time::Duration;
use store::backup::{BackupError, Engine, KeptObject};
use store::inspect::{Gap, Inspection, Keys};
use uuid::Uuid;

/// A clock that differs by more shows in pages, and tokens of other servers are not valid yet.
const CLOCKS_DIFFER_MAX: Duration = Duration::from_secs(5);
/// Events that seem to come from the future by more than this come from a wrong clock.
const AHEAD_MAX: Duration = Duration::from_secs(60);
/// When this was written; a clock that shows less was never set.
const WRITTEN_AT: Timestamp = Timestamp(1_795_219_200_000);
/// Logs that are named.
const NAMED_MAX: usize = 3;
const BACKUP: &str = "stop the server and restore the newest backup (`hubbub restore FILE --replace`)";

/// What the other checks need of the database.
pub(super) struct Found {
    pub(super) findings: Vec<Finding>,
    /// The files that should be there, and all objects that a row knows.
    pub(super) objects: Option<Objects>,
    /// The public keys as they are published.
    pub(super) published: Option<String>,
}

/// Objects as the database knows them.
pub(super) struct Objects {
    pub(super) kept: Vec<KeptObject>,
    pub(super) known: HashSet<Uuid>,
}

pub(super) async fn examine(config: &Config) -> Found {
    let mut found = Found { findings: Vec::new(), objects: None, published: None };
    let mut inspection = match Inspection::open(&config.store_url()).await {
        Ok(inspection) => inspection,
        Err(error) => {
            found.findings.push(unreachable(config, &error));
            return found;
        }
    };
    if let Err(error) = look(config, &mut inspection, &mut found).await {
        let mut why = error.to_string();
        let mut source = std::error::Error::source(&error);
        while let Some(error) = source {
            why = format!("{why}: {error}");
            source = error.source();
        }
        found.findings.push(Finding::problem("database", why, BACKUP));
    }
    found
}

fn unreachable(config: &Config, error: &BackupError) -> Finding {
    let kind = Engine::of(&config.store_url());
    match (error, kind) {
        (BackupError::Missing(file), _) => Finding::note(
            "database",
            format!("{} is not there", file.display()),
            "nothing to do if this installation is new: `hubbub serve` makes it",
        ),
        (error, Engine::Postgres) => Finding::problem(
            "database",
            error.to_string(),
            "start PostgreSQL, and see that DATABASE_URL (setting database_url) names it, its user and password",
        ),
        (error, Engine::Sqlite) => Finding::problem("database", error.to_string(), BACKUP),
    }
}

async fn look(config: &Config, inspection: &mut Inspection, found: &mut Found) -> store::Result<()> {
    let problems = inspection.integrity().await?;
    found.findings.push(integrity(config, inspection, &problems).await?);
    if !problems.is_empty() {
        return Ok(());
    }
    let schema = schema(inspection);
    let is_ours = schema.level == Level::Ok;
    found.findings.push(schema);
    if !is_ours {
        return Ok(());
    }
    found.findings.push(log(&inspection.gaps().await?));
    found.findings.push(clock(inspection).await?);
    let keys = inspection.keys().await?;
    found.findings.push(self::keys(&keys));
    found.published = Some(keys.published);
    let (kept, known) = (inspection.objects().await?, inspection.known_objects().await?);
    found.objects = Some(Objects { kept, known });
    Ok(())
}

async fn integrity(
    config: &Config,
    inspection: &mut Inspection,
    problems: &[String],
) -> store::Result<Finding> {
    let kind = Engine::of(&config.store_url()).name();
    Ok(match problems {
        [] => {
            let mib = inspection.size_bytes().await? / 1024 / 1024;
            Finding::ok("database", format!("{kind} answers, {mib} MiB"))
        }
        [first, ..] => {
            let says = format!("{kind} finds {} mistakes in its file: {first}", problems.len());
            Finding::problem("database", says, format!("keep a copy of the folder; then {BACKUP}"))
        }
    })
}

fn schema(inspection: &Inspection) -> Finding {
    let Inspection { schema, known_schema, .. } = inspection;
    if known_schema < schema {
        let says = format!("the tables have schema {schema}, and this program knows {known_schema}");
        return Finding::problem("schema", says, "install the newer version that made them, or a newer one");
    }
    if schema < known_schema {
        let says = format!("the tables have schema {schema}, and this program needs {known_schema}");
        return Finding::note(
            "schema",
            says,
            "make a backup with the version that made them; the next start updates them",
        );
    }
    Finding::ok("schema", format!("{schema}, which is this program's"))
}

fn log(gaps: &[Gap]) -> Finding {
    if gaps.is_empty() {
        return Finding::ok("log", "without a gap");
    }
    let named: Vec<String> =
        gaps.iter().take(NAMED_MAX).map(|gap| format!("{} (ends at {})", gap.topic, gap.head)).collect();
    let says = format!("{} logs lack events: {}", gaps.len(), named.join(", "));
    Finding::problem(
        "log",
        says,
        format!("somebody changed the tables by hand, or the disk lost some: {BACKUP}"),
    )
}

async fn clock(inspection: &mut Inspection) -> store::Result<Finding> {
    let now = Timestamp::now();
    let advice = "set the clocks of all machines by NTP (`timedatectl set-ntp true`)";
    if now < WRITTEN_AT {
        return Ok(Finding::problem("clock", format!("it is {} here", now.iso()), advice));
    }
    if let Some(there) = inspection.clock().await? {
        let apart = now.since(there).max(there.since(now));
        if CLOCKS_DIFFER_MAX < apart {
            let says = format!("the database's clock is {} s from this machine's", apart.as_secs());
            return Ok(Finding::problem("clock", says, advice));
        }
    }
    if let Some(newest) = inspection.newest_event().await?
        && now + AHEAD_MAX < newest
    {
        let says = format!("it is {} here, and something was written at {}", now.iso(), newest.iso());
        return Ok(Finding::problem("clock", says, advice));
    }
    Ok(Finding::ok("clock", now.iso()))
}

fn keys(keys: &Keys) -> Finding {
    if keys.push.is_none() && keys.signing_is_usable.is_none() {
        return Finding::note(
            "keys",
            "there are none yet",
            "nothing to do: the first start of the server makes them",
        );
    }
    if !keys.push.as_ref().is_none_or(|kept| push::is_key(kept)) {
        return Finding::problem(
            "keys",
            "the key of notifications to devices cannot be read",
            "restore it from a backup; or DELETE FROM settings WHERE key = 'push_key', and everybody switches their devices on again",
        );
    }
    if keys.signing_is_usable == Some(false) {
        return Finding::problem(
            "keys",
            "the key that signs access tokens cannot be read, or does not belong to what is published",
            "DELETE FROM signing_keys and restart: a new one is made, and programs exchange their tokens again",
        );
    }
    Finding::ok("keys", "those of notifications and access tokens can be used")
}
