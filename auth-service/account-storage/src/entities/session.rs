//! Table `sessions`: signed-in sessions, one row per family of refresh tokens.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sessions")]
pub struct Model {
    /// Claim `sid`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The owner.
    pub user_id: Uuid,
    /// The user's cell at the start or the last refresh; a hint, the directory is authoritative.
    pub cell: i16,
    /// Kind of device.
    pub device_kind: i16,
    /// The owner's name of the device.
    pub device_name: String,
    /// Time of creation.
    pub created_at: DateTimeUtc,
    /// Time of the last use of its refresh token.
    pub last_used_at: DateTimeUtc,
    /// Expiry of the refresh token unless it is used.
    pub expires_at: DateTimeUtc,
    /// Time of an early end.
    pub ended_at: Option<DateTimeUtc>,
    /// Reason of an early end.
    pub end_reason: Option<i16>,
    /// Generation of the current refresh token.
    pub refresh_generation: i32,
    /// SHA-256 of its secret.
    #[sea_orm(column_type = "VarBinary(StringLen::N(32))")]
    pub refresh_hash: Vec<u8>,
    /// SHA-256 of the previous secret.
    #[sea_orm(column_type = "VarBinary(StringLen::N(32))", nullable)]
    pub previous_hash: Option<Vec<u8>>,
    /// Time at which the current refresh token was issued.
    pub rotated_at: DateTimeUtc,
    /// Generations before the current one that were used after the grace period, since `late_since`.
    pub late_uses: i16,
    /// Time of the first of them.
    pub late_since: Option<DateTimeUtc>,
    /// The last of them.
    pub late_generation: Option<i32>,
    /// Repeated uses of replaced refresh tokens since `repeats_since`.
    pub repeats: i16,
    /// Time of the first of them.
    pub repeats_since: Option<DateTimeUtc>,
    /// OAuth client to which its tokens were issued.
    pub client_id: String,
    /// `true` when its tokens carry roles of viewers only.
    pub viewer_only: bool,
    /// Scopes of its tokens, separated by spaces.
    pub scope: Option<String>,
    /// Resource of its tokens, if one was asked for.
    pub resource: Option<String>,
}

/// No relation that a query may follow: child tables refer to the directory by foreign keys, and joins into `users`
/// would search every partition.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
