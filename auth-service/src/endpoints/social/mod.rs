//! Social sign-in for apps: start, finish, link and unlink.

mod convert;
mod finish_social_link;
mod finish_social_login;
mod list_providers;
mod list_social_accounts;
mod start_social_link;
mod start_social_login;
mod unlink_social_account;

pub use finish_social_link::finish_social_link;
pub use finish_social_login::finish_social_login;
pub use list_providers::list_providers;
pub use list_social_accounts::list_social_accounts;
pub use start_social_link::start_social_link;
pub use start_social_login::start_social_login;
pub use unlink_social_account::unlink_social_account;

pub(super) use convert::account as social_account;
