//! Where people live: regions, the cells that hold their accounts, the clocks on their walls and the age rules of their
//! countries. Data, not code: `regions.toml` is what every installation begins with.

mod age_policy;
mod plan;
mod region;
mod region_map;

pub use age_policy::AgePolicy;
pub use plan::{MAX_CELLS, Plan, PlanError, PlannedCell, PlannedRegion};
pub use region::{Country, RegionCode};
pub use region_map::{Region, RegionMap};
