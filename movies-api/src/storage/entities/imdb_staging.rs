//! Table `imdb_staging`: rows from IMDb's files, gathered until their titles are complete.

use sea_orm::entity::prelude::*;

use crate::storage::staged_part::Part;

/// A part of a title, or the name of a person.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "imdb_staging")]
pub struct Model {
    /// The import.
    #[sea_orm(primary_key, auto_increment = false)]
    pub import_id: i64,
    /// `tt…` of the title, or `nm…` for a name.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// Kind of row.
    #[sea_orm(primary_key, auto_increment = false)]
    pub part: Part,
    /// Position among rows of the same kind.
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i32,
    /// `nm…`, in credits.
    pub person: Option<String>,
    /// The content, in the format of its part.
    pub content: Option<String>,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
