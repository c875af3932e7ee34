//! The change feed, from which the film index is built and kept current.

use contracts::Translated;
use contracts::ids::{FilmId, PersonId};
use sea_orm::sea_query::{Query, SelectStatement};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::chunks::chunks;
use super::entities::{film_credits, films, persons};
use super::links::{Links, films_with};
use super::transaction::begin_snapshot;
use super::{CatalogueStore, StorageError, store};
use crate::domain::film::{Film, Person};

/// One page of the change feed, consistent at one moment.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ChangeBatch {
    /// New or changed films, by `seq`.
    pub films: Vec<Film>,
    /// Deleted films with the number of their deletion, by that number.
    pub deleted: Vec<(FilmId, u64)>,
    /// All people in those films.
    pub persons: Vec<Person>,
    /// `seq` to continue after.
    pub last_seq: u64,
    /// `true` when nothing followed at that moment.
    pub complete: bool,
}

impl CatalogueStore {
    /// Films that changed after number `seq`, oldest change first; each film once, at its last change. `limit` bounds
    /// films and tombstones together.
    ///
    /// Numbers are assigned in the order of commits: reading on from `last_seq` never misses a film.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn changes_since(&self, seq: u64, limit: u64) -> Result<ChangeBatch, StorageError> {
        self.db.transaction(self.changes_since_unbounded(seq, limit)).await
    }

    async fn changes_since_unbounded(&self, seq: u64, limit: u64) -> Result<ChangeBatch, StorageError> {
        let snapshot = begin_snapshot(&self.db).await?;
        let since = i64::try_from(seq).unwrap_or(i64::MAX);
        let rows = films::Entity::find()
            .filter(films::Column::Seq.gt(since))
            .order_by_asc(films::Column::Seq)
            .limit(limit)
            .all(&snapshot)
            .await?;
        let complete = (rows.len() as u64) < limit;
        let last_seq = match rows.last() {
            Some(row) if !complete => row.seq.cast_unsigned(),
            // skipped numbers belong to films that have changed again since
            _ => store::last_seq(&snapshot).await?.max(seq),
        };
        let mut batch = ChangeBatch { last_seq, complete, ..ChangeBatch::default() };
        if let Some(last) = rows.last() {
            let selected = films_between(since, last.seq);
            let mut links = Links::read(&snapshot, &selected).await?;
            batch.persons = persons_of(&snapshot, selected).await?;
            for row in rows {
                if row.deleted_at.is_some() {
                    batch.deleted.push((FilmId(row.id), row.seq.cast_unsigned()));
                } else {
                    batch.films.push(links.complete(row)?.film);
                }
            }
        }
        snapshot.commit().await?;
        Ok(batch)
    }

    /// The film, unless it was deleted.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn find(&self, id: FilmId) -> Result<Option<Film>, StorageError> {
        let find = async {
            let snapshot = begin_snapshot(&self.db).await?;
            let row = films::Entity::find_by_id(id.0).filter(films::Column::DeletedAt.is_null()).one(&snapshot).await?;
            let film = match row {
                Some(row) => Some(Links::read(&snapshot, &films_with(&[id.0])).await?.complete(row)?.film),
                None => None,
            };
            snapshot.commit().await?;
            Ok(film)
        };
        self.db.transaction(find).await
    }

    /// The persons with these ids, in no order; unknown ids are left out.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn persons(&self, ids: &[PersonId]) -> Result<Vec<Person>, StorageError> {
        let mut found = Vec::with_capacity(ids.len());
        for chunk in chunks(ids) {
            let query = persons::Entity::find().filter(persons::Column::Id.is_in(chunk.iter().map(|id| id.0)));
            found.extend(query.all(&self.db).await?.into_iter().map(person));
        }
        Ok(found)
    }
}

fn films_between(after: i64, last: i64) -> SelectStatement {
    Query::select()
        .column(films::Column::Id)
        .from(films::Entity)
        .and_where(films::Column::Seq.gt(after))
        .and_where(films::Column::Seq.lte(last))
        .to_owned()
}

async fn persons_of(db: &impl ConnectionTrait, films: SelectStatement) -> Result<Vec<Person>, StorageError> {
    let ids = Query::select()
        .column(film_credits::Column::PersonId)
        .from(film_credits::Entity)
        .and_where(film_credits::Column::FilmId.in_subquery(films))
        .to_owned();
    let rows: Vec<(Uuid, String, Option<String>)> = persons::Entity::find()
        .select_only()
        .columns([persons::Column::Id, persons::Column::Name, persons::Column::NameRu])
        .filter(persons::Column::Id.in_subquery(ids))
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|(id, en, ru)| Person { id: PersonId(id), name: Translated { en, ru } }).collect())
}

fn person(row: persons::Model) -> Person {
    Person { id: PersonId(row.id), name: Translated { en: row.name, ru: row.name_ru } }
}
