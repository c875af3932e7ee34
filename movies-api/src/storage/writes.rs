//! Editors' writes: insert, update and delete one film.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use contracts::ids::FilmId;
use contracts::movies::access::Tier;
use contracts::movies::writes::FilmDraft;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter};
use service_kit::database::stored_time;

use super::entities::films;
use super::facts::{FilmFacts, film_key};
use super::film_rows::{StoredFilm, delete_links, save, save_rows};
use super::people::{People, PersonCache, RussianNames};
use super::transaction::CatalogueWrite;
use super::{CatalogueStore, StorageError, WriteFilmError, genre_rows};
use crate::domain::film::Film;

impl CatalogueStore {
    /// Adds a film. A later import recognises it by title and year.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn insert(&self, draft: &FilmDraft, now: DateTime<Utc>) -> Result<Film, WriteFilmError> {
        let insert = async {
            let facts = FilmFacts::from_draft(draft);
            let mut write = CatalogueWrite::begin(&self.transactions).await?;
            let source_key = free_key(write.connection(), &facts).await?;
            let film = write_film(&mut write, FilmId::new(), source_key, None, facts, now).await?;
            write.commit().await?;
            Ok(film)
        };
        self.write(insert).await
    }

    /// Replaces a film, if it is still at the version that the editor has read.
    ///
    /// # Errors
    /// When there is no such film, it has changed, or the database cannot be written.
    pub async fn update(
        &self,
        id: FilmId,
        expected_version: u64,
        draft: &FilmDraft,
        now: DateTime<Utc>,
    ) -> Result<Film, WriteFilmError> {
        self.write(self.update_unbounded(id, expected_version, draft, now)).await
    }

    async fn update_unbounded(
        &self,
        id: FilmId,
        expected_version: u64,
        draft: &FilmDraft,
        now: DateTime<Utc>,
    ) -> Result<Film, WriteFilmError> {
        let mut write = CatalogueWrite::begin(&self.transactions).await?;
        let row = find_version(write.connection(), id, expected_version).await?;
        let facts = FilmFacts::from_draft(draft);
        // the key and the digest of the import stay: importing the same file again must not undo the editor's changes
        let film = write_film(&mut write, id, row.source_key, row.source_hash, facts, now).await?;
        write.commit().await?;
        Ok(film)
    }

    /// The version of a film; `None` when there is no such film.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn version_of(&self, id: FilmId) -> Result<Option<u64>, StorageError> {
        Ok(find_row(&self.db, id).await?.map(|row| row.seq.cast_unsigned()))
    }

    /// Deletes a film, if it is still at the version that the editor has read, and leaves a tombstone, which the feed
    /// reports and imports respect. Returns its number in the feed.
    ///
    /// # Errors
    /// When there is no such film, it has changed, or the database cannot be written.
    pub async fn delete(&self, id: FilmId, expected_version: u64, now: DateTime<Utc>) -> Result<u64, WriteFilmError> {
        self.write(self.delete_unbounded(id, expected_version, stored_time(now))).await
    }

    async fn delete_unbounded(
        &self,
        id: FilmId,
        expected_version: u64,
        now: DateTime<Utc>,
    ) -> Result<u64, WriteFilmError> {
        let mut write = CatalogueWrite::begin(&self.transactions).await?;
        let mut row = find_version(write.connection(), id, expected_version).await?;
        let seq = write.next_seq();
        row.seq = seq;
        row.deleted_at = Some(now);
        row.updated_at = now;
        delete_links(write.connection(), &[id.0]).await?;
        save_rows(write.connection(), &[row]).await?;
        write.commit().await?;
        Ok(seq.cast_unsigned())
    }
}

async fn find_row(db: &impl ConnectionTrait, id: FilmId) -> Result<Option<films::Model>, StorageError> {
    Ok(films::Entity::find_by_id(id.0).filter(films::Column::DeletedAt.is_null()).one(db).await?)
}

/// The row of a film that is at version `expected`.
async fn find_version(db: &impl ConnectionTrait, id: FilmId, expected: u64) -> Result<films::Model, WriteFilmError> {
    let row = find_row(db, id).await?.ok_or(WriteFilmError::NotFound)?;
    let current = row.seq.cast_unsigned();
    if current == expected { Ok(row) } else { Err(WriteFilmError::Conflict { expected, current }) }
}

/// The first free key of this title and year.
async fn free_key(db: &impl ConnectionTrait, facts: &FilmFacts) -> Result<String, StorageError> {
    let mut occurrence = 1;
    loop {
        let key = film_key(facts.title(), facts.year(), occurrence);
        if films::Entity::find().filter(films::Column::SourceKey.eq(&key)).count(db).await? == 0 {
            return Ok(key);
        }
        occurrence += 1;
    }
}

async fn write_film(
    write: &mut CatalogueWrite,
    id: FilmId,
    source_key: String,
    source_hash: Option<String>,
    facts: FilmFacts,
    now: DateTime<Utc>,
) -> Result<Film, StorageError> {
    let now = stored_time(now);
    let credits = facts.credits.iter();
    let cache = PersonCache::default();
    let people = People::resolve(write.connection(), credits, &cache, RussianNames::Replace).await?;
    genre_rows::add_missing(write.connection(), facts.genres.iter()).await?;
    let mut film = facts.into_new_film(id, Tier::default(), &people);
    film.seq = write.next_seq().cast_unsigned();
    film.updated_at = now;
    let stored = StoredFilm { film, source_key, source_hash };
    save(write.connection(), &[], std::slice::from_ref(&stored)).await?;
    people.publish_renames(write, &HashSet::from([id.0]), now).await?;
    Ok(stored.film)
}
