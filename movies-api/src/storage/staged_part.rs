//! Kinds of staged rows.

use sea_orm::entity::prelude::*;

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
