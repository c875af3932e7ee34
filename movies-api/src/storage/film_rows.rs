//! Between films and rows: reading whole films and writing them back.

use std::collections::HashMap;

use contracts::ids::{FilmId, PersonId};
use sea_orm::sea_query::{OnConflict, SelectStatement};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, Iterable, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::StorageError;
use super::entities::{film_credits, film_genres, films};
use super::pieces::pieces;
use crate::domain::film::{Credit, Film};

/// A film with what only storage knows of it.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredFilm {
    pub film: Film,
    pub source_key: String,
    pub source_hash: Option<String>,
}

/// Genres and credits of several films.
#[derive(Default)]
pub struct Links {
    genres: HashMap<Uuid, Vec<String>>,
    credits: HashMap<Uuid, Vec<Credit>>,
}

impl Links {
    /// Reads those of all films whose ids `films` selects.
    pub async fn of_selected(db: &impl ConnectionTrait, films: &SelectStatement) -> Result<Self, StorageError> {
        let mut links = Self::default();
        let genres = film_genres::Entity::find().filter(film_genres::Column::FilmId.in_subquery(films.clone()));
        links.add_genres(genres, db).await?;
        let credits = film_credits::Entity::find().filter(film_credits::Column::FilmId.in_subquery(films.clone()));
        links.add_credits(credits, db).await?;
        Ok(links)
    }

    /// Reads those of the films with these ids.
    pub async fn of_films(db: &impl ConnectionTrait, ids: &[Uuid]) -> Result<Self, StorageError> {
        let mut links = Self::default();
        for piece in pieces(ids) {
            let own = |column: film_genres::Column| column.is_in(piece.iter().copied());
            links.add_genres(film_genres::Entity::find().filter(own(film_genres::Column::FilmId)), db).await?;
            let own = |column: film_credits::Column| column.is_in(piece.iter().copied());
            links.add_credits(film_credits::Entity::find().filter(own(film_credits::Column::FilmId)), db).await?;
        }
        Ok(links)
    }

    async fn add_genres(
        &mut self,
        query: sea_orm::Select<film_genres::Entity>,
        db: &impl ConnectionTrait,
    ) -> Result<(), StorageError> {
        let rows: Vec<(Uuid, String)> = query
            .select_only()
            .columns([film_genres::Column::FilmId, film_genres::Column::Slug])
            .order_by_asc(film_genres::Column::Position)
            .into_tuple()
            .all(db)
            .await?;
        for (film, slug) in rows {
            self.genres.entry(film).or_default().push(slug);
        }
        Ok(())
    }

    async fn add_credits(
        &mut self,
        query: sea_orm::Select<film_credits::Entity>,
        db: &impl ConnectionTrait,
    ) -> Result<(), StorageError> {
        let rows = query
            .order_by_asc(film_credits::Column::FilmId)
            .order_by_asc(film_credits::Column::Role)
            .order_by_asc(film_credits::Column::Position)
            .all(db)
            .await?;
        for row in rows {
            self.credits.entry(row.film_id).or_default().push(Credit {
                person_id: PersonId(row.person_id),
                role: row.role.into(),
                character: row.character,
            });
        }
        Ok(())
    }

    /// Puts a film together with its links, which are taken out.
    pub fn complete(&mut self, row: films::Model) -> Result<StoredFilm, StorageError> {
        let number = |error: std::num::TryFromIntError| StorageError::unreadable("films", error);
        let film = Film {
            id: FilmId(row.id),
            seq: row.seq.try_into().map_err(number)?,
            title: row.title,
            title_ru: row.title_ru,
            original_title: row.original_title,
            year: row.year.try_into().map_err(number)?,
            countries: serde_json::from_str(&row.countries).map_err(|e| StorageError::unreadable("films", e))?,
            genres: self.genres.remove(&row.id).unwrap_or_default(),
            age_rating: row.age_rating.map(u8::try_from).transpose().map_err(number)?,
            tier: row.tier.into(),
            rating: row.rating,
            votes: row.votes.try_into().map_err(number)?,
            runtime_minutes: row.runtime_minutes.map(u16::try_from).transpose().map_err(number)?,
            synopsis_en: row.synopsis_en,
            synopsis_ru: row.synopsis_ru,
            wiki: row.wiki,
            credits: self.credits.remove(&row.id).unwrap_or_default(),
            updated_at: row.updated_at,
        };
        Ok(StoredFilm { film, source_key: row.source_key, source_hash: row.source_hash })
    }
}

impl StoredFilm {
    /// The row of the film itself.
    pub fn row(&self) -> Result<films::Model, StorageError> {
        let film = &self.film;
        let number = |error: std::num::TryFromIntError| StorageError::unreadable("films", error);
        Ok(films::Model {
            id: film.id.0,
            source_key: self.source_key.clone(),
            source_hash: self.source_hash.clone(),
            seq: film.seq.try_into().map_err(number)?,
            deleted_at: None,
            title: film.title.clone(),
            title_ru: film.title_ru.clone(),
            original_title: film.original_title.clone(),
            year: film.year.try_into().map_err(number)?,
            age_rating: film.age_rating.map(i16::from),
            tier: film.tier.into(),
            rating: film.rating,
            votes: film.votes.try_into().map_err(number)?,
            runtime_minutes: film.runtime_minutes.map(i32::from),
            synopsis_en: film.synopsis_en.clone(),
            synopsis_ru: film.synopsis_ru.clone(),
            wiki: film.wiki.clone(),
            countries: serde_json::to_string(&film.countries).map_err(|e| StorageError::unreadable("films", e))?,
            updated_at: film.updated_at,
        })
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

/// Writes whole films, new ones and changed ones. Their genres and persons must be there already.
pub async fn save(db: &impl ConnectionTrait, new: &[StoredFilm], changed: &[StoredFilm]) -> Result<(), StorageError> {
    let ids: Vec<Uuid> = changed.iter().map(|stored| stored.film.id.0).collect();
    delete_links(db, &ids).await?;
    let rows = new.iter().chain(changed).map(StoredFilm::row).collect::<Result<Vec<_>, _>>()?;
    save_rows(db, &rows).await?;
    let genres: Vec<_> = new.iter().chain(changed).flat_map(StoredFilm::genre_rows).collect();
    for piece in pieces(&genres) {
        film_genres::Entity::insert_many(actives(piece)).exec_without_returning(db).await?;
    }
    let credits: Vec<_> = new.iter().chain(changed).flat_map(StoredFilm::credit_rows).collect();
    for piece in pieces(&credits) {
        film_credits::Entity::insert_many(actives(piece)).exec_without_returning(db).await?;
    }
    Ok(())
}

/// Writes rows of films and nothing beside them.
pub async fn save_rows(db: &impl ConnectionTrait, rows: &[films::Model]) -> Result<(), StorageError> {
    let known = OnConflict::column(films::Column::Id)
        .update_columns(films::Column::iter().filter(|column| !matches!(column, films::Column::Id)))
        .to_owned();
    for piece in pieces(rows) {
        films::Entity::insert_many(actives(piece)).on_conflict(known.clone()).exec_without_returning(db).await?;
    }
    Ok(())
}

/// Takes the genres and credits of films away.
pub async fn delete_links(db: &impl ConnectionTrait, films: &[Uuid]) -> Result<(), StorageError> {
    for piece in pieces(films) {
        let ids = || piece.iter().copied();
        film_genres::Entity::delete_many().filter(film_genres::Column::FilmId.is_in(ids())).exec(db).await?;
        film_credits::Entity::delete_many().filter(film_credits::Column::FilmId.is_in(ids())).exec(db).await?;
    }
    Ok(())
}

/// Rows as sea-orm wants to have them for an insert.
pub fn actives<M, A>(rows: &[M]) -> impl Iterator<Item = A>
where
    M: Clone + sea_orm::IntoActiveModel<A>,
    A: sea_orm::ActiveModelTrait,
{
    rows.iter().cloned().map(sea_orm::IntoActiveModel::into_active_model)
}
