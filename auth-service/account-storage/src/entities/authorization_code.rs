//! Table `authorization_codes`: authorization codes that were used. Codes that were not are in no table.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "authorization_codes")]
pub struct Model {
    /// Id of the code.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Session that it opened; none if it was presented wrongly.
    pub session_id: Option<Uuid>,
    /// End of the code.
    pub expires_at: DateTimeUtc,
}

/// No relation that a query may follow.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
