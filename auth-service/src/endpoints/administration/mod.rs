//! Accounts in the hands of operators.

mod convert;
mod correct_birth_date;
mod delete_user;
mod disable_user;
mod enable_user;
mod end_user_sessions;
mod find_users;
mod free_email;
mod get_user;
mod list_audit_events;
mod prove_email;
mod unlock_user;

pub use correct_birth_date::correct_birth_date;
pub use delete_user::delete_user;
pub use disable_user::disable_user;
pub use enable_user::enable_user;
pub use end_user_sessions::end_user_sessions;
pub use find_users::find_users;
pub use free_email::free_email;
pub use get_user::get_user;
pub use list_audit_events::list_audit_events;
pub use prove_email::prove_email;
pub use unlock_user::unlock_user;
