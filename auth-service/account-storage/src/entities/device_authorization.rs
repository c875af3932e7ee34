//! Table `device_authorizations`: one row per pair of a device code and a user code.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "device_authorizations")]
pub struct Model {
    /// SHA-256 of the device code.
    #[sea_orm(primary_key, auto_increment = false, column_type = "VarBinary(StringLen::N(32))")]
    pub device_hash: Vec<u8>,
    /// HMAC of the user code.
    #[sea_orm(unique, column_type = "VarBinary(StringLen::N(32))")]
    pub user_mac: Vec<u8>,
    /// OAuth client of the device.
    pub client_id: String,
    /// Kind of device.
    pub device_kind: i16,
    /// Name of the device.
    pub device_name: String,
    /// Address of the device.
    pub address: Option<String>,
    /// Region of that address.
    pub region: Option<String>,
    /// Time of the request.
    pub created_at: DateTimeUtc,
    /// End of both codes.
    pub expires_at: DateTimeUtc,
    /// Session of the person who entered the user code first.
    pub claimed_by: Option<Uuid>,
    /// That person.
    pub user_id: Option<Uuid>,
    /// Time of the decision.
    pub decided_at: Option<DateTimeUtc>,
    /// The decision.
    pub approved: Option<bool>,
    /// Session of the device.
    pub session_id: Option<Uuid>,
    /// Time at which the device got it.
    pub redeemed_at: Option<DateTimeUtc>,
    /// Resource of its tokens, if one was asked for.
    pub resource: Option<String>,
}

/// No relation that a query may follow.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
