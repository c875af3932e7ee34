//! Social sign-in, and linking and unlinking of accounts at providers.
//!
//! A browser starts with a sealed [`LoginState`](login_state::LoginState) and returns with it and with a code. The
//! client that has the login state is the one that started: an app stores it, the account page puts it into a cookie.

mod callback;
mod consumed_state;
mod error;
mod grant;
mod handle_callback;
mod link;
mod login_state;
mod setup;
mod sign_in;
mod start;
mod unlink;

pub use callback::{TRANSACTION_ID, transaction_of};
pub use error::SocialError;
pub(super) use grant::withdraw;
pub use handle_callback::CallbackInput;
pub use link::finish_social_link;
pub use login_state::ClientKind;
pub use setup::SocialSetup;
pub use sign_in::finish_social_sign_in;
pub use start::{AuthorizationUrl, start_social_link, start_social_sign_in};
pub use unlink::unlink_social_account;
