//! Table `account_events`: what was changed about accounts.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account_events")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose account.
    pub user_id: Uuid,
    /// When.
    pub at: DateTimeUtc,
    /// 1 social account linked, 2 unlinked, 3 password set, 4 password changed.
    pub kind: i16,
    /// What it was about.
    pub subject: String,
    /// The client's address, if known.
    pub address: Option<String>,
}

/// There are none that a query may follow: children hang on the directory by foreign keys, and joins into `users`
/// would look into every partition.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
