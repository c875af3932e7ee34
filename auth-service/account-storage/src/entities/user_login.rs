//! Table `user_logins`: login names, each once over all cells.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "user_logins")]
pub struct Model {
    /// 1 e-mail, 2 former spelling of an account that has no e-mail.
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: i16,
    /// The normalised name.
    #[sea_orm(primary_key, auto_increment = false)]
    pub login: String,
    /// The owner.
    pub user_id: Uuid,
    /// The user's cell when this was written; a hint, the directory is authoritative.
    pub cell: i16,
    /// Time at which its owner proved to read this mailbox; a claim has none.
    pub proved_at: Option<DateTimeUtc>,
}

/// No relation that a query may follow: child tables refer to the directory by foreign keys, and joins into `users`
/// would search every partition.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
