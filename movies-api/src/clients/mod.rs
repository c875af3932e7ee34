//! Calls to other services.

mod auth;

pub use auth::{AuthClient, AuthClientSettings, AuthStatus, AuthUnavailable, TokenCheck};
