//! The file of an import, known by its fingerprint.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use aws_lc_rs::digest::{Context, SHA256};

/// Length of the beginning that is part of the fingerprint, in bytes.
const FINGERPRINTED: u64 = 1024 * 1024;

/// A file of accounts.
#[derive(Debug)]
pub struct ImportFile {
    pub(crate) file: File,
    /// Hash of its length and its first mebibyte.
    pub(crate) fingerprint: String,
    /// Length in bytes.
    pub length: u64,
}

/// The file cannot be imported.
#[derive(Debug, thiserror::Error)]
pub enum OpenImportError {
    /// It cannot be opened or read.
    #[error("the file cannot be read")]
    Io(#[from] io::Error),
    /// It is a pipe, a folder or the like, which cannot be continued later.
    #[error("an import needs a regular file")]
    NotRegular,
}

impl ImportFile {
    /// Opens a file.
    ///
    /// # Errors
    /// [`OpenImportError`].
    pub fn open(path: &Path) -> Result<Self, OpenImportError> {
        let mut file = File::open(path)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(OpenImportError::NotRegular);
        }
        let length = metadata.len();
        let mut beginning = Vec::new();
        (&mut file).take(FINGERPRINTED).read_to_end(&mut beginning)?;
        let mut context = Context::new(&SHA256);
        context.update(&length.to_be_bytes());
        context.update(&beginning);
        let fingerprint = context.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { file, fingerprint, length })
    }

    /// A reader from an offset.
    pub(crate) fn reader(&self, offset: u64) -> io::Result<BufReader<&File>> {
        let mut file = &self.file;
        file.seek(SeekFrom::Start(offset))?;
        Ok(BufReader::with_capacity(256 * 1024, file))
    }
}
