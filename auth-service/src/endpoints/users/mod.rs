//! Accounts.

mod change_password;
mod delete_me;
mod export_me;
mod get_me;
mod list_account_events;
mod list_sign_ins;
mod set_password;
mod sign_up;
mod update_me;

pub use change_password::change_password;
pub use delete_me::delete_me;
pub use export_me::{export_me, export_response};
pub use get_me::get_me;
pub use list_account_events::list_account_events;
pub use list_sign_ins::list_sign_ins;
pub use set_password::set_password;
pub use sign_up::sign_up;
pub use update_me::update_me;

pub(super) use list_account_events::to_wire as account_event;
pub(super) use list_sign_ins::to_wire as sign_in;
