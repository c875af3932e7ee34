//! Reads genres and credits of many films at once.

use std::collections::HashMap;

use contracts::ids::PersonId;
use sea_orm::sea_query::{Expr, Query, SelectStatement};
use sea_orm::{ActiveEnum, ColumnTrait, ConnectionTrait, DbBackend, EntityTrait};
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::StorageError;
use super::entities::{film_credits, film_genres, films};
use super::film_rows::StoredFilm;
use crate::domain::film::Credit;

/// Genres and credits of several films.
///
/// They come as one JSON text for each film: a third of the rows that single links would need. Transfer of rows
/// dominates the time with SQLite, and an index reads the whole catalogue like this at each start.
#[derive(Default)]
pub struct Links {
    genres: HashMap<Uuid, Vec<String>>,
    credits: HashMap<Uuid, Vec<Credit>>,
}

impl Links {
    /// Reads the links of all films that `films` selects.
    pub async fn read(db: &impl ConnectionTrait, films: &SelectStatement) -> Result<Self, StorageError> {
        let (genres, credits) = match db.get_database_backend() {
            DbBackend::Sqlite => (
                "json_group_array(slug ORDER BY position)",
                "json_group_array(json_array(role, hex(person_id), character) ORDER BY position)",
            ),
            _ => (
                "json_agg(slug ORDER BY position)::text",
                "json_agg(json_build_array(role, person_id, character) ORDER BY position)::text",
            ),
        };
        let table = film_genres::Entity;
        let genres = lists(db, table, film_genres::Column::FilmId, genres, films).await?;
        let table = film_credits::Entity;
        let rows = lists(db, table, film_credits::Column::FilmId, credits, films).await?;
        let mut credits = HashMap::with_capacity(rows.len());
        for (film, list) in rows {
            let list: Result<Vec<Credit>, StorageError> = list.into_iter().map(credit).collect();
            credits.insert(film, list?);
        }
        Ok(Self { genres, credits })
    }

    /// Adds the links of other films.
    pub fn add(&mut self, others: Self) {
        self.genres.extend(others.genres);
        self.credits.extend(others.credits);
    }

    /// Completes a film with its links, which are removed from here.
    pub fn complete(&mut self, mut row: films::Model) -> Result<StoredFilm, StorageError> {
        let genres = self.genres.remove(&row.id).unwrap_or_default();
        let credits = self.credits.remove(&row.id).unwrap_or_default();
        let (source_key, source_hash) = (std::mem::take(&mut row.source_key), row.source_hash.take());
        Ok(StoredFilm { film: row.into_film(genres, credits)?, source_key, source_hash })
    }
}

fn credit((role, person, character): (i16, Uuid, Option<String>)) -> Result<Credit, StorageError> {
    let role = film_credits::Role::try_from_value(&role)?;
    Ok(Credit { person_id: PersonId(person), role: role.into(), character })
}

/// One list for each film that `films` selects, aggregated by the expression `list`.
async fn lists<E: EntityTrait, T: DeserializeOwned>(
    db: &impl ConnectionTrait,
    table: E,
    film: E::Column,
    list: &'static str,
    films: &SelectStatement,
) -> Result<HashMap<Uuid, Vec<T>>, StorageError> {
    let query = Query::select()
        .column(film)
        .expr(Expr::cust(list))
        .from(table)
        .and_where(film.in_subquery(films.clone()))
        .group_by_col(film)
        .to_owned();
    let rows = db.query_all(&query).await?;
    let mut found = HashMap::with_capacity(rows.len());
    for row in rows {
        let text: String = row.try_get_by_index(1)?;
        let list = serde_json::from_str(&text).map_err(|e| StorageError::unreadable("film links", e))?;
        found.insert(row.try_get_by_index(0)?, list);
    }
    Ok(found)
}

/// Selects the films with these ids.
pub fn films_with(ids: &[Uuid]) -> SelectStatement {
    Query::select()
        .column(films::Column::Id)
        .from(films::Entity)
        .and_where(films::Column::Id.is_in(ids.iter().copied()))
        .to_owned()
}
