//! OAuth endpoints.

mod check_request;
mod client;
mod get_jwks;
mod get_server_metadata;
mod grant_tokens;
mod introspect;
mod revoke_token;

pub use check_request::check_request;
pub use get_jwks::get_jwks;
pub use get_server_metadata::get_server_metadata;
pub use grant_tokens::grant_tokens;
pub use introspect::introspect;
pub use revoke_token::revoke_token;
