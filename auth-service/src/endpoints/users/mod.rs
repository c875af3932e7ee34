//! Accounts.

mod change_password;
mod get_me;
mod list_sign_ins;
mod sign_up;
mod update_me;

pub use change_password::change_password;
pub use get_me::get_me;
pub use list_sign_ins::list_sign_ins;
pub use sign_up::sign_up;
pub use update_me::update_me;
