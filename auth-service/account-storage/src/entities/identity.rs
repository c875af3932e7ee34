//! Table `identities`: accounts of users at social providers; each identity once.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "identities")]
pub struct Model {
    /// The provider.
    #[sea_orm(primary_key, auto_increment = false)]
    pub provider: String,
    /// The provider's id of the user.
    #[sea_orm(primary_key, auto_increment = false)]
    pub subject: String,
    /// Its id here.
    pub id: Uuid,
    /// The owner.
    pub user_id: Uuid,
    /// Label that the owner recognises.
    pub label: String,
    /// Time of linking.
    pub linked_at: DateTimeUtc,
    /// Time of the last sign-in with it.
    pub last_used_at: Option<DateTimeUtc>,
    /// Grant with which it is revoked at the provider, sealed; may be empty.
    pub sealed_grant: Vec<u8>,
    /// E-mail that the provider vouched for at the last sign-in, normalised.
    pub vouched_login: Option<String>,
}

/// No relation that a query may follow: child tables refer to the directory by foreign keys, and joins into `users`
/// would search every partition.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
