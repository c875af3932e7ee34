//! The only mapping of this service's errors to problem codes.

use std::time::Duration;

use contracts::codes;
use contracts::problem::Code;
use service_kit::ApiError;

use crate::index::SearchError;
use crate::search_pool::SearchPoolError;
use crate::storage::{StorageError, WriteFilmError};

/// Maps an error of a direct read of the database.
pub fn read_error(error: StorageError) -> ApiError {
    storage_error(codes::UNAVAILABLE, error)
}

/// An unavailable database is 503; any other error is a bug.
fn storage_error(unavailable: &'static Code, error: StorageError) -> ApiError {
    if error.is_unavailable() {
        ApiError::new(unavailable).retry_after(Duration::from_secs(2)).source(error)
    } else {
        ApiError::internal(error)
    }
}

/// Maps a search that the pool has not run.
pub fn search_pool_error(error: SearchPoolError) -> ApiError {
    match error {
        SearchPoolError::Busy => ApiError::new(codes::SEARCH_BUSY).retry_after(Duration::from_secs(1)),
        SearchPoolError::Panicked => ApiError::internal(error),
    }
}

/// Maps an error of a search.
pub fn search_error(error: SearchError) -> ApiError {
    match error {
        SearchError::CutOff => search_pool_error(SearchPoolError::Busy),
        SearchError::Index(_) => ApiError::internal(error),
    }
}

/// Maps an error of an editor's write.
pub fn write_error(error: WriteFilmError) -> ApiError {
    match error {
        WriteFilmError::NotFound => ApiError::new(codes::FILM_NOT_FOUND),
        WriteFilmError::Conflict { expected, .. } => ApiError::new(codes::FILM_CONFLICT)
            .detail(format!("the film is not at version {expected} any more; read it again")),
        WriteFilmError::Storage(error) => storage_error(codes::CATALOGUE_READ_ONLY, error),
    }
}
