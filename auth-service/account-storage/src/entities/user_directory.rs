//! Table `user_directory`: the cell of each user; every id occurs once over all cells.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "user_directory")]
pub struct Model {
    /// User id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    /// Cell of the row of `users`.
    pub cell: i16,
    /// 0 active, 1 deleted.
    pub state: i16,
    /// Time of the last move to another cell, or of the deletion.
    pub moved_at: Option<DateTimeUtc>,
}

/// No relation that a query may follow: child tables refer to the directory by foreign keys, and joins into `users`
/// would search every partition.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
