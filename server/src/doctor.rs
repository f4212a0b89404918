//! `hubbub doctor`: looks at an installation, running or stopped, and says what to do.
//!
//! Each check says what it found, good or bad; a *problem* ends the command with 1, a *note* does not.
//! Nothing is changed, besides a file in the data folder that is removed at once.

mod database;
mod files;
mod machine;
mod network;

use crate::config::{Config, ConfigError};
use serde::Serialize;
use std::fmt;

/// How bad something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// As it should be.
    Ok,
    /// Worth to know; it works.
    Note,
    /// Something has to be done.
    Problem,
}

/// What one check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at, in a word or two.
    pub check: &'static str,
    /// How bad it is.
    pub level: Level,
    /// What was found.
    pub says: String,
    /// What to do, if something is.
    #[serde(rename = "do", skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}

impl Finding {
    fn ok(check: &'static str, says: impl Into<String>) -> Self {
        Self { check, level: Level::Ok, says: says.into(), advice: None }
    }

    fn note(check: &'static str, says: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { check, level: Level::Note, says: says.into(), advice: Some(advice.into()) }
    }

    fn problem(check: &'static str, says: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { check, level: Level::Problem, says: says.into(), advice: Some(advice.into()) }
    }
}

/// Everything that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// How many problems there are.
    pub problems: usize,
    /// In the order of the checks.
    pub findings: Vec<Finding>,
}

impl Report {
    fn of(findings: Vec<Finding>) -> Self {
        let problems = findings.iter().filter(|finding| finding.level == Level::Problem).count();
        Self { problems, findings }
    }

    /// The report on settings that cannot be used: nothing else can be looked at.
    #[must_use]
    pub fn of_refused(error: &ConfigError) -> Self {
        let advice = "change it in hubbub.toml or in the environment; `hubbub config` prints what is in use";
        Self::of(vec![Finding::problem("settings", error.to_string(), advice)])
    }

    /// As one JSON object.
    #[must_use]
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).expect("texts and numbers are JSON")
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Finding { check, level, says, advice } in &self.findings {
            let level = match level {
                Level::Ok => "ok",
                Level::Note => "note",
                Level::Problem => "PROBLEM",
            };
            writeln!(f, "{level:<8} {check:<16} {says}")?;
            if let Some(advice) = advice {
                writeln!(f, "{:<25} -> {advice}", "")?;
            }
        }
        match self.problems {
            0 => write!(f, "Nothing has to be done."),
            1 => write!(f, "1 problem."),
            more => write!(f, "{more} problems."),
        }
    }
}

/// Looks at everything.
pub async fn examine(config: &Config) -> Report {
    let mut findings = vec![settings()];
    findings.extend(machine::examine(config));
    let found = database::examine(config).await;
    findings.extend(found.findings);
    if let Some(objects) = found.objects {
        findings.push(files::examine(config, &objects).await);
    }
    findings.extend(network::examine(config, found.published.as_deref()).await);
    Report::of(findings)
}

fn settings() -> Finding {
    match Config::unknown_variables().as_slice() {
        [] => Finding::ok("settings", "they can be used"),
        unknown => Finding::note(
            "settings",
            format!("{} in the environment: no setting has that name", unknown.join(", ")),
            "look for a slip; `hubbub config` prints all names",
        ),
    }
}
