//! Adds genres that are new to the catalogue.

use std::collections::HashSet;

use sea_orm::{ConnectionTrait, EntityTrait, QuerySelect};

use super::StorageError;
use super::chunks::chunks;
use super::entities::genres;
use super::film_rows::actives;
use crate::domain::film::GenreNames;

/// Adds the missing ones of `named`. A catalogue has a few hundred genres, so all slugs are read at once.
pub async fn add_missing<'a>(
    db: &impl ConnectionTrait,
    named: impl Iterator<Item = &'a GenreNames>,
) -> Result<(), StorageError> {
    let stored: Vec<String> =
        genres::Entity::find().select_only().column(genres::Column::Slug).into_tuple().all(db).await?;
    let mut known: HashSet<&str> = stored.iter().map(String::as_str).collect();
    let new: Vec<genres::Model> = named
        .filter(|genre| known.insert(&genre.slug))
        .map(|genre| genres::Model {
            slug: genre.slug.clone(),
            name: genre.name.en.clone(),
            name_ru: genre.name.ru.clone(),
        })
        .collect();
    for chunk in chunks(&new) {
        genres::Entity::insert_many(actives(chunk)).exec_without_returning(db).await?;
    }
    Ok(())
}
