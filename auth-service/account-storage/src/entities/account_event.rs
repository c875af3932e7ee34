//! Table `account_events`: changes to accounts.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account_events")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The account.
    pub user_id: Uuid,
    /// Time of the change.
    pub at: DateTimeUtc,
    /// 1 social account linked, 2 unlinked, 3 password set, 4 password changed, 20 password reset, 21 e-mail proved, 22
    /// e-mail changed, 23 e-mail freed, 24 data exported.
    pub kind: i16,
    /// Id of the provider, or empty.
    pub subject: String,
    /// The client's address, if known.
    pub address: Option<String>,
}

/// No relation that a query may follow: child tables refer to the directory by foreign keys, and joins into `users`
/// would search every partition.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
