//! Files and pipes: plain or gzip, detected by their first bytes.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::ImportError;
use super::fingerprint::{fingerprint, fingerprint_of_pipe};
use super::format::foreign;
use super::gzip::Members;

/// Bytes of a read buffer.
const BUFFER: usize = 1 << 17;
/// Bytes at the start of a file that are inspected.
const HEAD: u64 = 1 << 16;

/// First bytes of a gzip file (RFC 1952 §2.3.1).
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// A file or a pipe to import.
#[derive(Debug, Clone)]
pub struct Source {
    /// Its path.
    pub path: PathBuf,
    /// Its name, for people.
    pub name: Arc<str>,
    /// Its length on disk, in bytes; 0 for a pipe.
    pub bytes: u64,
    /// Its fingerprint.
    pub fingerprint: String,
    /// Its first bytes, compressed or not.
    head: Arc<[u8]>,
    pipe: Option<Pipe>,
}

/// A pipe after its first bytes, until it is opened for reading.
type Pipe = Arc<Mutex<Option<File>>>;

/// Text of a file, with a count of the bytes read from disk.
pub struct Opened {
    /// The text, decompressed.
    pub text: Box<dyn BufRead + Send>,
    /// Bytes of the file on disk that have been read.
    pub consumed: Arc<AtomicU64>,
    /// `true` once uncompressed bytes follow the compressed data.
    pub garbage: Arc<AtomicBool>,
}

impl Source {
    /// Inspects a file or pipe without reading it completely.
    pub fn inspect(path: &Path) -> Result<Self, ImportError> {
        let failed = |source| ImportError::Open { path: path.to_owned(), source };
        let mut file = File::open(path).map_err(failed)?;
        let facts = file.metadata().map_err(failed)?;
        let mut head = Vec::new();
        (&mut file).take(HEAD).read_to_end(&mut head).map_err(failed)?;
        if head.is_empty() {
            return Err(ImportError::Empty { path: path.to_owned() });
        }
        if let Some(format) = foreign(&head) {
            return Err(ImportError::Format { path: path.to_owned(), format });
        }
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into();
        let (bytes, fingerprint, pipe) = if facts.is_file() {
            (facts.len(), fingerprint(&mut file, facts.len()).map_err(failed)?, None)
        } else {
            (0, fingerprint_of_pipe(&head), Some(Arc::new(Mutex::new(Some(file)))))
        };
        Ok(Self { path: path.to_owned(), name, bytes, fingerprint, head: head.into(), pipe })
    }

    /// `true` when it can be read only once.
    pub fn is_pipe(&self) -> bool {
        self.pipe.is_some()
    }

    /// Opens it for reading from the start.
    pub fn open(&self) -> Result<Opened, ImportError> {
        let failed = |source| ImportError::Open { path: self.path.clone(), source };
        let input: Box<dyn Read + Send> = match &self.pipe {
            None => Box::new(File::open(&self.path).map_err(failed)?),
            Some(pipe) => {
                let rest = pipe.lock().unwrap_or_else(PoisonError::into_inner).take();
                let rest = rest.ok_or_else(|| failed(io::Error::other("a pipe can be read once only")))?;
                Box::new(Cursor::new(Arc::clone(&self.head)).chain(rest))
            }
        };
        let (consumed, garbage) = (Arc::<AtomicU64>::default(), Arc::<AtomicBool>::default());
        let raw = BufReader::with_capacity(BUFFER, CountingReader { input, consumed: Arc::clone(&consumed) });
        let text: Box<dyn BufRead + Send> = if self.is_packed() {
            Box::new(BufReader::with_capacity(BUFFER, Members::new(raw, Arc::clone(&garbage))))
        } else {
            Box::new(raw)
        };
        Ok(Opened { text, consumed, garbage })
    }

    /// The first bytes of its text, at most 64 KiB, without a byte order mark.
    pub fn beginning(&self) -> Result<Vec<u8>, ImportError> {
        let mut first = Vec::new();
        if self.is_packed() {
            let unpacked = Members::new(&*self.head, Arc::default()).take(HEAD).read_to_end(&mut first);
            // The head of a longer file is truncated anywhere; damage of the file itself is found when it is read.
            if let (Err(source), true) = (unpacked, first.is_empty()) {
                return Err(ImportError::Read { file: self.name.to_string(), line: 0, source });
            }
        } else {
            first.extend_from_slice(&self.head);
        }
        if first.starts_with(b"\xef\xbb\xbf") {
            first.drain(..3);
        }
        Ok(first)
    }

    fn is_packed(&self) -> bool {
        self.head.starts_with(&GZIP)
    }
}

struct CountingReader {
    input: Box<dyn Read + Send>,
    consumed: Arc<AtomicU64>,
}

impl Read for CountingReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(buffer)?;
        self.consumed.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}
