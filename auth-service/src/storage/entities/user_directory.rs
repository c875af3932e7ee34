//! Table `user_directory`: where each user lives; every id is here once, whatever the cell.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "user_directory")]
pub struct Model {
    /// User id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    /// Where the row of `users` is.
    pub cell: i16,
    /// 0 settled, 1 deleted.
    pub state: i16,
    /// When the user last moved to another cell, or was deleted.
    pub moved_at: Option<DateTimeUtc>,
}

/// There are none that a query may follow: children hang on the directory by foreign keys, and joins into `users`
/// would look into every partition.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
