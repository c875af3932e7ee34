//! Regions of users: the cells with their accounts, their UTC offsets and the age policies of their countries. Data,
//! not code: every installation starts with `regions.toml`.

mod age_policy;
mod plan;
mod region;
mod region_map;

pub use age_policy::AgePolicy;
pub use plan::{MAX_CELLS, Plan, PlanError, PlannedCell, PlannedRegion};
pub use region::{Country, RegionCode};
pub use region_map::{Region, RegionMap};
