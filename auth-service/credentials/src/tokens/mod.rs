//! Tokens: signed access tokens and opaque refresh tokens.

mod access;
mod refresh;

pub use access::AccessTokens;
pub use refresh::{RefreshToken, RefreshTokens, SecretHash};
