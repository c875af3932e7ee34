//! Tokens: signed access tokens, opaque refresh tokens, and what makes access tokens die early.

mod access;
mod refresh;
mod revocations;

pub use access::{AccessClaims, AccessTokens, InvalidAccessToken, MAX_ACCESS_TOKEN_BYTES};
pub use refresh::{RefreshToken, RefreshTokens};
pub use revocations::{Liveness, Revocations};
