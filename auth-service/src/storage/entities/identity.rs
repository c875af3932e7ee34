//! Table `identities`: who somebody is at social providers; each identity once.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "identities")]
pub struct Model {
    /// Which provider.
    #[sea_orm(primary_key, auto_increment = false)]
    pub provider: String,
    /// The provider's id of the person.
    #[sea_orm(primary_key, auto_increment = false)]
    pub subject: String,
    /// Its id here.
    pub id: Uuid,
    /// Whose it is.
    pub user_id: Uuid,
    /// What its owner will recognise it by.
    pub label: String,
    /// When it was linked.
    pub linked_at: DateTimeUtc,
    /// When somebody last signed in with it.
    pub last_used_at: Option<DateTimeUtc>,
    /// What revokes it upstream, sealed; may be empty.
    pub sealed_grant: Vec<u8>,
}

/// There are none that a query may follow: children hang on the directory by foreign keys, and joins into `users`
/// would look into every partition.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
