//! Table `age_policies`: minimum age per rating and country.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "age_policies")]
pub struct Model {
    /// ISO 3166-1 code; ZZ for every country without rows of its own.
    #[sea_orm(primary_key, auto_increment = false)]
    pub country: String,
    /// The rating.
    #[sea_orm(primary_key, auto_increment = false)]
    pub rating: i16,
    /// Full years.
    pub min_age: i16,
}

/// No relations.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
