//! Roles, their assignment to users, and permissions.

mod assign_role;
mod check_permission;
mod convert;
mod create_role;
mod delete_role;
mod get_role;
mod list_roles;
mod list_user_roles;
mod revoke_role;
mod update_role;

pub use assign_role::assign_role;
pub use check_permission::check_permission;
pub use create_role::create_role;
pub use delete_role::delete_role;
pub use get_role::get_role;
pub use list_roles::list_roles;
pub use list_user_roles::list_user_roles;
pub use revoke_role::revoke_role;
pub use update_role::update_role;
