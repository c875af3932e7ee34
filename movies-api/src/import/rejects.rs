//! The file of rejected lines.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{BadLine, ImportError};

/// Writes bad lines as NDJSON: `file`, `line`, `reason`, `text`. Without a path it writes nothing.
pub struct Rejects(Option<(PathBuf, BufWriter<File>)>);

#[derive(Serialize)]
struct Reject<'a> {
    file: &'a str,
    line: u64,
    reason: &'a str,
    text: &'a str,
}

impl Rejects {
    /// Creates the file, or truncates an existing one.
    pub fn create(path: Option<&Path>) -> Result<Self, ImportError> {
        let Some(path) = path else { return Ok(Self(None)) };
        let file = File::create(path).map_err(|source| ImportError::Rejects { path: path.to_owned(), source })?;
        Ok(Self(Some((path.to_owned(), BufWriter::new(file)))))
    }

    /// Appends lines and flushes them, so that they are in the file when the import is interrupted.
    pub fn write(&mut self, lines: &[BadLine]) -> Result<(), ImportError> {
        let Some((path, file)) = &mut self.0 else { return Ok(()) };
        let mut write = || {
            for BadLine { file: name, line, reason, text, .. } in lines {
                serde_json::to_writer(&mut *file, &Reject { file: name, line: *line, reason, text })?;
                file.write_all(b"\n")?;
            }
            file.flush()
        };
        write().map_err(|source| ImportError::Rejects { path: path.clone(), source })
    }
}
