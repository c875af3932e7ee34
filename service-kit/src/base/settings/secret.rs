//! Secrets: from a value, from a file, or generated locally.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::SecretString;

use crate::base::files::private_folder;

/// A setting that could not be read.
#[derive(Debug, thiserror::Error)]
pub enum SettingError {
    /// Both the value and its `…_FILE` were given.
    #[error("{0} and {0}_FILE are both set; give one")]
    Both(&'static str),
    /// The file of a secret could not be read.
    #[error("{name}: could not read {path}")]
    File {
        /// Name of the setting.
        name: &'static str,
        /// The file.
        path: PathBuf,
        /// Cause.
        source: io::Error,
    },
}

/// Takes a secret from its value or from a file (without the line end), as orchestrators mount them.
///
/// # Errors
/// When both are given, or the file cannot be read.
pub fn secret(
    name: &'static str,
    value: Option<SecretString>,
    file: Option<&Path>,
) -> Result<Option<SecretString>, SettingError> {
    match (value, file) {
        (Some(_), Some(_)) => Err(SettingError::Both(name)),
        (value, None) => Ok(value),
        (None, Some(path)) => {
            let text = fs::read_to_string(path).map_err(|source| SettingError::File {
                name,
                path: path.to_owned(),
                source,
            })?;
            Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned().into()))
        }
    }
}

/// Reads the secret in `path`, or creates a random one of 256 bits, readable by this user only. Two services that start
/// at once get the same: the file appears complete, and only once.
///
/// # Errors
/// When the folder or the file cannot be read or written.
pub fn local_secret(path: &Path) -> io::Result<SecretString> {
    if let Some(folder) = path.parent() {
        private_folder(folder)?;
    }
    match read_secret(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        existing => return existing,
    }
    let mut random = [0; 32];
    aws_lc_rs::rand::fill(&mut random).map_err(|_| io::Error::other("no random bytes"))?;
    let temporary = path.with_extension(format!("{}.new", uuid::Uuid::now_v7().simple()));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
    file.write_all(URL_SAFE_NO_PAD.encode(random).as_bytes())?;
    file.sync_all()?;
    let linked = fs::hard_link(&temporary, path); // unlike a rename, this keeps an existing file
    fs::remove_file(&temporary)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => read_secret(path),
    }
}

fn read_secret(path: &Path) -> io::Result<SecretString> {
    let mut text = String::new();
    File::open(path)?.take(4096).read_to_string(&mut text)?;
    let text = text.trim();
    if text.len() < 16 {
        let short = format!("{} holds no secret of at least 16 characters", path.display());
        return Err(io::Error::new(io::ErrorKind::InvalidData, short));
    }
    Ok(text.to_owned().into())
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn a_local_secret_is_made_once_and_readable_by_its_owner_only() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("deep/one.secret");
        let threads: Vec<_> = (0..8)
            .map(|_| {
                let path = path.clone();
                std::thread::spawn(move || local_secret(&path).expect("a secret").expose_secret().to_owned())
            })
            .collect();
        let secrets: Vec<_> = threads.into_iter().map(|thread| thread.join().expect("a thread")).collect();
        assert!(secrets.iter().all(|secret| secret == &secrets[0] && secret.len() == 43));
        let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(&folder.path().join("deep"))), (0o600, 0o700));
    }

    #[test]
    fn a_secret_given_twice_is_refused() {
        let refused = secret("X_SECRET", Some("value".to_owned().into()), Some(Path::new("/nowhere")));
        assert!(matches!(refused, Err(SettingError::Both("X_SECRET"))));
    }
}
