//! Table `film_genres`: the genres of each film, by importance.

use sea_orm::entity::prelude::*;

/// A genre of a film.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "film_genres")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub film_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub slug: String,
    pub position: i16,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
