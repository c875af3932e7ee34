//! Films, persons, genres and their change feed in SQL (sea-orm; SQLite and PostgreSQL with the same tables).
//!
//! SQL is the source of truth; what viewers read comes from the film index, which follows
//! [`CatalogueStore::changes_since`].

mod changes;
mod checkpoints;
mod chunks;
mod credits;
mod entities;
mod error;
mod facts;
mod film_rows;
mod genre_names;
mod genre_rows;
mod imports;
mod links;
mod migrations;
mod people;
mod staged_part;
mod staging;
mod staging_cleanup;
mod store;
mod texts;
mod transaction;
mod writes;

pub use changes::ChangeBatch;
pub use checkpoints::{Checkpoint, Position};
pub use credits::NamedCredit;
pub use error::{StorageError, WriteFilmError};
pub use facts::{FilmFacts, PreparedRecord, film_key};
pub use genre_names::genre_named;
pub use imports::{BatchOutcome, CatalogueImport};
pub use staged_part::Part;
pub use staging::{StagedRow, StagedTitle};
pub use store::CatalogueStore;
pub use texts::clean;
