//! Accounts.

mod change_password;
mod export_me;
mod get_me;
mod list_sign_ins;
mod sign_up;
mod update_me;
