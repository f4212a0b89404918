//! The file of a backup, written and read. What is read may come from anywhere: nothing in it is believed,
//! no name in it becomes the name of a file, and no size in it is exceeded.

use super::manifest::{FORMAT, Manifest, Member, hex, is_of_database, path_of};
use crate::files::storage;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use protocol::Timestamp;
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use tar::{Archive, Builder, EntryType, EntryWriter, Header};

/// The last member but one.
const MANIFEST: &str = "manifest.json";
/// The last one: the hash of the manifest, in hex.
const SEAL: &str = "manifest.sha256";
const SEAL_BYTES: u64 = 64;
/// A line of it for each of a million files.
const MANIFEST_BYTES_MAX: u64 = 512 * 1024 * 1024;
const MEMBERS_MAX: usize = 4_000_000;
/// gzip makes nothing smaller than to a 1,032nd: whoever says so wants to fill a disk.
const UNPACKED_MAX: u64 = 1_100;

/// Why an archive is not restored. Nothing was touched then.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// It cannot be read.
    #[error("cannot read {0}: {1}")]
    Unreadable(PathBuf, #[source] io::Error),
    /// It is something else, or a part of one.
    #[error("{0} is no backup of Hubbub, or not a whole one: {1}")]
    NoBackup(PathBuf, String),
    /// It holds what no backup does.
    #[error("this backup is refused: {0}")]
    Refused(String),
    /// It is not what it was.
    #[error("this backup is damaged: {0} is not what it was when the backup was made; nothing was restored")]
    Damaged(String),
    /// It stopped to be readable.
    #[error("the backup cannot be read any more: {0}")]
    Failed(#[from] io::Error),
}

/// How a member lies in the archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packing {
    /// For what is packed already, as most of what people upload.
    AsItIs,
    /// For the database.
    Gzip,
}

/// An archive that is being written.
pub(super) struct Writer {
    tar: Builder<File>,
    header: Header,
    made_at: Timestamp,
    members: Vec<Member>,
}

impl Writer {
    pub(super) fn new(file: File, made_at: Timestamp) -> Self {
        Self { tar: Builder::new(file), header: Header::new_ustar(), made_at, members: Vec::new() }
    }

    /// Begins a member.
    pub(super) fn begin(&mut self, path: &str, packing: Packing) -> io::Result<Entry<'_>> {
        self.header = Header::new_ustar();
        self.header.set_entry_type(EntryType::Regular);
        self.header.set_mode(0o600);
        self.header.set_uid(0);
        self.header.set_gid(0);
        self.header.set_mtime(self.made_at.0.unsigned_abs() / 1000);
        let out = Hashing::new(self.tar.append_writer(&mut self.header, path)?);
        let out = match packing {
            Packing::AsItIs => Out::AsItIs(out),
            Packing::Gzip => Out::Gzip(GzEncoder::new(out, Compression::fast()), 0),
        };
        Ok(Entry { path: path.to_owned(), out, members: &mut self.members })
    }

    /// Ends the archive with its manifest. It is on disk then.
    pub(super) fn finish(mut self, mut manifest: Manifest) -> io::Result<Manifest> {
        manifest.members = std::mem::take(&mut self.members);
        let mut entry = self.begin(MANIFEST, Packing::AsItIs)?;
        entry.write_all(&serde_json::to_vec_pretty(&manifest)?)?;
        let seal = entry.end()?.sha256.clone();
        let mut entry = self.begin(SEAL, Packing::AsItIs)?;
        entry.write_all(seal.as_bytes())?;
        entry.end()?;
        self.tar.into_inner()?.sync_all()?;
        Ok(manifest)
    }
}

/// A member that is being written.
pub(super) struct Entry<'a> {
    path: String,
    out: Out<'a>,
    members: &'a mut Vec<Member>,
}

enum Out<'a> {
    AsItIs(Hashing<EntryWriter<'a>>),
    /// With what went in.
    Gzip(GzEncoder<Hashing<EntryWriter<'a>>>, u64),
}

impl<'a> Entry<'a> {
    /// Ends it, and says what it was.
    pub(super) fn end(self) -> io::Result<&'a Member> {
        let (written, unpacked_bytes) = match self.out {
            Out::AsItIs(out) => (out, None),
            Out::Gzip(out, bytes) => (out.finish()?, Some(bytes)),
        };
        let Hashing { inner, hash, bytes } = written;
        inner.finish()?;
        let sha256 = hex(&hash.finalize());
        self.members.push(Member { path: self.path, bytes, sha256, unpacked_bytes });
        Ok(self.members.last().expect("it was just written"))
    }
}

impl Write for Entry<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.out {
            Out::AsItIs(out) => out.write(bytes),
            Out::Gzip(out, unpacked) => {
                let taken = out.write(bytes)?;
                *unpacked += taken as u64;
                Ok(taken)
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What passes is hashed and counted.
struct Hashing<T> {
    inner: T,
    hash: Sha256,
    bytes: u64,
}

impl<T> Hashing<T> {
    fn new(inner: T) -> Self {
        Self { inner, hash: Sha256::new(), bytes: 0 }
    }

    fn passed(&mut self, bytes: &[u8]) {
        self.hash.update(bytes);
        self.bytes += bytes.len() as u64;
    }
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = self.inner.write(bytes)?;
        self.passed(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let taken = self.inner.read(into)?;
        self.passed(&into[..taken]);
        Ok(taken)
    }
}

/// Gives exactly as many bytes as it should; anything else is an error.
struct Exactly<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Exactly<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let taken = self.inner.read(into)?;
        let differs = || io::Error::new(io::ErrorKind::InvalidData, "it is not as long as it says");
        self.left = self.left.checked_sub(taken as u64).ok_or_else(differs)?;
        if taken == 0 && self.left != 0 && !into.is_empty() {
            return Err(differs());
        }
        Ok(taken)
    }
}

/// An archive whose manifest lists exactly what it holds.
pub(super) struct Reader {
    file: File,
    manifest: Manifest,
    /// Where each member begins.
    places: Vec<u64>,
}

/// What stands in the headers.
struct Found {
    path: String,
    at: u64,
    bytes: u64,
}

impl Reader {
    /// Opens it and compares its names and sizes with its manifest.
    pub(super) fn open(path: &Path) -> Result<Self, ArchiveError> {
        let unreadable = |error| ArchiveError::Unreadable(path.to_owned(), error);
        let no_backup = |why: String| ArchiveError::NoBackup(path.to_owned(), why);
        let file = File::open(path).map_err(unreadable)?;
        let length = file.metadata().map_err(unreadable)?.len();
        let mut found = scan(&file, length, no_backup)?;
        let seal = found.pop().filter(|last| last.path == SEAL && last.bytes == SEAL_BYTES);
        let listed = found.pop().filter(|last| last.path == MANIFEST);
        let (Some(seal), Some(listed)) = (seal, listed) else {
            return Err(no_backup("it does not end with its manifest".to_owned()));
        };
        if MANIFEST_BYTES_MAX < listed.bytes {
            return Err(ArchiveError::Refused("its manifest is too large".to_owned()));
        }
        let text = read(&file, &listed)?;
        if hex(&Sha256::digest(&text)).as_bytes() != read(&file, &seal)? {
            return Err(ArchiveError::Damaged(MANIFEST.to_owned()));
        }
        let manifest: Manifest =
            serde_json::from_slice(&text).map_err(|error| no_backup(format!("its manifest: {error}")))?;
        agrees(&manifest, &found)?;
        let places = found.into_iter().map(|found| found.at).collect();
        Ok(Self { file, manifest, places })
    }

    pub(super) fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    pub(super) fn into_manifest(self) -> Manifest {
        self.manifest
    }

    /// Reads everything once and compares every hash and size.
    pub(super) fn verify(&self) -> Result<(), ArchiveError> {
        for (member, at) in self.manifest.members.iter().zip(&self.places) {
            let mut stored = Hashing::new(part(&self.file, *at, member.bytes)?);
            let unpacks = match member.unpacked_bytes {
                Some(left) => {
                    let mut unpacked = Exactly { inner: GzDecoder::new(&mut stored), left };
                    io::copy(&mut unpacked, &mut io::sink()).is_ok()
                }
                None => true,
            };
            io::copy(&mut stored, &mut io::sink())?;
            if !unpacks || stored.bytes != member.bytes || hex(&stored.hash.finalize()) != member.sha256 {
                return Err(ArchiveError::Damaged(member.path.clone()));
            }
        }
        Ok(())
    }

    /// Reads one member, unpacked. One at a time.
    pub(super) fn read(&self, place: usize) -> Result<Box<dyn Read + '_>, ArchiveError> {
        let member = &self.manifest.members[place];
        let stored = part(&self.file, self.places[place], member.bytes)?;
        Ok(match member.unpacked_bytes {
            Some(left) => Box::new(Exactly { inner: GzDecoder::new(stored), left }),
            None => Box::new(Exactly { inner: stored, left: member.bytes }),
        })
    }
}

fn read(file: &File, found: &Found) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    part(file, found.at, found.bytes)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn part(mut file: &File, at: u64, bytes: u64) -> io::Result<io::Take<&File>> {
    file.seek(SeekFrom::Start(at))?;
    Ok(file.take(bytes))
}

/// Reads all headers: plain files under names that a backup uses, each once, whole.
fn scan(
    file: &File,
    length: u64,
    no_backup: impl Fn(String) -> ArchiveError,
) -> Result<Vec<Found>, ArchiveError> {
    let mut archive = Archive::new(file);
    let mut found = Vec::new();
    let mut names = HashSet::new();
    // Raw: links and extended names are entries like others, and refused like others.
    for entry in archive.entries_with_seek()?.raw(true) {
        let entry = entry.map_err(|error| no_backup(error.to_string()))?;
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let is_known = [MANIFEST, SEAL].contains(&path.as_str())
            || is_of_database(&path)
            || storage::piece_of(&path).is_some();
        if entry.header().entry_type() != EntryType::Regular || !is_known {
            return Err(ArchiveError::Refused(format!("it holds {path:?}, which no backup does")));
        }
        let (at, bytes) = (entry.raw_file_position(), entry.size());
        if at.checked_add(bytes).is_none_or(|end| length < end) {
            return Err(no_backup(format!("it ends in the middle of {path}")));
        }
        if !names.insert(path.clone()) || MEMBERS_MAX <= names.len() {
            return Err(ArchiveError::Refused(format!("it holds {path:?} twice, or too much")));
        }
        found.push(Found { path, at, bytes });
    }
    Ok(found)
}

fn agrees(manifest: &Manifest, found: &[Found]) -> Result<(), ArchiveError> {
    let refused = |why: &str| Err(ArchiveError::Refused(why.to_owned()));
    if manifest.format != FORMAT {
        return refused(&format!("its format is {}, and this program reads {FORMAT}", manifest.format));
    }
    let is_listed =
        |(member, found): (&Member, &Found)| member.path == found.path && member.bytes == found.bytes;
    if manifest.members.len() != found.len() || !manifest.members.iter().zip(found).all(is_listed) {
        return refused("it does not hold what its manifest lists");
    }
    let packed: Vec<&Member> =
        manifest.members.iter().filter(|member| is_of_database(&member.path)).collect();
    let are_parts = packed.len() == manifest.parts.len()
        && manifest.members.iter().zip(&manifest.parts).all(|(member, part)| member.path == path_of(part));
    if !are_parts {
        return refused("its manifest names other parts of the database than it lists");
    }
    let is_packed = |member: &&Member| is_of_database(&member.path) == member.unpacked_bytes.is_some();
    if !manifest.members.iter().all(|member| is_packed(&member)) {
        return refused("its manifest does not say how its members are packed");
    }
    let is_possible = |member: &Member| member.bytes_restored() / UNPACKED_MAX <= member.bytes;
    if !manifest.members.iter().all(is_possible) {
        return refused("it would unpack to more than it can hold");
    }
    Ok(())
}
