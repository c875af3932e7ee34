//! Table `mail_days`: mails by UTC day, for the budget of the day.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "mail_days")]
pub struct Model {
    /// Number of the day since 1970.
    #[sea_orm(primary_key, auto_increment = false)]
    pub day: i64,
    /// Mails with their first attempt on that day.
    pub mails: i64,
}

/// No relations.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
