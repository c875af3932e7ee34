//! Tokens: signed access tokens, opaque refresh tokens, revocation of access tokens.

mod access;
mod refresh;
mod revocations;

pub use access::{AccessClaims, AccessTokens, InvalidAccessToken, MAX_ACCESS_TOKEN_BYTES};
pub use refresh::{RefreshToken, RefreshTokens};
pub use revocations::{Revocations, TokenStatus};
