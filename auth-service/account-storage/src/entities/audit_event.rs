//! Table `audit_events`: acts of operators. No foreign key: it outlives the accounts.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_events")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Time of the act.
    pub at: DateTimeUtc,
    /// The operator's account; absent for commands.
    pub actor_id: Option<Uuid>,
    /// Name of the operator on the machine of a command; else empty.
    pub actor_name: String,
    /// 1 command, 2 API, 3 page.
    pub channel: i16,
    /// Name of the act.
    pub action: String,
    /// The account that it concerns, if it is one.
    pub user_id: Option<Uuid>,
    /// Object beside the account; may be empty.
    pub subject: String,
    /// Reason; may be empty.
    pub reason: String,
    /// Address of the operator's client, if known.
    pub address: Option<String>,
    /// Id of the request, if it was one.
    pub request_id: Option<String>,
    /// `done`, `unchanged` or a problem code.
    pub outcome: String,
}

/// No relations.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
