//! Table `mails`: the outbox. A row stays for a day after it is done, for the budget of its address.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "mails")]
pub struct Model {
    /// UUIDv7; the `Message-ID` is made of it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Keyed hash of the recipient's address, 16 bytes.
    #[sea_orm(column_type = "VarBinary(StringLen::N(16))")]
    pub address_key: Vec<u8>,
    /// Keyed hash of its domain.
    pub domain_key: i64,
    /// Number of the notification.
    pub kind: i16,
    /// 0 codes, 1 notices.
    pub priority: i16,
    /// Time of the change or of the request.
    pub created_at: DateTimeUtc,
    /// Time from which it would be useless.
    pub expires_at: DateTimeUtc,
    /// Time of the next attempt; while it is claimed, the end of the claim.
    pub due_at: DateTimeUtc,
    /// Number of attempts that were started.
    pub attempts: i16,
    /// Time from which it is not tried any more.
    pub done_at: Option<DateTimeUtc>,
    /// 1 sent, 2 lost, 3 withheld by the budget of the day, 4 decoy.
    pub outcome: Option<i16>,
    /// The mail, sealed for this row; empty when it is done.
    pub sealed: Vec<u8>,
}

/// No relations: addresses may have no account.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
