//! OAuth endpoints.

mod authorize_device;
mod check_request;
mod client;
mod get_jwks;
mod get_server_metadata;
mod get_userinfo;
mod grant_tokens;
mod introspect;
mod revoke_token;

pub use authorize_device::{ACTIVATE, authorize_device};
pub use check_request::check_request;
pub use get_jwks::get_jwks;
pub use get_server_metadata::{get_openid_configuration, get_server_metadata};
pub use get_userinfo::get_userinfo;
pub use grant_tokens::grant_tokens;
pub use introspect::introspect;
pub use revoke_token::revoke_token;
