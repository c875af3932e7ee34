//! Roles of users.

mod assign_role;
mod revoke_role;
