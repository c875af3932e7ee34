//! OAuth endpoints for other services.

mod check_request;
mod get_jwks;
mod get_server_metadata;
mod introspect;

pub use check_request::check_request;
pub use get_jwks::get_jwks;
pub use get_server_metadata::get_server_metadata;
pub use introspect::introspect;
