//! Accounts.

mod get_me;
mod sign_up;

pub use get_me::get_me;
pub use sign_up::sign_up;
