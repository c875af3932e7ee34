//! Table `catalogue_feed`: one row that holds the last number of the change feed and serialises writers.

use sea_orm::entity::prelude::*;

/// Id of the only row.
pub const ONLY: i16 = 1;

/// The head of the feed.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "catalogue_feed")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i16,
    pub last_seq: i64,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
