//! Table `user_logins`: every login name once, whatever the cell of its user.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "user_logins")]
pub struct Model {
    /// 1 e-mail.
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: i16,
    /// The normalised name.
    #[sea_orm(primary_key, auto_increment = false)]
    pub login: String,
    /// Whose it is.
    pub user_id: Uuid,
    /// Where that user lived when this was written; a hint, the directory knows.
    pub cell: i16,
}

/// There are none that a query may follow: children hang on the directory by foreign keys, and joins into `users`
/// would look into every partition.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
