//! Roles of users.

mod assign_role;
mod revoke_role;

pub use assign_role::assign_role;
pub use revoke_role::revoke_role;
