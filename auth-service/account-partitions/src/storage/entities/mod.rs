//! sea-orm entities of regions, cells and maintenance, one file per table. They stay inside `storage`.

pub mod age_policy;
pub mod cell;
pub mod maintenance_step;
pub mod region;
pub mod region_cell;
