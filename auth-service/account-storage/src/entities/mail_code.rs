//! Table `mail_codes`: codes and links sent by mail, until some time after they expire.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "mail_codes")]
pub struct Model {
    /// Id, a part of the link.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Number of the purpose.
    pub purpose: i16,
    /// The session or the reset that asked.
    pub asker: Uuid,
    /// The account; absent for an address without one, whose code was never sent.
    pub user_id: Option<Uuid>,
    /// The mailbox it was sent to, normalised.
    pub login: String,
    /// HMAC-SHA256 of the code.
    #[sea_orm(column_type = "VarBinary(StringLen::N(32))")]
    pub code_mac: Vec<u8>,
    /// HMAC-SHA256 of the secret of the link.
    #[sea_orm(column_type = "VarBinary(StringLen::N(32))")]
    pub link_mac: Vec<u8>,
    /// Wrong codes that were typed for it.
    pub tries: i16,
    /// Time of the request.
    pub sent_at: DateTimeUtc,
    /// Time from which it is not accepted.
    pub expires_at: DateTimeUtc,
    /// Time of its use.
    pub spent_at: Option<DateTimeUtc>,
}

/// No relations.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
