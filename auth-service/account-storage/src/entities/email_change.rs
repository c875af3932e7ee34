//! Table `email_changes`: pending changes of login e-mails, one per account.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "email_changes")]
pub struct Model {
    /// The account.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    /// The session that asked.
    pub session_id: Uuid,
    /// The login at that time, if any.
    pub old_login: Option<String>,
    /// The new login, normalised.
    pub new_login: String,
    /// Time of the request.
    pub asked_at: DateTimeUtc,
    /// Time until which the new mailbox must be proved.
    pub expires_at: DateTimeUtc,
    /// Time at which it is applied without a code from the old mailbox; set once the new one is proved.
    pub due_at: Option<DateTimeUtc>,
}

/// No relations.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
