//! Table `region_cells`: cells of each region.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "region_cells")]
pub struct Model {
    /// Code of the region.
    #[sea_orm(primary_key, auto_increment = false)]
    pub region: String,
    /// Number of the cell.
    #[sea_orm(primary_key, auto_increment = false)]
    pub cell: i16,
    /// `true` when it accepts new accounts; a closed one is being emptied.
    pub open: bool,
}

/// No relations.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
