//! What other services trust.

mod get_jwks;
mod get_server_metadata;
mod introspect;
