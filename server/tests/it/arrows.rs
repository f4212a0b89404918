//! The crates' arrows run one way.

use serde_json::Value;
use std::collections::BTreeMap;
use std::process::Command;

/// Who may use whom among our own crates, besides for tests.
const ARROWS: [(&str, &[&str]); 9] = [
    ("protocol", &[]),
    ("store", &["protocol"]),
    ("realtime", &["protocol", "store"]),
    ("client", &["protocol"]),
    ("app", &["protocol", "client", "store"]),
    ("frontend", &["app"]),
    ("server", &["app", "realtime", "store", "protocol"]),
    ("bench", &["client", "protocol"]),
    ("xtask", &[]),
];
/// What belongs to one crate alone.
const OWNERS: [(&str, &str); 4] =
    [("sqlx", "store"), ("redis", "realtime"), ("gloo-net", "client"), ("clap", "server")];

/// Each crate of ours with the names of what it uses, besides for tests.
fn crates() -> BTreeMap<String, Vec<String>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
    let arguments =
        ["metadata", "--format-version", "1", "--no-deps", "--offline", "--manifest-path", manifest];
    let output = Command::new(cargo).args(arguments).output().expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo speaks JSON");
    let packages = metadata["packages"].as_array().expect("there are packages").iter();
    packages
        .map(|package| {
            let all = package["dependencies"].as_array().expect("a list").iter();
            let used = all.filter(|dependency| dependency["kind"] != "dev");
            let names = used.map(|dependency| dependency["name"].as_str().expect("a name").to_owned());
            (package["name"].as_str().expect("a name").to_owned(), names.collect())
        })
        .collect()
}

#[test]
fn crates_use_only_what_stands_below_them() {
    let crates = crates();
    for (name, uses) in &crates {
        let (_, allowed) = ARROWS
            .iter()
            .find(|(known, _)| known == name)
            .unwrap_or_else(|| panic!("{name} has no place in the house"));
        for used in uses.iter().filter(|used| crates.contains_key(*used)) {
            assert!(allowed.contains(&used.as_str()), "{name} must not use {used}");
        }
    }
}

#[test]
fn the_database_redis_and_sockets_have_one_owner_each() {
    for (name, uses) in &crates() {
        for (dependency, owner) in OWNERS {
            let is_elsewhere = uses.iter().any(|used| used == dependency) && name != owner && name != "bench";
            assert!(!is_elsewhere, "{name} uses {dependency}, which belongs to {owner}");
        }
    }
}
