//! I/O errors that name the failed operation.

use std::io;

/// An I/O error: a file, a folder, a thread, a signal handler or the listening address.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub struct IoError {
    what: String,
    source: io::Error,
}

/// Names the failed operation; for `map_err`.
pub fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> IoError {
    let what = what.into();
    move |source| IoError { what, source }
}
