//! The folder of keys: read completely, written one new file at a time.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use service_kit::files::private_folder;
use token_verifier::TokenAlgorithm;

use super::file::{KeyError, SigningKey, name_of, new_pem, time_in};
use super::ring::KeyRing;

/// File name of the refresh token key.
pub const REFRESH_KEY_FILE: &str = "refresh.key";
/// Extensions of signing keys.
const EXTENSIONS: [&str; 2] = ["pem", "der"];

/// A folder of keys.
#[derive(Debug, Clone)]
pub struct KeyFolder(PathBuf);

impl KeyFolder {
    /// The folder at `path`; it need not exist yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// Path of the folder.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Reads every signing key. Files with other names are ignored. A missing folder has no keys.
    ///
    /// # Errors
    /// When the folder cannot be read, or a file with the name of a key is not one.
    pub fn read(&self) -> Result<KeyRing, KeyError> {
        let entries = match fs::read_dir(&self.0) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(KeyRing::default()),
            Err(source) => return Err(self.io(source)),
        };
        let mut keys = Vec::new();
        for entry in entries {
            let path = entry.map_err(|source| self.io(source))?.path();
            if let Some(activates_at) = time_of(&path) {
                keys.push(read_key(&path, activates_at)?);
            }
        }
        Ok(KeyRing::new(keys))
    }

    /// Creates a key of `algorithm` that is activated at `activates_at` (whole seconds) and returns the path of its file.
    /// The file appears atomically, is readable by its owner only, and never replaces another.
    ///
    /// # Errors
    /// When the folder cannot be written, or there is already a key for that second.
    pub fn create(&self, algorithm: TokenAlgorithm, activates_at: DateTime<Utc>) -> Result<PathBuf, KeyError> {
        private_folder(&self.0).map_err(|source| self.io(source))?;
        let path = self.0.join(format!("{}.pem", name_of(activates_at)));
        let pem = new_pem(algorithm)?;
        write_new(&path, pem.as_bytes()).map_err(|source| KeyError::Io { path: path.clone(), source })?;
        Ok(path)
    }

    /// Removes the key that is activated at `at`, and returns the paths of its files.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub(super) fn remove(&self, at: DateTime<Utc>) -> Result<Vec<PathBuf>, KeyError> {
        let mut removed = Vec::new();
        for extension in EXTENSIONS {
            let path = self.0.join(format!("{}.{extension}", name_of(at)));
            match fs::remove_file(&path) {
                Ok(()) => removed.push(path),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(source) => return Err(KeyError::Io { path, source }),
            }
        }
        Ok(removed)
    }

    /// Reads the refresh token key, or creates it when there is none.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub fn refresh_key_or_new(&self) -> Result<SecretString, KeyError> {
        private_folder(&self.0).map_err(|source| self.io(source))?;
        let path = self.0.join(REFRESH_KEY_FILE);
        service_kit::settings::local_secret(&path).map_err(|source| KeyError::Io { path, source })
    }

    /// `true` when the refresh token key exists.
    pub fn has_refresh_key(&self) -> bool {
        self.0.join(REFRESH_KEY_FILE).is_file()
    }

    fn io(&self, source: io::Error) -> KeyError {
        KeyError::Io { path: self.0.clone(), source }
    }
}

fn time_of(path: &Path) -> Option<DateTime<Utc>> {
    let extension = path.extension()?.to_str()?;
    if !EXTENSIONS.contains(&extension) {
        return None;
    }
    time_in(path.file_stem()?.to_str()?)
}

fn read_key(path: &Path, activates_at: DateTime<Utc>) -> Result<SigningKey, KeyError> {
    let contents = fs::read(path).map_err(|source| KeyError::Io { path: path.to_owned(), source })?;
    let contents = zeroize::Zeroizing::new(contents);
    let readable_by_others = fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o007 != 0);
    if readable_by_others {
        tracing::warn!(file = %path.display(), "a signing key is readable by all users of this machine; use mode 0600");
    }
    SigningKey::read(&contents, activates_at).ok_or_else(|| KeyError::NotAKey { path: path.to_owned() })
}

/// Writes a temporary file and links it to its name: a rename would replace an existing file, and readers must not see
/// a partial key.
fn write_new(path: &Path, contents: &[u8]) -> io::Result<()> {
    let draft = path.with_extension(format!("{}.new", std::process::id()));
    let written = (|| {
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
        file.write_all(contents)?;
        file.sync_all()?;
        fs::hard_link(&draft, path)
    })();
    fs::remove_file(&draft).or_else(|error| if written.is_ok() { Err(error) } else { Ok(()) })?;
    written
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use chrono::TimeDelta;

    use service_kit::{Clock as _, SystemClock};

    use super::*;

    #[test]
    fn a_created_key_is_read_back_and_is_its_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let keys = KeyFolder::new(folder.path().join("keys"));
        let path = keys.create(TokenAlgorithm::EdDsa, SystemClock.now()).unwrap();
        assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(keys.read().unwrap().signing(SystemClock.now()).is_some());
        assert_eq!(fs::read_dir(keys.path()).unwrap().count(), 1, "no draft is left behind");
    }

    #[test]
    fn a_key_never_replaces_another() {
        let folder = tempfile::tempdir().unwrap();
        let keys = KeyFolder::new(folder.path());
        let now = SystemClock.now();
        keys.create(TokenAlgorithm::EdDsa, now).unwrap();
        let first = keys.read().unwrap().signing(now).unwrap().kid().to_owned();
        assert!(keys.create(TokenAlgorithm::EdDsa, now).is_err());
        assert_eq!(keys.read().unwrap().signing(now).unwrap().kid(), first);
    }

    #[test]
    fn a_file_that_is_named_like_a_key_and_is_none_is_an_error_and_others_do_not_matter() {
        let folder = tempfile::tempdir().unwrap();
        let keys = KeyFolder::new(folder.path());
        keys.create(TokenAlgorithm::EdDsa, SystemClock.now() - TimeDelta::hours(1)).unwrap();
        keys.refresh_key_or_new().unwrap();
        fs::write(folder.path().join("notes.pem"), "hello").unwrap();
        assert!(keys.read().is_ok());
        fs::write(folder.path().join("20200101T000000Z.pem"), "hello").unwrap();
        assert!(matches!(keys.read(), Err(KeyError::NotAKey { .. })));
    }

    /// Kubernetes mounts Secrets this way: names are links into a folder that is itself a link, and is swapped as a
    /// whole.
    #[test]
    fn a_folder_of_links_is_read_again_after_its_target_is_swapped() {
        let mount = tempfile::tempdir().unwrap();
        let write = |version: &str, ages: &[i64]| {
            let keys = KeyFolder::new(mount.path().join(version));
            ages.iter().for_each(|age| {
                drop(keys.create(TokenAlgorithm::EdDsa, SystemClock.now() - TimeDelta::hours(*age)).unwrap())
            });
            let (draft, data) = (mount.path().join("..data_tmp"), mount.path().join("..data"));
            symlink(version, &draft).unwrap();
            fs::rename(draft, data).unwrap();
            for file in fs::read_dir(mount.path().join(version)).unwrap() {
                let name = file.unwrap().file_name();
                symlink(Path::new("..data").join(&name), mount.path().join(&name)).unwrap();
            }
        };
        let keys = KeyFolder::new(mount.path());
        write("..2026_11_25", &[2]);
        let old = keys.read().unwrap().signing(SystemClock.now()).unwrap().kid().to_owned();
        write("..2026_11_26", &[1]);
        fs::remove_dir_all(mount.path().join("..2026_11_25")).unwrap();
        dangling(mount.path()).for_each(|link| fs::remove_file(link).unwrap());
        assert_ne!(keys.read().unwrap().signing(SystemClock.now()).unwrap().kid(), old);
    }

    fn dangling(folder: &Path) -> impl Iterator<Item = PathBuf> {
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| !path.exists())
    }

    #[test]
    fn a_missing_folder_has_no_keys() {
        assert!(KeyFolder::new("/nowhere/at/all").read().unwrap().signing(SystemClock.now()).is_none());
    }
}
