//! The catalogue that ships with the service.

use chrono::{DateTime, Utc};
use contracts::movies::access::Tier;

use super::ndjson::FilmRecords;
use crate::storage::{BatchOutcome, CatalogueStore, Position, StorageError};

/// About 60 films, one record on each line.
const FILMS: &str = include_str!("../../catalogue/films.ndjson");

/// Loads the films that ship with the service, in one transaction, if no film has ever been in the catalogue; returns
/// the number of new films.
///
/// Replicas that start together may both find it empty; the second then finds all films known.
///
/// # Errors
/// When the database cannot be read or written.
pub async fn load_builtin(store: &CatalogueStore, now: DateTime<Utc>) -> Result<u64, StorageError> {
    if !store.is_empty().await? {
        return Ok(0);
    }
    let mut reader = FilmRecords::default();
    let mut records = Vec::new();
    for (number, line) in (1..).zip(FILMS.lines()) {
        match reader.record(line.as_bytes()) {
            Ok((record, _)) => records.push(record),
            // tests keep such a line from being shipped; the other films are loaded all the same
            Err(reason) => tracing::error!(line = number, reason, "a built-in film cannot be read"),
        }
    }
    let BatchOutcome { new, .. } =
        store.import_at_once(Tier::Free, now).upsert_batch(records, Position::default()).await?;
    tracing::info!(films = new, "loaded the built-in catalogue");
    Ok(new)
}

#[cfg(test)]
mod tests {
    use super::{FILMS, FilmRecords};

    #[test]
    fn every_built_in_film_can_be_read_and_comes_once() {
        let mut reader = FilmRecords::default();
        for (number, line) in (1..).zip(FILMS.lines()) {
            match reader.record(line.as_bytes()) {
                Ok((record, left_out)) => {
                    assert!(!record.source_key.ends_with("|2"), "line {number} is a film again");
                    assert!(left_out.is_empty(), "line {number}: {left_out:?}");
                }
                Err(reason) => panic!("line {number}: {reason}"),
            }
        }
        assert!(FILMS.lines().count() >= 50);
    }
}
