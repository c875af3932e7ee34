//! Table `roles`: roles of users.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "roles")]
pub struct Model {
    /// Its name.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// Its purpose.
    pub description: String,
    /// `true` for roles of every installation.
    pub system: bool,
}

/// No relation that a query may follow: child tables refer to the directory by foreign keys, and joins into `users`
/// would search every partition.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
