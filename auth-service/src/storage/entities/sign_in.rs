//! Table `sign_ins`: the history of sign-ins. No foreign key: it outlives its users.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sign_ins")]
pub struct Model {
    /// Who.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    /// When.
    #[sea_orm(primary_key, auto_increment = false)]
    pub at: DateTimeUtc,
    /// Kind of device.
    pub device: i16,
    /// 1 password, 2 refresh.
    pub method: i16,
    /// 0 success, 1 wrong password, 2 disabled.
    pub result: i16,
    /// The session, if it came to one.
    pub session_id: Option<Uuid>,
    /// The client's address, if known.
    pub address: Option<String>,
    /// ISO 3166 code of where that address is, if known.
    pub region: Option<String>,
}

/// There are none that a query may follow: children hang on the directory by foreign keys, and joins into `users`
/// would look into every partition.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
