//! Settings: defaults that work, then `hubbub.toml`, then the environment.
//!
//! [`Config`] is what the file and the variables may say, one field per setting; [`Config::load`]
//! reads and checks it. Every refusal names the setting and what it accepts.

mod bucket;
mod network;

pub use bucket::S3;
pub use network::Network;

use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use protocol::limits::{
    CUSTOM_EVENTS_KEPT_HOURS, CUSTOM_EVENTS_KEPT_HOURS_MIN, FILE_BYTES_MAX, PUSH_GRACE,
    SIGN_INS_PER_MINUTE_MAX,
};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The file that is read from the working directory unless another one is named.
pub const FILE: &str = "hubbub.toml";
/// What the environment's names begin with.
const PREFIX: &str = "HUBBUB_";

/// All settings.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Folder of the embedded database and of the files that people upload. `HUBBUB_DATA_DIR`.
    pub data_dir: PathBuf,
    /// Address and port to listen on. `HUBBUB_ADDRESS`; the usual `PORT` changes only the port.
    pub address: SocketAddr,
    /// `postgres://…` or `sqlite://…`; empty: the embedded database. `DATABASE_URL`.
    pub database_url: String,
    /// `redis://…`, or several nodes of a cluster with commas between, which links several servers; empty: this
    /// one is alone. `REDIS_URL`.
    pub redis_url: String,
    /// Where people reach the site, as `https://hubbub.example.org`; empty: at `address`.
    /// With https, cookies are `Secure` and browsers are told to stay with https.
    pub public_url: String,
    /// Proxies (addresses or networks) whose `X-Forwarded-For` is believed.
    #[serde(deserialize_with = "network::list")]
    pub trusted_proxies: Vec<Network>,
    /// Anybody may make an account; otherwise only by an invitation.
    pub open_registration: bool,
    /// Attempts to sign in per minute, for one address and for one account alike.
    pub sign_ins_per_minute: NonZeroU32,
    /// How many days events are kept for people who come back.
    pub events_kept_days: u16,
    /// How many hours events of other programs are kept; at least a day.
    pub custom_events_kept_hours: u32,
    /// How many days notifications are kept.
    pub notifications_kept_days: u16,
    /// How many days the audit log is kept.
    pub audit_kept_days: u16,
    /// New sockets per second; more are told to come back later. 0: 200 for each core.
    pub handshakes_per_second: u32,
    /// Memory for the newest events of all topics, in MiB; older ones are read from the database.
    pub tail_memory_mib: u16,
    /// Largest file that may be uploaded, in bytes.
    pub file_bytes_max: u64,
    /// The bucket for files, of any service that speaks S3; empty: they lie in the data folder.
    pub files_bucket: String,
    /// Where that service is, as `https://s3.example.org`; empty: Amazon's.
    pub files_endpoint: String,
    /// Its region.
    pub files_region: String,
    /// The key to it; without keys, the machine's own role is asked for one.
    pub files_access_key: String,
    /// The secret of that key.
    pub files_secret_key: String,
    /// How long people have to read something before their devices are told, in seconds.
    pub push_grace_seconds: u16,
    /// Devices may be told through a push service on this machine: for development and tests.
    pub push_to_loopback: bool,
    /// The server looks at pages that texts link, and shows what they are.
    pub link_previews: bool,
    /// It may look at pages of this machine: for development and tests.
    pub links_to_loopback: bool,
    /// How long stopping may take, in seconds: the time that open requests and sockets get.
    pub stop_within_seconds: u16,
    /// The compiled page. `LEPTOS_SITE_ROOT` says it as well.
    pub site_dir: PathBuf,
    /// What is logged: `info`, `debug`, or a filter like `info,realtime=debug`.
    pub log: String,
    /// How it is logged.
    pub log_format: LogFormat,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Pretty on a terminal, JSON otherwise.
    Auto,
    /// For people.
    Pretty,
    /// For programs: one object per line.
    Json,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data_dir: "data".into(),
            address: SocketAddr::from(([127, 0, 0, 1], 3000)),
            database_url: String::new(),
            redis_url: String::new(),
            public_url: String::new(),
            trusted_proxies: Vec::new(),
            open_registration: false,
            sign_ins_per_minute: NonZeroU32::new(SIGN_INS_PER_MINUTE_MAX)
                .expect("the usual limit is above zero"),
            events_kept_days: 7,
            custom_events_kept_hours: CUSTOM_EVENTS_KEPT_HOURS,
            notifications_kept_days: 90,
            audit_kept_days: 365,
            handshakes_per_second: 0,
            tail_memory_mib: 128,
            file_bytes_max: FILE_BYTES_MAX,
            files_bucket: String::new(),
            files_endpoint: String::new(),
            files_region: "us-east-1".into(),
            files_access_key: String::new(),
            files_secret_key: String::new(),
            push_grace_seconds: u16::try_from(PUSH_GRACE.as_secs()).expect("the usual grace is short"),
            push_to_loopback: false,
            link_previews: true,
            links_to_loopback: false,
            stop_within_seconds: 10,
            site_dir: "target/site".into(),
            log: "info".into(),
            log_format: LogFormat::Auto,
        }
    }
}

/// Settings that cannot be used, as sentences for the person at the terminal.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The named file is not there.
    #[error("{0} does not exist: give the path of a settings file, or none to use the defaults")]
    NoFile(PathBuf),
    /// A value has another type than its setting, or there is no such setting.
    #[error("setting {0}")]
    Unreadable(String),
    /// A value that was read and makes no sense.
    #[error("setting {setting}: {message}")]
    Invalid {
        /// Its name.
        setting: &'static str,
        /// What it accepts.
        message: String,
    },
}

impl Config {
    /// The settings of this process. `file` is one that the command line names, which must exist.
    ///
    /// # Errors
    /// When a value cannot be used.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        if let Some(file) = file
            && !file.is_file()
        {
            return Err(ConfigError::NoFile(file.to_path_buf()));
        }
        let file = file.unwrap_or(Path::new(FILE));
        let mut figment = Figment::from(Serialized::defaults(Self::default()));
        if file.is_file() {
            figment = figment.merge(Toml::file_exact(file));
        }
        let figment = figment
            .merge(Env::raw().only(&["DATABASE_URL", "REDIS_URL"]))
            .merge(Env::raw().only(&["LEPTOS_SITE_ROOT"]).map(|_| "site_dir".into()))
            .merge(Env::prefixed(PREFIX).filter(|name| is_setting(name.as_str())));
        let mut config: Self = figment.extract().map_err(|error| unreadable(&error))?;
        if let Ok(port) = std::env::var("PORT") {
            let message = || format!("PORT is {port:?}, but must be a number from 0 to 65535");
            config.address.set_port(port.parse().map_err(|_| invalid("address", message()))?);
        }
        config.check()?;
        Ok(config)
    }

    /// Names in the environment that look like settings and are none: most often a slip.
    #[must_use]
    pub fn unknown_variables() -> Vec<String> {
        let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
        let mut unknown: Vec<String> = names
            .filter(|name| {
                name.strip_prefix(PREFIX).is_some_and(|rest| rest != "CONFIG" && !is_setting(rest))
            })
            .collect();
        unknown.sort();
        unknown
    }

    fn check(&self) -> Result<(), ConfigError> {
        let schemes = ["sqlite://", "postgres://", "postgresql://"];
        if !self.database_url.is_empty()
            && !schemes.iter().any(|scheme| self.database_url.starts_with(scheme))
        {
            return Err(invalid("database_url", "must begin with postgres:// or sqlite://, or be empty"));
        }
        let is_redis = |url: &str| url.trim().starts_with("redis://");
        if !self.redis_url.is_empty() && !self.redis_url.split(',').all(is_redis) {
            let message =
                "must begin with redis://, or be empty; several nodes of a cluster stand with commas between";
            return Err(invalid("redis_url", message));
        }
        if !self.public_url.is_empty() {
            let is_origin = self.public_url.parse::<http::Uri>().is_ok_and(|uri| {
                matches!(uri.scheme_str(), Some("http" | "https"))
                    && uri.host().is_some()
                    && matches!(uri.path(), "" | "/")
            });
            if !is_origin {
                return Err(invalid("public_url", "must be like https://hubbub.example.org, without a path"));
            }
        }
        for (setting, days) in [
            ("events_kept_days", self.events_kept_days),
            ("notifications_kept_days", self.notifications_kept_days),
            ("audit_kept_days", self.audit_kept_days),
        ] {
            if !(1..=3650).contains(&days) {
                return Err(invalid(setting, "must be from 1 to 3650"));
            }
        }
        if !(CUSTOM_EVENTS_KEPT_HOURS_MIN..=87_600).contains(&self.custom_events_kept_hours) {
            let message = format!(
                "must be from {CUSTOM_EVENTS_KEPT_HOURS_MIN} to 87600: whoever is away for a day must find them"
            );
            return Err(invalid("custom_events_kept_hours", message));
        }
        if self.tail_memory_mib == 0 {
            return Err(invalid("tail_memory_mib", "must be from 1 to 65535"));
        }
        if !(1024..=bucket::FILE_BYTES_POSSIBLE).contains(&self.file_bytes_max) {
            let most = bucket::FILE_BYTES_POSSIBLE;
            return Err(invalid("file_bytes_max", format!("must be from 1024 to {most}")));
        }
        self.check_bucket()?;
        if 3600 < self.push_grace_seconds {
            return Err(invalid("push_grace_seconds", "must be from 0 to 3600"));
        }
        if !(1..=600).contains(&self.stop_within_seconds) {
            return Err(invalid("stop_within_seconds", "must be from 1 to 600"));
        }
        if let Err(error) = tracing_subscriber::EnvFilter::try_new(&self.log) {
            return Err(invalid("log", format!("is no filter ({error}); try \"info\"")));
        }
        Ok(())
    }

    /// The database to open: the one named, or the embedded one in the data folder.
    #[must_use]
    pub fn store_url(&self) -> String {
        if self.database_url.is_empty() {
            format!("sqlite://{}", self.data_dir.join("hubbub.db").display())
        } else {
            self.database_url.clone()
        }
    }

    /// The database lies in the data folder of this machine.
    #[must_use]
    pub fn is_embedded(&self) -> bool {
        self.database_url.is_empty()
    }

    /// People reach the site over https.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.public_url.starts_with("https://")
    }

    /// How long events are kept.
    #[must_use]
    pub fn events_kept_for(&self) -> Duration {
        days(self.events_kept_days)
    }

    /// How long events of other programs are kept.
    #[must_use]
    pub fn custom_events_kept_for(&self) -> Duration {
        Duration::from_secs(u64::from(self.custom_events_kept_hours) * 3600)
    }

    /// How long notifications are kept.
    #[must_use]
    pub fn notifications_kept_for(&self) -> Duration {
        days(self.notifications_kept_days)
    }

    /// How long the audit log is kept.
    #[must_use]
    pub fn audit_kept_for(&self) -> Duration {
        days(self.audit_kept_days)
    }

    /// How long people have to read something before their devices are told.
    #[must_use]
    pub fn push_grace(&self) -> Duration {
        Duration::from_secs(self.push_grace_seconds.into())
    }

    /// How long stopping may take.
    #[must_use]
    pub fn stop_within(&self) -> Duration {
        Duration::from_secs(self.stop_within_seconds.into())
    }

    /// All settings as a `hubbub.toml` that could be used, with passwords and secrets hidden.
    #[must_use]
    pub fn shown(&self) -> String {
        let shown = Self {
            database_url: without_password(&self.database_url),
            redis_url: self.redis_url.split(',').map(without_password).collect::<Vec<_>>().join(","),
            files_secret_key: if self.files_secret_key.is_empty() { String::new() } else { "…".into() },
            ..self.clone()
        };
        toml::to_string(&shown).expect("every setting is a plain TOML value")
    }
}

/// The names of all settings.
const SETTINGS: [&str; 28] = [
    "data_dir",
    "address",
    "database_url",
    "redis_url",
    "public_url",
    "trusted_proxies",
    "open_registration",
    "sign_ins_per_minute",
    "events_kept_days",
    "custom_events_kept_hours",
    "notifications_kept_days",
    "audit_kept_days",
    "handshakes_per_second",
    "tail_memory_mib",
    "file_bytes_max",
    "files_bucket",
    "files_endpoint",
    "files_region",
    "files_access_key",
    "files_secret_key",
    "push_grace_seconds",
    "push_to_loopback",
    "link_previews",
    "links_to_loopback",
    "stop_within_seconds",
    "site_dir",
    "log",
    "log_format",
];

fn days(count: u16) -> Duration {
    Duration::from_secs(u64::from(count) * 24 * 3600)
}

fn is_setting(name: &str) -> bool {
    SETTINGS.iter().any(|setting| setting.eq_ignore_ascii_case(name))
}

fn invalid(setting: &'static str, message: impl Into<String>) -> ConfigError {
    ConfigError::Invalid { setting, message: message.into() }
}

fn unreadable(error: &figment::Error) -> ConfigError {
    let place = error.metadata.as_ref().map(|metadata| metadata.name.to_string()).unwrap_or_default();
    let setting = error.path.join(".");
    let setting = if setting.is_empty() { String::new() } else { format!("{setting}: ") };
    let place = if place.is_empty() { String::new() } else { format!(" (in {place})") };
    ConfigError::Unreadable(format!("{setting}{}{place}", error.kind))
}

/// `postgres://ada:secret@host/db` as `postgres://ada:…@host/db`.
fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let Some((login, host)) = rest.rsplit_once('@') else { return url.to_owned() };
    match login.split_once(':') {
        Some((name, _)) => format!("{scheme}://{name}:…@{host}"),
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from_toml(text: &str) -> Result<Config, ConfigError> {
        let figment = Figment::from(Serialized::defaults(Config::default())).merge(Toml::string(text));
        let config: Config = figment.extract().map_err(|error| unreadable(&error))?;
        config.check()?;
        Ok(config)
    }

    #[test]
    fn an_empty_file_is_enough() {
        let config = from_toml("").unwrap();
        assert_eq!(config.store_url(), "sqlite://data/hubbub.db");
        assert!(!config.is_https());
    }

    #[test]
    fn every_refusal_names_the_setting() {
        for (text, setting) in [
            ("address = \"nowhere\"", "address"),
            ("events_kept_days = 0", "events_kept_days"),
            ("events_kept_days = \"many\"", "events_kept_days"),
            ("notifications_kept_days = 0", "notifications_kept_days"),
            ("audit_kept_days = 4000", "audit_kept_days"),
            ("handshakes_per_second = -1", "handshakes_per_second"),
            ("tail_memory_mib = 0", "tail_memory_mib"),
            ("stop_within_seconds = 9999", "stop_within_seconds"),
            ("push_grace_seconds = 9999", "push_grace_seconds"),
            ("database_url = \"mysql://host\"", "database_url"),
            ("redis_url = \"host:6379\"", "redis_url"),
            ("redis_url = \"redis://host,host\"", "redis_url"),
            ("public_url = \"hubbub.example.org\"", "public_url"),
            ("public_url = \"https://example.org/hubbub\"", "public_url"),
            ("trusted_proxies = [\"10.0.0.0/99\"]", "trusted_proxies"),
            ("sign_ins_per_minute = 0", "sign_ins_per_minute"),
            ("open_registration = \"perhaps\"", "open_registration"),
            ("log_format = \"xml\"", "log_format"),
            ("log = \"a=b=c\"", "log"),
            ("file_bytes_max = 10", "file_bytes_max"),
            ("files_endpoint = \"https://s3.example.org\"", "files_bucket"),
            ("files_bucket = \"Not A Bucket\"", "files_bucket"),
            ("files_bucket = \"files\"\nfiles_endpoint = \"s3.example.org\"", "files_endpoint"),
            ("files_bucket = \"files\"\nfiles_region = \"\"", "files_region"),
            ("files_bucket = \"files\"\nfiles_access_key = \"x\"", "files_secret_key"),
            ("files_bucket = \"files\"\nfiles_secret_key = \"x\"", "files_access_key"),
            ("datadir = \"x\"", "datadir"),
        ] {
            let message = from_toml(text).unwrap_err().to_string();
            assert!(message.contains(setting), "{text}: {message}");
        }
    }

    #[test]
    fn what_is_shown_has_no_passwords_and_reads_back() {
        let config = Config {
            database_url: "postgres://hubbub:geheim@db/hubbub".to_owned(),
            redis_url: "redis://:geheim@cache".to_owned(),
            files_bucket: "hubbub".to_owned(),
            files_access_key: "AKIA".to_owned(),
            files_secret_key: "geheim".to_owned(),
            trusted_proxies: vec!["10.0.0.0/8".parse().unwrap()],
            ..Config::default()
        };
        let shown = config.shown();
        assert!(!shown.contains("geheim"), "{shown}");
        assert_eq!(from_toml(&shown).unwrap().trusted_proxies, config.trusted_proxies);
    }

    #[test]
    fn every_setting_is_known_by_its_name() {
        let shown: toml::Table = Config::default().shown().parse().unwrap();
        let mut names: Vec<&str> = shown.keys().map(String::as_str).collect();
        let mut settings = SETTINGS.to_vec();
        names.sort_unstable();
        settings.sort_unstable();
        assert_eq!(names, settings);
    }
}
