//! Errors that end an import. A bad line is none: it is reported and left out.

use std::io;
use std::path::PathBuf;

use super::format::ForeignFormat;
use crate::storage::StorageError;

/// An import stopped before its end. Committed batches stay, and the next run resumes after them.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The path does not exist or may not be read.
    #[error("cannot open {}", path.display())]
    Open {
        /// The path.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The file is empty.
    #[error("{} is empty", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// The format is not supported.
    #[error("{} is {}; unpack or convert it first, for example through a pipe: movies-api import <({} {})", path.display(), format.name, format.command, path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// Its format.
        format: ForeignFormat,
    },
    /// The file is a JSON array with records that span or share lines.
    #[error("{} is a JSON array whose films do not stand on one line each; give it through a pipe: movies-api import <(jq -c '.[]' {})", path.display(), path.display())]
    Array {
        /// The file.
        path: PathBuf,
    },
    /// Reading failed: a damaged or truncated gzip file, or a failing disk.
    #[error("cannot read {file} after line {line}: is the file whole?")]
    Read {
        /// The file.
        file: String,
        /// Last line that was read.
        line: u64,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The folder has no title.basics.
    #[error("{} has neither title.basics.tsv nor title.basics.tsv.gz; give an NDJSON file or a folder of IMDb's files", path.display())]
    NoBasics {
        /// The folder.
        path: PathBuf,
    },
    /// The file is one of IMDb's, but useless without title.basics.
    #[error("{} goes with title.basics.tsv; give the folder that holds both", path.display())]
    NeedsBasics {
        /// The file.
        path: PathBuf,
    },
    /// The content does not match the name of the file.
    #[error("{file} is not what its name says: {reason}")]
    Foreign {
        /// The file.
        file: String,
        /// The mismatch.
        reason: String,
    },
    /// The file of rejected lines cannot be written.
    #[error("cannot write bad lines to {}", path.display())]
    Rejects {
        /// That file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The lines that an earlier run imported are no longer at the start of the file.
    #[error("{file} has changed since the import of it was broken off")]
    Changed {
        /// The file.
        file: String,
    },
    /// The catalogue could not be written.
    #[error("cannot write to the catalogue")]
    Storage(#[from] StorageError),
    /// The reading thread panicked.
    #[error("the reading thread broke down")]
    Reader(#[source] tokio::task::JoinError),
}
