//! The file of an SQLite database: who may read it, and whether it is still the one that was opened.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use sea_orm::sqlx::sqlite::SqliteConnectOptions;

/// Characters of a path that mean something else in a URL.
const IN_PATHS: &AsciiSet = &CONTROLS.add(b'%').add(b'?').add(b'#').add(b' ');

/// URL of the SQLite database at `path`, whatever characters are in it.
///
/// A path that is not UTF-8 cannot be opened by the driver; the start says so.
pub fn sqlite_url(path: &Path) -> String {
    format!("sqlite://{}", utf8_percent_encode(&path.to_string_lossy(), IN_PATHS))
}

/// A database file that this process has opened.
///
/// A file that was moved away takes all later writes with it, and the next start finds none of them. SQLite notices that in
/// rollback mode (`SQLITE_READONLY_DBMOVED`) and not in WAL mode.
#[derive(Debug, Clone)]
pub struct DatabaseFile {
    path: PathBuf,
    identity: (u64, u64),
}

impl DatabaseFile {
    /// Finds or makes the file that `url` names, for this user only: SQLite itself would let everybody read it. Its side files
    /// take over the mode of this one. `None` for a database in memory.
    ///
    /// # Errors
    /// When the URL cannot be read, or the file can neither be found nor made.
    pub fn open(url: &str) -> io::Result<Option<Self>> {
        let options: SqliteConnectOptions = url.parse().map_err(io::Error::other)?;
        let path = options.get_filename();
        if path.to_string_lossy().starts_with("file:") {
            return Ok(None);
        }
        // One that exists is not opened here: closing it again would release the locks (fcntl(2)) of every other connection of
        // this process to it.
        let facts = match fs::metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => create(path),
            known => known,
        };
        let facts = facts.map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))?;
        Ok(Some(Self { path: path.to_owned(), identity: identity(&facts) }))
    }

    /// The path that it was opened by.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// `true` when it may be written, as far as its mode and its file system say. It is not opened for that, see
    /// [`DatabaseFile::open`].
    pub fn may_be_written(&self) -> bool {
        rustix::fs::access(&self.path, rustix::fs::Access::WRITE_OK).is_ok()
    }

    /// `true` while nothing has been written to it.
    pub fn is_empty(&self) -> bool {
        fs::metadata(&self.path).is_ok_and(|facts| facts.len() == 0)
    }

    /// `true` while that path leads to the file that was opened, not to another one or to none.
    pub fn is_in_place(&self) -> bool {
        fs::metadata(&self.path).is_ok_and(|facts| identity(&facts) == self.identity)
    }
}

fn create(path: &Path) -> io::Result<Metadata> {
    let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path)?;
    // The entry in the folder has to survive a power cut as well.
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()?;
    file.metadata()
}

fn identity(facts: &Metadata) -> (u64, u64) {
    (facts.dev(), facts.ino())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_url_leads_back_to_its_path_whatever_is_in_it() {
        for name in ["plain", "with blank", "50%2Foff", "what?", "#1", "a&b=c", "фильмы", "file:x", "+"] {
            let path = Path::new("/somewhere").join(name).join("one.sqlite");
            let options: SqliteConnectOptions = sqlite_url(&path).parse().expect(name);
            assert_eq!(options.get_filename(), path);
        }
    }

    #[test]
    fn a_file_is_made_for_its_owner_only_and_missed_when_it_is_moved_or_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a?b.sqlite");
        let file = DatabaseFile::open(&sqlite_url(&path)).expect("a file").expect("it is on disk");
        assert_eq!(fs::metadata(&path).expect("the file").permissions().mode() & 0o777, 0o600);
        assert!(file.is_in_place());

        fs::rename(&path, folder.path().join("away")).expect("moved");
        assert!(!file.is_in_place());
        fs::write(&path, b"").expect("another file");
        assert!(!file.is_in_place());
        fs::rename(folder.path().join("away"), &path).expect("moved back");
        assert!(file.is_in_place());
    }
}
