//! The settings of the bucket for files.

use super::{Config, ConfigError, invalid};

/// An object of S3 has at most 10,000 parts, and ours are of 5 MiB.
pub(super) const FILE_BYTES_POSSIBLE: u64 = 10_000 * 5 * 1024 * 1024;

/// A bucket and how to reach it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct S3 {
    /// Its name.
    pub bucket: String,
    /// Its service; none: Amazon's.
    pub endpoint: Option<String>,
    /// Its region.
    pub region: String,
    /// The key and its secret; none: the machine's own role.
    pub keys: Option<(String, String)>,
}

impl Config {
    /// The bucket for files; none: they lie in the data folder.
    #[must_use]
    pub fn s3(&self) -> Option<S3> {
        let given = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        Some(S3 {
            bucket: given(&self.files_bucket)?,
            endpoint: given(&self.files_endpoint).map(|url| url.trim_end_matches('/').to_owned()),
            region: self.files_region.clone(),
            keys: given(&self.files_access_key).zip(given(&self.files_secret_key)),
        })
    }

    pub(super) fn check_bucket(&self) -> Result<(), ConfigError> {
        let others = [&self.files_endpoint, &self.files_access_key, &self.files_secret_key];
        if self.files_bucket.is_empty() {
            if others.iter().any(|other| !other.is_empty()) {
                return Err(invalid("files_bucket", "must be given where another setting of the bucket is"));
            }
            return Ok(());
        }
        let is_of_name =
            |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.' | '_');
        if !self.files_bucket.chars().all(is_of_name) || !(3..=63).contains(&self.files_bucket.len()) {
            let message = "must be the name of a bucket: 3 to 63 small letters, digits, dashes and dots";
            return Err(invalid("files_bucket", message));
        }
        let is_url = |url: &str| {
            let url = url.parse::<http::Uri>();
            url.is_ok_and(|url| matches!(url.scheme_str(), Some("http" | "https")) && url.host().is_some())
        };
        if !self.files_endpoint.is_empty() && !is_url(&self.files_endpoint) {
            return Err(invalid("files_endpoint", "must be like https://s3.example.org, or be empty"));
        }
        if self.files_region.is_empty() {
            return Err(invalid("files_region", "must be given; most services take \"us-east-1\""));
        }
        match (self.files_access_key.is_empty(), self.files_secret_key.is_empty()) {
            (false, true) => Err(invalid("files_secret_key", "must be given with files_access_key")),
            (true, false) => Err(invalid("files_access_key", "must be given with files_secret_key")),
            _ => Ok(()),
        }
    }
}
