//! Table `user_imports`: progress of imports of accounts.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "user_imports")]
pub struct Model {
    /// Fingerprint of the file.
    #[sea_orm(primary_key, auto_increment = false)]
    pub file: String,
    /// Offset of the next line.
    pub bytes: i64,
    /// Lines before it.
    pub lines: i64,
    /// Lines of which an account was made.
    pub imported: i64,
    /// Lines that were refused.
    pub rejected: i64,
    /// Time of the last batch.
    pub updated_at: DateTimeUtc,
}

/// No relation.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
