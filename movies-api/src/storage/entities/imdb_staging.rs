//! Table `imdb_staging`: what the passes over IMDb's files have gathered about titles that are not whole yet.

use sea_orm::entity::prelude::*;

/// One piece of a title, or the name of a person.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "imdb_staging")]
pub struct Model {
    /// Which import gathered it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub import_id: i64,
    /// `tt…` of the title, or `nm…` for a name.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// What it is; numbers are given in `storage::staging`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub part: i16,
    /// Place among its like.
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i32,
    /// `nm…`, in credits.
    pub person: Option<String>,
    /// The rest, as the part wants it.
    pub content: Option<String>,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
