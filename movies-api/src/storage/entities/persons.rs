//! Table `persons`. Rows are never deleted, so that ids stay valid.

use sea_orm::entity::prelude::*;

/// A person.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "persons")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Key by which writers recognise the person: `name:…` or `imdb:nm…`.
    #[sea_orm(unique)]
    pub source_key: String,
    pub name: String,
    pub name_ru: Option<String>,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
