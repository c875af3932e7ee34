//! Why an import cannot go on. A bad line is no reason: it is reported and left out.

use std::io;
use std::path::PathBuf;

use super::format::ForeignFormat;
use crate::storage::StorageError;

/// Why an import stopped before its end. What was committed until then stays, and the next start goes on from there.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The path does not exist or may not be read.
    #[error("cannot open {}", path.display())]
    Open {
        /// The path.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// There is nothing in the file.
    #[error("{} is empty", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// The file is of a format that is not read.
    #[error("{} is {}; unpack or convert it first, for example through a pipe: movies-api import <({} {})", path.display(), format.name, format.command, path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What it is.
        format: ForeignFormat,
    },
    /// The file is a JSON array, and its records do not stand on one line each.
    #[error("{} is a JSON array whose films do not stand on one line each; give it through a pipe: movies-api import <(jq -c '.[]' {})", path.display(), path.display())]
    Array {
        /// The file.
        path: PathBuf,
    },
    /// Reading broke off: a damaged or cut-off gzip file, or a failing disk.
    #[error("cannot read {file} after line {line}: is the file whole?")]
    Read {
        /// The file.
        file: String,
        /// Last line that could be read.
        line: u64,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The folder is none of IMDb's.
    #[error("{} has neither title.basics.tsv nor title.basics.tsv.gz; give an NDJSON file or a folder of IMDb's files", path.display())]
    NoBasics {
        /// The folder.
        path: PathBuf,
    },
    /// The file is one of IMDb's, but says nothing alone.
    #[error("{} goes with title.basics.tsv; give the folder that holds both", path.display())]
    NotAlone {
        /// The file.
        path: PathBuf,
    },
    /// The file does not begin as a file of its name does.
    #[error("{file} is not what its name says: {reason}")]
    Foreign {
        /// The file.
        file: String,
        /// What is wrong.
        reason: String,
    },
    /// The file for bad lines cannot be written.
    #[error("cannot write bad lines to {}", path.display())]
    Rejects {
        /// That file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The lines that an earlier run has imported are no longer what the file begins with.
    #[error("{file} has changed since the import of it was broken off")]
    Changed {
        /// The file.
        file: String,
    },
    /// The catalogue could not be written.
    #[error("cannot write to the catalogue")]
    Storage(#[from] StorageError),
    /// The reading thread is gone.
    #[error("the reading thread broke down")]
    Reader(#[source] tokio::task::JoinError),
}
