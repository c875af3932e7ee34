//! Table `sign_ins`: sign-in history. No foreign key: it outlives its users.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sign_ins")]
pub struct Model {
    /// The user.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    /// Time of the sign-in.
    #[sea_orm(primary_key, auto_increment = false)]
    pub at: DateTimeUtc,
    /// Kind of device.
    pub device: i16,
    /// 1 password, 2 refresh, 3 social.
    pub method: i16,
    /// 0 success, 1 wrong password, 2 disabled.
    pub result: i16,
    /// The session that was opened or resumed, if any.
    pub session_id: Option<Uuid>,
    /// The client's address, if known.
    pub address: Option<String>,
    /// ISO 3166 code of the region of that address, if known.
    pub region: Option<String>,
}

/// No relation that a query may follow: child tables refer to the directory by foreign keys, and joins into `users`
/// would search every partition.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
