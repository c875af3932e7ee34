//! SQL behind [`Store`]: the same entities and statements on SQLite and PostgreSQL. Entities never leave this module.
//!
//! Statements on `users` carry the whole [`UserKey`](crate::domain::UserKey); nothing joins into `users`.

mod account_events;
mod cutoffs;
mod deletions;
mod devices;
mod entities;
mod error;
mod identities;
mod migrations;
mod moves;
mod one_time_values;
mod partitions;
mod passwords;
mod region_map;
mod roles;
mod sessions;
mod sign_ins;
mod store;
mod users;

pub use deletions::{DeleteUserError, Deleted};
pub use error::StorageError;
pub use identities::{InsertSocialUserOutcome, LinkError, LinkedIdentity, UnlinkError};
pub use moves::{CellMember, MAX_MOVED_TOGETHER, UpdateUserError};
pub use one_time_values::FormNonce;
pub use partitions::{
    Checksum, Conversion, ConvertError, ConvertOutcome, ConvertReport, ConvertSettings, Lead, Leader, LockTimes,
    MaintenanceReport, PlainTable, QueryPlan, Step, Watch,
};
pub use passwords::{FirstPasswordError, PasswordChange, PasswordChanged};
pub use region_map::LoadPlanOutcome;
pub use roles::ChangeRoleError;
pub use store::Store;
pub use users::InsertUserError;
