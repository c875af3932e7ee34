//! Table `spent_tickets`: social sign-ins that have come back, until their tickets have expired anyway.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "spent_tickets")]
pub struct Model {
    /// The ticket's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// When the ticket ends by itself.
    pub expires_at: DateTimeUtc,
}

/// There are none.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
