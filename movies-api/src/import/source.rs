//! Opening files: plain or gzip, told apart by their first bytes.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::MultiGzDecoder;

use super::ImportError;
use super::fingerprint::fingerprint;

/// Bytes of a read buffer.
const BUFFER: usize = 1 << 17;

/// First bytes of a gzip file (RFC 1952 §2.3.1).
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// A file to import.
#[derive(Debug, Clone)]
pub struct Source {
    /// Where it is.
    pub path: PathBuf,
    /// Its name, for people.
    pub name: Arc<str>,
    /// Its length on disk, in bytes.
    pub bytes: u64,
    /// What tells it from others.
    pub fingerprint: String,
}

/// Text of a file, with a count of the bytes that were taken from disk for it.
pub struct Opened {
    /// The text, unpacked.
    pub text: Box<dyn BufRead + Send>,
    /// How far the reader has got in the file on disk.
    pub consumed: Arc<AtomicU64>,
}

impl Source {
    /// Looks at a file without reading all of it.
    pub fn inspect(path: &Path) -> Result<Self, ImportError> {
        let failed = |source| ImportError::Open { path: path.to_owned(), source };
        let mut file = File::open(path).map_err(failed)?;
        let bytes = file.metadata().map_err(failed)?.len();
        if bytes == 0 {
            return Err(ImportError::Empty { path: path.to_owned() });
        }
        let fingerprint = fingerprint(&mut file, bytes).map_err(failed)?;
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into();
        Ok(Self { path: path.to_owned(), name, bytes, fingerprint })
    }

    /// Opens it for reading from the start.
    pub fn open(&self) -> Result<Opened, ImportError> {
        let failed = |source| ImportError::Open { path: self.path.clone(), source };
        let consumed = Arc::new(AtomicU64::new(0));
        let file = File::open(&self.path).map_err(failed)?;
        let mut raw = BufReader::with_capacity(BUFFER, Counted { file, consumed: Arc::clone(&consumed) });
        let packed = raw.fill_buf().map_err(failed)?.starts_with(&GZIP);
        let text: Box<dyn BufRead + Send> = if packed {
            // "multi": files that were joined from several packed ones are read to their end
            Box::new(BufReader::with_capacity(BUFFER, MultiGzDecoder::new(raw)))
        } else {
            Box::new(raw)
        };
        Ok(Opened { text, consumed })
    }

    /// The first bytes of its text, at most 64.
    pub fn beginning(&self) -> Result<Vec<u8>, ImportError> {
        let mut first = Vec::new();
        let text = self.open()?.text;
        text.take(64).read_to_end(&mut first).map_err(|source| ImportError::Read {
            file: self.name.to_string(),
            line: 0,
            source,
        })?;
        Ok(first)
    }
}

struct Counted {
    file: File,
    consumed: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.consumed.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}
