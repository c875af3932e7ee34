//! Table `sessions`: signed-in sessions, one row per family of refresh tokens.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sessions")]
pub struct Model {
    /// Claim `sid`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose it is.
    pub user_id: Uuid,
    /// Where that user lived when it began or was last refreshed; a hint, the directory knows.
    pub cell: i16,
    /// Kind of device.
    pub device_kind: i16,
    /// What its owner calls the device.
    pub device_name: String,
    /// When it began.
    pub created_at: DateTimeUtc,
    /// When its refresh token was last used.
    pub last_used_at: DateTimeUtc,
    /// When the refresh token ends unless it is used.
    pub expires_at: DateTimeUtc,
    /// When it was ended before its time.
    pub ended_at: Option<DateTimeUtc>,
    /// Why it was ended.
    pub end_reason: Option<i16>,
    /// Generation of the current refresh token.
    pub refresh_generation: i32,
    /// SHA-256 of its secret.
    #[sea_orm(column_type = "VarBinary(StringLen::N(32))")]
    pub refresh_hash: Vec<u8>,
    /// SHA-256 of the secret before.
    #[sea_orm(column_type = "VarBinary(StringLen::N(32))", nullable)]
    pub previous_hash: Option<Vec<u8>>,
    /// When the current refresh token was made.
    pub rotated_at: DateTimeUtc,
}

/// There are none that a query may follow: children hang on the directory by foreign keys, and joins into `users`
/// would look into every partition.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
