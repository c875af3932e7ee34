//! Writing batches of an import: what is new goes in, what is known changes only where the source says something else.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use contracts::ids::FilmId;
use contracts::movies::access::Tier;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use super::chunks::chunks;
use super::entities::films;
use super::facts::PreparedRecord;
use super::film_rows::{StoredFilm, save, save_rows};
use super::links::{Links, films_with};
use super::people::{People, PersonCache, RussianNames};
use super::transaction::CatalogueWrite;
use super::writes::as_stored;
use super::{CatalogueStore, Checkpoint, Position, StorageError, genre_rows, staging};

/// What became of the records of a batch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BatchOutcome {
    /// Films that were not there.
    pub new: u64,
    /// Films of which something has changed.
    pub changed: u64,
    /// Films that were like that already.
    pub unchanged: u64,
    /// Films that an editor has deleted and that stay deleted.
    pub deleted: u64,
}

/// An import under way.
#[derive(Debug)]
pub struct CatalogueImport {
    pub(super) store: CatalogueStore,
    pub(super) checkpoint: Option<Checkpoint>,
    pub(super) now: DateTime<Utc>,
    default_tier: Tier,
    persons: PersonCache,
}

impl CatalogueStore {
    /// Begins an import, or goes on with one that was broken off; `restart` begins anew all the same. `now` becomes the
    /// time of change of all films that it touches; `default_tier` is for new films whose source names none.
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
        let now = as_stored(now);
        let write = CatalogueWrite::begin(&self.db).await?;
        let checkpoint = Checkpoint::open(write.connection(), fingerprint, name, restart, now).await?;
        if checkpoint.position == Position::default() {
            staging::clear(write.connection(), &checkpoint, now).await?;
        }
        write.commit().await?;
        Ok(CatalogueImport { checkpoint: Some(checkpoint), ..self.import_at_once(default_tier, now) })
    }

    /// An import that needs no checkpoint, because one batch holds it all.
    pub fn import_at_once(&self, default_tier: Tier, now: DateTime<Utc>) -> CatalogueImport {
        CatalogueImport {
            store: self.clone(),
            checkpoint: None,
            now: as_stored(now),
            default_tier,
            persons: PersonCache::default(),
        }
    }
}

/// The records of a batch, sorted by what is to be done.
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
    /// What is in the catalogue already.
    pub fn position(&self) -> Position {
        self.checkpoint.as_ref().map(|checkpoint| checkpoint.position.clone()).unwrap_or_default()
    }

    /// Writes records and moves the checkpoint to `to`, both or neither. About 1,000 records are a good batch; keys must
    /// be unique within it.
    ///
    /// # Errors
    /// [`StorageError::Overtaken`] when another process has moved the checkpoint; else when the database cannot be
    /// written. Nothing of the batch is in the catalogue then.
    pub async fn upsert_batch(
        &mut self,
        records: Vec<PreparedRecord>,
        to: Position,
    ) -> Result<BatchOutcome, StorageError> {
        let mut write = CatalogueWrite::begin(&self.store.db).await?;
        let (outcome, people) = self.upsert(&mut write, records).await?;
        self.commit_at(write, to, false).await?;
        self.remember(people);
        Ok(outcome)
    }

    /// Spares later batches a look-up. Only for people whose transaction is committed.
    pub(super) fn remember(&mut self, people: People) {
        self.persons.add(people);
    }

    /// Moves the checkpoint and nothing else.
    ///
    /// # Errors
    /// As [`Self::upsert_batch`].
    pub async fn move_to(&mut self, to: Position) -> Result<(), StorageError> {
        let write = CatalogueWrite::begin(&self.store.db).await?;
        self.commit_at(write, to, false).await
    }

    /// Notes that the source has been imported to its end.
    ///
    /// # Errors
    /// As [`Self::upsert_batch`].
    pub async fn finish(&mut self) -> Result<(), StorageError> {
        let write = CatalogueWrite::begin(&self.store.db).await?;
        if let Some(checkpoint) = &self.checkpoint {
            staging::clear(write.connection(), checkpoint, self.now).await?;
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
        people.announce_renamed(write, &numbered, self.now).await?;
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

    /// Films that their records change, and films that their records leave as they are.
    async fn changed_films(
        &self,
        write: &mut CatalogueWrite,
        known: Vec<(PreparedRecord, films::Model)>,
        people: &People,
    ) -> Result<(Vec<StoredFilm>, Vec<StoredFilm>), StorageError> {
        let ids: Vec<_> = known.iter().map(|(_, row)| row.id).collect();
        let (mut changed, mut same) = (Vec::new(), Vec::new());
        let mut links = Links::default();
        for piece in chunks(&ids) {
            links.add(Links::read(write.connection(), &films_with(piece)).await?);
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

/// Leaves out what is there already and what editors have deleted.
async fn sort(db: &impl ConnectionTrait, records: Vec<PreparedRecord>) -> Result<(Sorted, BatchOutcome), StorageError> {
    let mut stored = HashMap::new();
    for piece in chunks(&records) {
        let keys = piece.iter().map(|record| record.source_key.as_str());
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

/// Remembers what was read last for films that it did not change, so that it need not be compared again.
async fn save_digests(db: &impl ConnectionTrait, films: &[StoredFilm]) -> Result<(), StorageError> {
    let rows = films.iter().map(StoredFilm::row).collect::<Result<Vec<_>, _>>()?;
    save_rows(db, &rows).await
}
