//! Table `films`: one row for each film that is or was in the catalogue, and its conversion from and to a film.

use contracts::Translated;
use contracts::ids::FilmId;
use contracts::movies::access::Tier as WireTier;
use contracts::movies::import::Synopsis;
use sea_orm::entity::prelude::*;

use crate::domain::film::{Credit, Film};
use crate::storage::error::StorageError;

/// A film, or the tombstone of one.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "films")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Key by which imports recognise the film.
    #[sea_orm(unique)]
    pub source_key: String,
    /// Digest of the last imported record; null for films that only editors have written.
    pub source_hash: Option<String>,
    /// Position of the last change in the change feed.
    #[sea_orm(unique)]
    pub seq: i64,
    /// Set in tombstones.
    pub deleted_at: Option<ChronoDateTimeUtc>,
    pub title: String,
    pub title_ru: Option<String>,
    pub original_title: Option<String>,
    pub year: i16,
    pub age_rating: Option<i16>,
    pub tier: Tier,
    #[sea_orm(column_type = "Float")]
    pub rating: Option<f32>,
    pub votes: i32,
    pub runtime_minutes: Option<i32>,
    pub synopsis_en: Option<String>,
    pub synopsis_ru: Option<String>,
    pub wiki: Option<String>,
    /// JSON array of codes. A table of its own would gain nothing: filters run in the film index, and SQL only ever
    /// reads and writes the whole list together with its film.
    pub countries: String,
    pub updated_at: ChronoDateTimeUtc,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// The row of a film.
    pub fn of(film: &Film, source_key: String, source_hash: Option<String>) -> Result<Self, StorageError> {
        Ok(Self {
            id: film.id.0,
            source_key,
            source_hash,
            seq: film.seq.try_into().map_err(unreadable)?,
            deleted_at: None,
            title: film.title.en.clone(),
            title_ru: film.title.ru.clone(),
            original_title: film.original_title.clone(),
            year: film.year.try_into().map_err(unreadable)?,
            age_rating: film.age_rating.map(i16::from),
            tier: film.tier.into(),
            rating: film.rating,
            votes: film.votes.try_into().map_err(unreadable)?,
            runtime_minutes: film.runtime_minutes.map(i32::from),
            synopsis_en: film.synopsis.en.clone(),
            synopsis_ru: film.synopsis.ru.clone(),
            wiki: film.wiki.clone(),
            countries: serde_json::to_string(&film.countries).map_err(unreadable)?,
            updated_at: film.updated_at,
        })
    }

    /// The film of a row, with its genres and credits from their tables.
    pub fn into_film(self, genres: Vec<String>, credits: Vec<Credit>) -> Result<Film, StorageError> {
        Ok(Film {
            id: FilmId(self.id),
            seq: self.seq.try_into().map_err(unreadable)?,
            title: Translated { en: self.title, ru: self.title_ru },
            original_title: self.original_title,
            year: self.year.try_into().map_err(unreadable)?,
            countries: serde_json::from_str(&self.countries).map_err(unreadable)?,
            genres,
            age_rating: self.age_rating.map(u8::try_from).transpose().map_err(unreadable)?,
            tier: self.tier.into(),
            rating: self.rating,
            votes: self.votes.try_into().map_err(unreadable)?,
            runtime_minutes: self.runtime_minutes.map(u16::try_from).transpose().map_err(unreadable)?,
            synopsis: Synopsis { en: self.synopsis_en, ru: self.synopsis_ru },
            wiki: self.wiki,
            credits,
            updated_at: self.updated_at,
        })
    }
}

fn unreadable(error: impl std::error::Error + Send + Sync + 'static) -> StorageError {
    StorageError::unreadable("films", error)
}

/// Tiers by name, so that the table reads well in a SQL shell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum Tier {
    #[sea_orm(string_value = "free")]
    Free,
    #[sea_orm(string_value = "subscription")]
    Subscription,
}

impl From<WireTier> for Tier {
    fn from(tier: WireTier) -> Self {
        match tier {
            WireTier::Free => Self::Free,
            WireTier::Subscription => Self::Subscription,
        }
    }
}

impl From<Tier> for WireTier {
    fn from(tier: Tier) -> Self {
        match tier {
            Tier::Free => Self::Free,
            Tier::Subscription => Self::Subscription,
        }
    }
}
