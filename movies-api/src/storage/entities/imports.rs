//! Table `imports`: how far each import has got.

use sea_orm::entity::prelude::*;

/// One file or folder that was or is being imported.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "imports")]
pub struct Model {
    /// What tells the source from others.
    #[sea_orm(primary_key, auto_increment = false)]
    pub fingerprint: String,
    /// Name of the file, for people.
    pub name: String,
    /// Which pass over the source is under way.
    pub step: i16,
    /// Lines of that pass that are in the catalogue.
    pub position: i64,
    /// Digest of those lines.
    pub digest: String,
    pub updated_at: ChronoDateTimeUtc,
    pub finished_at: Option<ChronoDateTimeUtc>,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
