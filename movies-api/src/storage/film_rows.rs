//! Writes of complete films.

use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, Iterable, QueryFilter};
use uuid::Uuid;

use super::StorageError;
use super::chunks::chunks;
use super::entities::{film_credits, film_genres, films};
use crate::domain::film::Film;

/// A film with the columns that only storage knows.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredFilm {
    pub film: Film,
    pub source_key: String,
    pub source_hash: Option<String>,
}

impl StoredFilm {
    /// The row of the film itself.
    pub fn row(&self) -> Result<films::Model, StorageError> {
        films::Model::of(&self.film, self.source_key.clone(), self.source_hash.clone())
    }

    fn genre_rows(&self) -> impl Iterator<Item = film_genres::Model> {
        let film_id = self.film.id.0;
        (1..).zip(&self.film.genres).map(move |(position, slug)| film_genres::Model {
            film_id,
            slug: slug.clone(),
            position,
        })
    }

    fn credit_rows(&self) -> impl Iterator<Item = film_credits::Model> {
        let film_id = self.film.id.0;
        (1..).zip(&self.film.credits).map(move |(position, credit)| film_credits::Model {
            film_id,
            role: credit.role.into(),
            position,
            person_id: credit.person_id.0,
            character: credit.character.clone(),
        })
    }
}

/// Writes complete films, new ones and changed ones. Their genres and persons must exist.
pub async fn save(db: &impl ConnectionTrait, new: &[StoredFilm], changed: &[StoredFilm]) -> Result<(), StorageError> {
    let ids: Vec<Uuid> = changed.iter().map(|stored| stored.film.id.0).collect();
    delete_links(db, &ids).await?;
    let rows = new.iter().chain(changed).map(StoredFilm::row).collect::<Result<Vec<_>, _>>()?;
    save_rows(db, &rows).await?;
    let genres: Vec<_> = new.iter().chain(changed).flat_map(StoredFilm::genre_rows).collect();
    for chunk in chunks(&genres) {
        film_genres::Entity::insert_many(actives(chunk)).exec_without_returning(db).await?;
    }
    let credits: Vec<_> = new.iter().chain(changed).flat_map(StoredFilm::credit_rows).collect();
    for chunk in chunks(&credits) {
        film_credits::Entity::insert_many(actives(chunk)).exec_without_returning(db).await?;
    }
    Ok(())
}

/// Writes rows of films only.
pub async fn save_rows(db: &impl ConnectionTrait, rows: &[films::Model]) -> Result<(), StorageError> {
    let known = OnConflict::column(films::Column::Id)
        .update_columns(films::Column::iter().filter(|column| !matches!(column, films::Column::Id)))
        .to_owned();
    for chunk in chunks(rows) {
        films::Entity::insert_many(actives(chunk)).on_conflict(known.clone()).exec_without_returning(db).await?;
    }
    Ok(())
}

/// Deletes the genres and credits of films.
pub async fn delete_links(db: &impl ConnectionTrait, films: &[Uuid]) -> Result<(), StorageError> {
    for chunk in chunks(films) {
        let ids = || chunk.iter().copied();
        film_genres::Entity::delete_many().filter(film_genres::Column::FilmId.is_in(ids())).exec(db).await?;
        film_credits::Entity::delete_many().filter(film_credits::Column::FilmId.is_in(ids())).exec(db).await?;
    }
    Ok(())
}

/// Rows as active models for an insert.
pub fn actives<M, A>(rows: &[M]) -> impl Iterator<Item = A>
where
    M: Clone + sea_orm::IntoActiveModel<A>,
    A: sea_orm::ActiveModelTrait,
{
    rows.iter().cloned().map(sea_orm::IntoActiveModel::into_active_model)
}
