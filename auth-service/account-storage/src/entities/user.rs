//! Table `users`: accounts. Large installations partition it by `cell`.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    /// User id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Cell of the row.
    #[sea_orm(primary_key, auto_increment = false)]
    pub cell: i16,
    /// ISO 3166-2 code, if given.
    pub region: Option<String>,
    /// Birth date, if given.
    pub birth_date: Option<Date>,
    /// The login e-mail, normalised. Unique by `user_logins`, not here.
    pub email_norm: Option<String>,
    /// PHC string; absent for accounts without a password.
    pub password_hash: Option<String>,
    /// Display name chosen by the user.
    pub display_name: String,
    /// 0 active, 1 disabled.
    pub status: i16,
    /// Time of creation.
    pub created_at: DateTimeUtc,
    /// Time of the last change.
    pub updated_at: DateTimeUtc,
}

/// No relation that a query may follow: child tables refer to the directory by foreign keys, and joins into `users`
/// would search every partition.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
