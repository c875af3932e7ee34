//! OAuth endpoints.

mod check_request;
mod clients;
mod get_jwks;
mod get_server_metadata;
mod introspect;
mod key_types;
mod resources;
mod tokens;
