//! Table `role_revision`: one row, the revision of roles and their permissions. Writers of roles and of role assignments
//! lock it.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "role_revision")]
pub struct Model {
    /// Always 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i16,
    /// Incremented by each change of a role or its permissions, not by assignments.
    pub revision: i64,
}

/// No relation that a query may follow.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
