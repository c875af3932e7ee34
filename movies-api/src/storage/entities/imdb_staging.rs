//! Table `imdb_staging`: rows from IMDb's files, gathered until their titles are complete.

use sea_orm::entity::prelude::*;

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

/// Kinds of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "i16", db_type = "SmallInteger")]
pub enum Part {
    /// The film itself; the content is a film record in JSON.
    #[sea_orm(num_value = 0)]
    Title,
    /// Rating and votes with a tab between them.
    #[sea_orm(num_value = 1)]
    Rating,
    /// A Russian title; the lowest position is the best.
    #[sea_orm(num_value = 2)]
    RussianTitle,
    /// A director.
    #[sea_orm(num_value = 3)]
    Director,
    /// A writer.
    #[sea_orm(num_value = 4)]
    Writer,
    /// An actor; the content is the character.
    #[sea_orm(num_value = 5)]
    Actor,
    /// The name of the person with this key.
    #[sea_orm(num_value = 6)]
    Name,
}
