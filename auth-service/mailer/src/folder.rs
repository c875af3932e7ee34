//! Mails as files, for installations without a mail server; any mail program opens them.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use service_kit::files::private_folder;

use crate::error::SendError;
use crate::message::RenderedMessage;

/// Maximum number of files; the oldest are removed.
const MAX_FILES: usize = 1000;

/// Folder of mails, readable by its owner only.
#[derive(Debug, Clone)]
pub struct MailFolder {
    path: PathBuf,
    max_files: usize,
}

impl MailFolder {
    /// The folder is created with the first mail.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), max_files: MAX_FILES }
    }

    /// Path of the folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) async fn write(&self, message: RenderedMessage) -> Result<(), SendError> {
        let folder = self.clone();
        let written = tokio::task::spawn_blocking(move || folder.write_now(&message)).await;
        Ok(written.map_err(io::Error::other)??)
    }

    fn write_now(&self, message: &RenderedMessage) -> io::Result<()> {
        private_folder(&self.path)?;
        // Names start with the time. The file is renamed when complete, because readers may open it as soon as it
        // appears; an attempt that was interrupted leaves a partial one.
        let partial = self.path.join(format!("{}.new", message.id.simple()));
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&partial)?;
        file.write_all(&message.bytes)?;
        drop(file);
        fs::rename(&partial, partial.with_extension("eml"))?;
        self.remove_oldest()
    }

    fn remove_oldest(&self) -> io::Result<()> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            let path = entry?.path();
            if path.extension().is_some_and(|kind| kind == "eml") {
                files.push(path);
            }
        }
        files.sort_unstable();
        let surplus = files.len().saturating_sub(self.max_files);
        for path in files.drain(..surplus) {
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {} // also when another process has removed it
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use lettre::address::Envelope;
    use uuid::Uuid;

    use super::*;

    fn message(text: &str) -> RenderedMessage {
        let envelope = Envelope::new(None, vec!["anna@example.org".parse().unwrap()]).unwrap();
        RenderedMessage { id: Uuid::now_v7(), envelope, bytes: text.as_bytes().to_vec() }
    }

    fn contents(folder: &Path) -> Vec<String> {
        let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths.iter().map(|path| fs::read_to_string(path).unwrap()).collect()
    }

    #[tokio::test]
    async fn a_mail_becomes_a_file_that_only_its_owner_may_read() {
        let home = tempfile::tempdir().unwrap();
        let folder = MailFolder::new(home.path().join("mails"));
        folder.write(message("one")).await.unwrap();
        assert_eq!(contents(folder.path()), ["one"]);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(folder.path()), 0o700);
        let file = fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().path();
        assert_eq!(mode(&file), 0o600);
        assert_eq!(file.extension().unwrap(), "eml");
    }

    #[tokio::test]
    async fn a_repeated_mail_replaces_its_file_and_what_an_interrupted_attempt_left() {
        let home = tempfile::tempdir().unwrap();
        let (folder, first) = (MailFolder::new(home.path()), message("one"));
        fs::write(home.path().join(format!("{}.new", first.id.simple())), "a long interrupted attempt").unwrap();
        let again = RenderedMessage { id: first.id, ..message("one") };
        folder.write(first).await.unwrap();
        folder.write(again).await.unwrap();
        assert_eq!(contents(home.path()), ["one"]);
    }

    #[tokio::test]
    async fn the_oldest_files_make_room_for_new_ones_and_others_stay() {
        let home = tempfile::tempdir().unwrap();
        let folder = MailFolder { path: home.path().to_owned(), max_files: 3 };
        fs::write(home.path().join("000.txt"), "somebody's notes").unwrap();
        for text in ["1", "2", "3", "4", "5"] {
            folder.write(message(text)).await.unwrap();
        }
        assert_eq!(contents(home.path()), ["somebody's notes", "3", "4", "5"]);
    }

    #[tokio::test]
    async fn a_folder_that_cannot_be_created_is_an_error() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("mails");
        fs::write(&file, "").unwrap();
        let result = MailFolder::new(file).write(message("one")).await;
        assert!(matches!(result, Err(SendError::File(_))), "{result:?}");
    }
}
