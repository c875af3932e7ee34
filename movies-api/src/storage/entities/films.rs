//! Table `films`: one row for each film that is or was in the catalogue.

use contracts::movies::access::Tier as WireTier;
use sea_orm::entity::prelude::*;

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
