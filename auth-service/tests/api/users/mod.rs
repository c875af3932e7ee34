//! Accounts.

mod get_me;
mod sign_up;
