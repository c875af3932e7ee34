//! Batches of an import: new films are added, known ones change only where the source differs.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use contracts::ids::FilmId;
use contracts::movies::access::Tier;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use service_kit::database::stored_time;

use super::chunks::chunks;
use super::entities::films;
use super::facts::PreparedRecord;
use super::film_rows::{StoredFilm, save, save_rows};
use super::links::{Links, films_with};
use super::people::{People, PersonCache, RussianNames};
use super::transaction::CatalogueWrite;
use super::{CatalogueStore, Checkpoint, Position, StorageError, genre_rows, staging_cleanup};

/// Counts of a batch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BatchOutcome {
    /// New films.
    pub new: u64,
    /// Changed films.
    pub changed: u64,
    /// Films without a change.
    pub unchanged: u64,
    /// Films that an editor has deleted and that stay deleted.
    pub deleted: u64,
}

/// A running import.
#[derive(Debug)]
pub struct CatalogueImport {
    pub(super) store: CatalogueStore,
    pub(super) checkpoint: Option<Checkpoint>,
    pub(super) now: DateTime<Utc>,
    default_tier: Tier,
    persons: PersonCache,
}

impl CatalogueStore {
    /// Begins an import, or resumes an interrupted one; `restart` starts over in any case. `now` becomes the time of
    /// change of all films that it changes; `default_tier` is for new films without one in the source.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn begin_import(
        &self,
        fingerprint: &str,
        name: &str,
        restart: bool,
        default_tier: Tier,
        now: DateTime<Utc>,
    ) -> Result<CatalogueImport, StorageError> {
        let now = stored_time(now);
        let write = CatalogueWrite::begin(&self.transactions).await?;
        let checkpoint = Checkpoint::open(write.connection(), fingerprint, name, restart, now).await?;
        if checkpoint.position == Position::default() {
            staging_cleanup::clear(write.connection(), &checkpoint, now).await?;
        }
        write.commit().await?;
        Ok(CatalogueImport { checkpoint: Some(checkpoint), ..self.import_at_once(default_tier, now) })
    }

    /// An import without a checkpoint, for a single batch that holds everything.
    pub fn import_at_once(&self, default_tier: Tier, now: DateTime<Utc>) -> CatalogueImport {
        CatalogueImport {
            store: self.clone(),
            checkpoint: None,
            now: stored_time(now),
            default_tier,
            persons: PersonCache::default(),
        }
    }
}

/// The records of a batch, by required action.
#[derive(Default)]
struct Sorted {
    new: Vec<PreparedRecord>,
    known: Vec<(PreparedRecord, films::Model)>,
}

impl Sorted {
    fn records(&self) -> impl Iterator<Item = &PreparedRecord> {
        self.new.iter().chain(self.known.iter().map(|(record, _)| record))
    }
}

impl CatalogueImport {
    /// Position up to which the source is imported.
    pub fn position(&self) -> Position {
        self.checkpoint.as_ref().map(|checkpoint| checkpoint.position.clone()).unwrap_or_default()
    }

    /// Writes records and moves the checkpoint to `to`, both or neither. About 1,000 records are a good batch; keys
    /// must be unique within it.
    ///
    /// # Errors
    /// [`StorageError::ConcurrentImport`] when another process has moved the checkpoint; otherwise when the database
    /// cannot be written. Nothing of the batch is in the catalogue then.
    pub async fn upsert_batch(
        &mut self,
        records: Vec<PreparedRecord>,
        to: Position,
    ) -> Result<BatchOutcome, StorageError> {
        let mut write = CatalogueWrite::begin(&self.store.transactions).await?;
        let (outcome, people) = self.upsert(&mut write, records).await?;
        self.commit_at(write, to, false).await?;
        self.cache_people(people);
        Ok(outcome)
    }

    /// Caches people for later batches. Only for people of a committed transaction.
    pub(super) fn cache_people(&mut self, people: People) {
        self.persons.add(people);
    }

    /// Moves the checkpoint only.
    ///
    /// # Errors
    /// As [`Self::upsert_batch`].
    pub async fn move_to(&mut self, to: Position) -> Result<(), StorageError> {
        let write = CatalogueWrite::begin(&self.store.transactions).await?;
        self.commit_at(write, to, false).await
    }

    /// Marks the source as completely imported.
    ///
    /// # Errors
    /// As [`Self::upsert_batch`].
    pub async fn finish(&mut self) -> Result<(), StorageError> {
        let write = CatalogueWrite::begin(&self.store.transactions).await?;
        if let Some(checkpoint) = &self.checkpoint {
            staging_cleanup::clear(write.connection(), checkpoint, self.now).await?;
        }
        let at = self.position();
        self.commit_at(write, at, true).await
    }

    pub(super) async fn commit_at(
        &mut self,
        write: CatalogueWrite,
        to: Position,
        finished: bool,
    ) -> Result<(), StorageError> {
        if let Some(checkpoint) = &self.checkpoint {
            checkpoint.advance(write.connection(), &to, finished, self.now).await?;
        }
        write.commit().await?;
        if let Some(checkpoint) = &mut self.checkpoint {
            checkpoint.position = to;
        }
        Ok(())
    }

    pub(super) async fn upsert(
        &self,
        write: &mut CatalogueWrite,
        records: Vec<PreparedRecord>,
    ) -> Result<(BatchOutcome, People), StorageError> {
        let (sorted, mut outcome) = sort(write.connection(), records).await?;
        if sorted.new.is_empty() && sorted.known.is_empty() {
            return Ok((outcome, People::default()));
        }
        let credits = sorted.records().flat_map(|record| &record.facts.credits);
        let people = People::resolve(write.connection(), credits, &self.persons, RussianNames::Fill).await?;
        let genres = sorted.records().flat_map(|record| &record.facts.genres);
        genre_rows::add_missing(write.connection(), genres).await?;

        let new = self.new_films(write, sorted.new, &people);
        let (changed, same) = self.changed_films(write, sorted.known, &people).await?;
        outcome.new += new.len() as u64;
        outcome.changed += changed.len() as u64;
        outcome.unchanged += same.len() as u64;
        save(write.connection(), &new, &changed).await?;
        save_digests(write.connection(), &same).await?;
        let numbered: HashSet<_> = new.iter().chain(&changed).map(|stored| stored.film.id.0).collect();
        people.publish_renames(write, &numbered, self.now).await?;
        Ok((outcome, people))
    }

    fn new_films(&self, write: &mut CatalogueWrite, records: Vec<PreparedRecord>, people: &People) -> Vec<StoredFilm> {
        let film = |record: PreparedRecord| {
            let mut film = record.facts.into_new_film(FilmId::new(), self.default_tier, people);
            film.seq = write.next_seq().cast_unsigned();
            film.updated_at = self.now;
            StoredFilm { film, source_key: record.source_key, source_hash: Some(record.source_hash) }
        };
        records.into_iter().map(film).collect()
    }

    /// Films that their records change, and films that their records leave unchanged.
    async fn changed_films(
        &self,
        write: &mut CatalogueWrite,
        known: Vec<(PreparedRecord, films::Model)>,
        people: &People,
    ) -> Result<(Vec<StoredFilm>, Vec<StoredFilm>), StorageError> {
        let ids: Vec<_> = known.iter().map(|(_, row)| row.id).collect();
        let (mut changed, mut same) = (Vec::new(), Vec::new());
        let mut links = Links::default();
        for chunk in chunks(&ids) {
            links.add(Links::read(write.connection(), &films_with(chunk)).await?);
        }
        for (record, row) in known {
            let mut stored = links.complete(row)?;
            stored.source_hash = Some(record.source_hash);
            let before = stored.film.clone();
            record.facts.apply(&mut stored.film, people);
            if stored.film == before {
                same.push(stored);
            } else {
                stored.film.seq = write.next_seq().cast_unsigned();
                stored.film.updated_at = self.now;
                changed.push(stored);
            }
        }
        Ok((changed, same))
    }
}

/// Drops unchanged records, and records of films that editors have deleted.
async fn sort(db: &impl ConnectionTrait, records: Vec<PreparedRecord>) -> Result<(Sorted, BatchOutcome), StorageError> {
    let mut stored = HashMap::new();
    for chunk in chunks(&records) {
        let keys = chunk.iter().map(|record| record.source_key.as_str());
        let rows = films::Entity::find().filter(films::Column::SourceKey.is_in(keys)).all(db).await?;
        stored.extend(rows.into_iter().map(|row| (row.source_key.clone(), row)));
    }
    let (mut sorted, mut outcome) = (Sorted::default(), BatchOutcome::default());
    for record in records {
        match stored.remove(&record.source_key) {
            None => sorted.new.push(record),
            Some(row) if row.deleted_at.is_some() => outcome.deleted += 1,
            Some(row) if row.source_hash.as_ref() == Some(&record.source_hash) => outcome.unchanged += 1,
            Some(row) => sorted.known.push((record, row)),
        }
    }
    Ok((sorted, outcome))
}

/// Stores the digest of the last record of unchanged films, so that it is not compared again.
async fn save_digests(db: &impl ConnectionTrait, films: &[StoredFilm]) -> Result<(), StorageError> {
    let rows = films.iter().map(StoredFilm::row).collect::<Result<Vec<_>, _>>()?;
    save_rows(db, &rows).await
}
