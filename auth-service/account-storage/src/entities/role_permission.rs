//! Table `role_permissions`: permissions of roles.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "role_permissions")]
pub struct Model {
    /// The role.
    #[sea_orm(primary_key, auto_increment = false)]
    pub role: String,
    /// The permission.
    #[sea_orm(primary_key, auto_increment = false)]
    pub permission: String,
    /// Origin of the row: 1 the program, 2 the operator's file, 3 an administrator.
    pub origin: i16,
}

/// No relation that a query may follow.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
