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
mod profile;
mod sign_in;
mod social_sign_in;
mod start;
mod unlink;

pub use callback::{TRANSACTION_ID, transaction_of};
pub use error::SocialError;
pub use grant::ProviderGrants;
pub use handle_callback::CallbackInput;
pub(super) use login_state::login_state_sealer;
pub use social_sign_in::SocialSignIn;
pub use start::AuthorizationUrl;
pub use unlink::UnlinkAccountError;
