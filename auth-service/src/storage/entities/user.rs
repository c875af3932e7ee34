//! Table `users`: accounts. Large installations partition it by `cell`.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    /// User id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Where the row lives.
    #[sea_orm(primary_key, auto_increment = false)]
    pub cell: i16,
    /// ISO 3166-2 code, if given.
    pub region: Option<String>,
    /// Day of birth, if given.
    pub birth_date: Option<Date>,
    /// The login e-mail, normalised. Unique by `user_logins`, not here.
    pub email_norm: Option<String>,
    /// PHC string; absent for accounts without a password.
    pub password_hash: Option<String>,
    /// How the person wants to be called.
    pub display_name: String,
    /// 0 active, 1 disabled.
    pub status: i16,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
}

/// There are none that a query may follow: children hang on the directory by foreign keys, and joins into `users`
/// would look into every partition.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
