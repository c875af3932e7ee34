//! Table `spent_tickets`: consumed one-time values, until they would have expired anyway.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "spent_tickets")]
pub struct Model {
    /// Id of the value.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Expiry of the value.
    pub expires_at: DateTimeUtc,
}

/// No relations.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
