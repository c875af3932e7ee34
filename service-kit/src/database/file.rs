//! The file of an SQLite database: creation with private permissions, and detection of replacement.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use sea_orm::sqlx::sqlite::SqliteConnectOptions;

/// Characters of a path with a special meaning in URLs.
const ESCAPED_IN_PATHS: &AsciiSet = &CONTROLS.add(b'%').add(b'?').add(b'#').add(b' ');

/// URL of the SQLite database at `path`, with special characters escaped.
///
/// The driver cannot open paths that are not UTF-8; opening then fails.
pub fn sqlite_url(path: &Path) -> String {
    format!("sqlite://{}", utf8_percent_encode(&path.to_string_lossy(), ESCAPED_IN_PATHS))
}

/// A database file opened by this process.
///
/// A file that is moved takes all later writes with it, and the next start finds none of them. SQLite detects that in
/// rollback mode (`SQLITE_READONLY_DBMOVED`) but not in WAL mode.
#[derive(Debug, Clone)]
pub struct DatabaseFile {
    path: PathBuf,
    identity: (u64, u64),
}

impl DatabaseFile {
    /// Finds or creates the file of `url`, readable by this user only: SQLite itself would create it world-readable.
    /// Its side files inherit its mode. `None` for a database in memory.
    ///
    /// # Errors
    /// When the URL is invalid, or the file can neither be found nor created.
    pub fn open(url: &str) -> io::Result<Option<Self>> {
        let options: SqliteConnectOptions = url.parse().map_err(io::Error::other)?;
        let path = options.get_filename();
        if path.to_string_lossy().starts_with("file:") {
            return Ok(None);
        }
        // Existing files are not opened here: closing them would release the locks (fcntl(2)) of every other connection
        // of this process to them.
        let metadata = match fs::metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => create(path),
            existing => existing,
        };
        let metadata =
            metadata.map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))?;
        Ok(Some(Self { path: path.to_owned(), identity: identity(&metadata) }))
    }

    /// Path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// `true` when its mode and file system allow writing. Checked without opening it, see [`DatabaseFile::open`].
    pub fn may_be_written(&self) -> bool {
        rustix::fs::access(&self.path, rustix::fs::Access::WRITE_OK).is_ok()
    }

    /// `true` while nothing has been written to it.
    pub fn is_empty(&self) -> bool {
        fs::metadata(&self.path).is_ok_and(|metadata| metadata.len() == 0)
    }

    /// `true` while the path still leads to the file that was opened.
    pub fn is_in_place(&self) -> bool {
        fs::metadata(&self.path).is_ok_and(|metadata| identity(&metadata) == self.identity)
    }
}

fn create(path: &Path) -> io::Result<Metadata> {
    let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path)?;
    // The directory entry must survive a power failure too.
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()?;
    file.metadata()
}

fn identity(metadata: &Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_url_leads_back_to_its_path_with_any_characters() {
        for name in ["plain", "with blank", "50%2Foff", "what?", "#1", "a&b=c", "фильмы", "file:x", "+"] {
            let path = Path::new("/somewhere").join(name).join("one.sqlite");
            let options: SqliteConnectOptions = sqlite_url(&path).parse().expect(name);
            assert_eq!(options.get_filename(), path);
        }
    }

    #[test]
    fn a_file_is_created_for_its_owner_only_and_its_move_or_replacement_is_detected() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a?b.sqlite");
        let file = DatabaseFile::open(&sqlite_url(&path)).expect("a file").expect("it is on disk");
        assert_eq!(fs::metadata(&path).expect("the file").permissions().mode() & 0o777, 0o600);
        assert!(file.is_in_place());

        fs::rename(&path, folder.path().join("moved")).expect("moved");
        assert!(!file.is_in_place());
        fs::write(&path, b"").expect("another file");
        assert!(!file.is_in_place());
        fs::rename(folder.path().join("moved"), &path).expect("moved back");
        assert!(file.is_in_place());
    }
}
