//! Backups that are broken, or made to break something: refused before anything is touched.

#![expect(clippy::unwrap_used, reason = "what a test cannot go on without may end it, in its helpers too")]

use crate::harness::{TestApp, config_in};
use crate::uploads::Upload;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use server::backup;
use server::config::Config;
use sha2::{Digest, Sha256};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use tar::{Archive, Builder, EntryType, Header};
use tempfile::TempDir;

/// A backup, and an empty place to restore it to.
struct Given {
    folder: TempDir,
    file: PathBuf,
    config: Config,
}

async fn a_backup() -> Given {
    let folder = tempfile::tempdir().unwrap();
    let config = config_in(folder.path());
    let mut app = TestApp::start_on(config.clone()).await;
    let ada = app.site.set_up("ada").await;
    let group = ada.founds_group(&[]).await;
    let file = ada.uploads(Upload::of(group, "a.txt", "what stands in it")).await;
    ada.sends_files(group, &[&file]).await;
    app.stop().await;
    let file = folder.path().join("backup.tar");
    backup::make(&config, &file).await.expect("a backup");
    let config = config_in(&folder.path().join("elsewhere"));
    Given { folder, file, config }
}

impl Given {
    /// Tries to restore these bytes; the sentence with which they are refused.
    async fn refuses(&self, bytes: &[u8]) -> String {
        let changed = self.folder.path().join("changed.tar");
        std::fs::write(&changed, bytes).unwrap();
        let refused = backup::restore(&self.config, &changed, true).await;
        let refused = refused.expect_err("it is refused").to_string();
        assert!(!self.config.data_dir.exists(), "something was touched: {refused}");
        refused
    }

    fn members(&self) -> Vec<(String, Vec<u8>)> {
        members(&self.file)
    }
}

fn members(file: &Path) -> Vec<(String, Vec<u8>)> {
    let mut archive = Archive::new(std::fs::File::open(file).unwrap());
    let read = |entry: std::io::Result<tar::Entry<'_, std::fs::File>>| {
        let mut entry = entry.unwrap();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        (String::from_utf8(entry.path_bytes().into_owned()).unwrap(), bytes)
    };
    archive.entries().unwrap().map(read).collect()
}

/// An archive of these members, whatever their names.
fn archive(members: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut tar = Builder::new(Vec::new());
    for (name, bytes) in members {
        let mut header = header(name, EntryType::Regular);
        header.set_size(bytes.len() as u64);
        header.set_cksum();
        tar.append(&header, bytes.as_slice()).unwrap();
    }
    tar.into_inner().unwrap()
}

/// `set_path` would refuse what an attacker writes.
fn header(name: &str, kind: EntryType) -> Header {
    let mut header = Header::new_ustar();
    header.set_entry_type(kind);
    header.set_mode(0o600);
    header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
    header
}

fn manifest_of(members: &[(String, Vec<u8>)]) -> Value {
    let (name, bytes) = &members[members.len() - 2];
    assert_eq!(name, "manifest.json");
    serde_json::from_slice(bytes).unwrap()
}

fn with_manifest(mut members: Vec<(String, Vec<u8>)>, manifest: &Value) -> Vec<u8> {
    let text = serde_json::to_vec(manifest).unwrap();
    let last = members.len() - 1;
    members[last].1 = hash(&text).into_bytes();
    members[last - 1].1 = text;
    archive(&members)
}

fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_flipped_byte_anywhere_is_found() {
    let given = a_backup().await;
    let whole = std::fs::read(&given.file).unwrap();
    let mut flips = 0;
    // What is zero may be padding, which says nothing.
    for place in (0..whole.len()).step_by(89).filter(|place| whole[*place] != 0) {
        let mut flipped = whole.clone();
        flipped[place] ^= 0x10;
        let refused = given.refuses(&flipped).await;
        assert!(refused.contains("backup"), "at {place}: {refused}");
        flips += 1;
    }
    assert!(100 < flips, "{flips}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_that_was_cut_short_is_found() {
    let given = a_backup().await;
    let whole = std::fs::read(&given.file).unwrap();
    let end = whole.len() - 1024;
    for length in [0, 1, 511, 512, 513, end / 4, end / 2, end - 600, end - 512, end - 1] {
        // The last block of the manifest may be padding only.
        if whole[length..end].iter().all(|byte| *byte == 0) {
            continue;
        }
        let refused = given.refuses(&whole[..length]).await;
        assert!(refused.contains("no backup of Hubbub, or not a whole one"), "{length}: {refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn members_that_lack_or_are_too_many_are_found() {
    let given = a_backup().await;
    let members = given.members();
    for place in 0..members.len() - 2 {
        let mut fewer = members.clone();
        fewer.remove(place);
        assert!(given.refuses(&archive(&fewer)).await.contains("does not hold what its manifest lists"));
    }
    let mut twice = members.clone();
    twice.insert(1, members[0].clone());
    assert!(given.refuses(&archive(&twice)).await.contains("twice"));
    let mut swapped = members.clone();
    swapped.swap(0, 1);
    assert!(given.refuses(&archive(&swapped)).await.contains("does not hold what its manifest lists"));
    let mut more = members.clone();
    more.insert(1, (format!("files/ab/{}ab", "0".repeat(30)), b"x".to_vec()));
    assert!(given.refuses(&archive(&more)).await.contains("does not hold what its manifest lists"));
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_lead_elsewhere_and_links_are_refused() {
    let given = a_backup().await;
    let members = given.members();
    for name in [
        "../evil",
        "files/../../evil",
        "/etc/evil",
        "files/ab/../../../evil",
        "database/../evil.gz",
        "database/.hidden.gz",
        "files/evil",
        "hubbub.db",
        "C:\\evil",
        "database/a/b.gz",
    ] {
        let mut hostile = members.clone();
        let mut manifest = manifest_of(&members);
        let entry = json!({ "path": name, "bytes": 1, "sha256": hash(b"x") });
        manifest["members"].as_array_mut().unwrap().insert(1, entry);
        hostile.insert(1, (name.to_owned(), b"x".to_vec()));
        let refused = given.refuses(&with_manifest(hostile, &manifest)).await;
        assert!(refused.contains("which no backup does"), "{name}: {refused}");
    }
    for kind in [EntryType::Symlink, EntryType::Link, EntryType::Directory, EntryType::GNULongName] {
        let mut tar = Builder::new(Vec::new());
        let mut link = header(&members[1].0, kind);
        link.set_link_name("/etc/passwd").unwrap();
        link.set_size(0);
        link.set_cksum();
        tar.append(&link, std::io::empty()).unwrap();
        let mut bytes = tar.into_inner().unwrap();
        bytes.truncate(512);
        bytes.extend(archive(&members));
        assert!(given.refuses(&bytes).await.contains("which no backup does"), "{kind:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_unpacks_to_more_than_it_says_is_refused() {
    let given = a_backup().await;
    let members = given.members();
    let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
    bomb.write_all(&vec![0; 64 * 1024 * 1024]).unwrap();
    let bomb = bomb.finish().unwrap();
    for (says, sentence) in
        [(1000, "damaged"), (1_u64 << 50, "unpack to more"), (64 * 1024 * 1024 + 1, "damaged")]
    {
        let mut hostile = members.clone();
        hostile[0].1.clone_from(&bomb);
        let mut manifest = manifest_of(&members);
        manifest["members"][0]["bytes"] = json!(bomb.len());
        manifest["members"][0]["sha256"] = json!(hash(&bomb));
        manifest["members"][0]["unpacked_bytes"] = json!(says);
        let refused = given.refuses(&with_manifest(hostile, &manifest)).await;
        assert!(refused.contains(sentence), "{says}: {refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_another_than_the_manifest_says_is_not_put_in_place() {
    let given = a_backup().await;
    let members = given.members();
    let refuses = async |change: &dyn Fn(&mut Value)| {
        let mut manifest = manifest_of(&members);
        change(&mut manifest);
        let changed = given.folder.path().join("changed.tar");
        std::fs::write(&changed, with_manifest(members.clone(), &manifest)).unwrap();
        let refused = backup::restore(&given.config, &changed, true).await.expect_err("it is refused");
        assert!(!given.config.data_dir.join("hubbub.db").exists());
        assert!(!given.config.data_dir.join("hubbub.db-restoring").exists());
        refused.to_string()
    };
    for change in [
        (|manifest: &mut Value| manifest["facts"]["rows"]["users"] = json!(7)) as fn(&mut Value),
        |manifest: &mut Value| manifest["facts"]["history"] = json!("0"),
        |manifest: &mut Value| manifest["facts"]["schema"] = json!(3),
    ] {
        let refused = refuses(&change).await;
        assert!(refused.contains("does not fit together"), "{refused}");
    }
    let refused = refuses(&|manifest: &mut Value| manifest["facts"]["schema"] = json!(99_999)).await;
    assert!(refused.contains("newer"), "{refused}");
    let refused = refuses(&|manifest: &mut Value| manifest["format"] = json!(2)).await;
    assert!(refused.contains("format"), "{refused}");
    let garbage = given.folder.path().join("garbage.tar");
    std::fs::write(&garbage, "not a tar at all".repeat(100)).unwrap();
    let refused =
        backup::restore(&given.config, &garbage, true).await.expect_err("it is nothing").to_string();
    assert!(refused.contains("no backup of Hubbub"), "{refused}");
}
