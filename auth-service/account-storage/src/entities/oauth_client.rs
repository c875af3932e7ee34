//! Table `oauth_clients`: OAuth clients that administrators define.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "oauth_clients")]
pub struct Model {
    /// `client_id`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// `true` for a program with secrets.
    pub confidential: bool,
    /// Its grants, separated by spaces.
    pub grants: String,
    /// Its origins, separated by spaces.
    pub origins: String,
    /// Its redirect URIs, separated by spaces.
    pub redirect_uris: String,
    /// Its resources, separated by spaces.
    pub resources: String,
    /// `true` for an app of the operator.
    pub first_party: bool,
    /// English name, or nothing.
    pub name_en: String,
    /// Russian name, or nothing.
    pub name_ru: String,
    /// Time of creation.
    pub created_at: DateTimeUtc,
    /// Time of the last change, of its secrets too.
    pub updated_at: DateTimeUtc,
}

/// No relation that a query may follow.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
