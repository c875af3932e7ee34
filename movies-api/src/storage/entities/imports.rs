//! Table `imports`: progress of each import.

use sea_orm::entity::prelude::*;

/// A file or folder that was or is being imported.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "imports")]
pub struct Model {
    /// Fingerprint of the source.
    #[sea_orm(primary_key, auto_increment = false)]
    pub fingerprint: String,
    /// Name of the file, for people.
    pub name: String,
    /// The current step.
    pub step: i16,
    /// Lines of that step that are in the catalogue.
    pub position: i64,
    /// Digest of those lines.
    pub digest: String,
    pub updated_at: ChronoDateTimeUtc,
    pub finished_at: Option<ChronoDateTimeUtc>,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
