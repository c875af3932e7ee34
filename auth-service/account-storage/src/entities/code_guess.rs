//! Table `code_guesses`: wrong codes of a day.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "code_guesses")]
pub struct Model {
    /// Pseudonym of the account or the address.
    #[sea_orm(primary_key, auto_increment = false)]
    pub subject: Uuid,
    /// Pseudonym of the client's network; empty for the sum of all.
    #[sea_orm(primary_key, auto_increment = false)]
    pub network: String,
    /// Time of the first one that is counted.
    pub since: DateTimeUtc,
    /// Number of wrong codes.
    pub wrong: i16,
}

/// No relations.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
